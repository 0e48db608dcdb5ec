"""What strangers and users without manners may do to the relay of a running server: others are untouched by it."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from sightline.wire import stun
from tests.interop.coturn import PASSWORD, USER
from tests.interop.relay_server import RelayServer, relay_server
from tests.service.relay_client import RelayClient, echo

ALLOCATIONS, OF_A_USER = 40, 24
MEMORY_MOST = 64 * 1024 * 1024
"""What a flood may add, generously: allocators keep what they once had."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayServer]:
    folder = tmp_path_factory.mktemp("relay")
    more = ["bystander:untouched", "eve:a", "mallory:b"]
    settings = f"allocations = {ALLOCATIONS}\nallocations_per_user = {OF_A_USER}\nthreads = 1\n"
    with relay_server(folder, settings, users=more) as running:
        yield running


@pytest.fixture(scope="module")
def bystander(server: RelayServer) -> Iterator["Bystander"]:
    with echo() as address:
        someone = Bystander(server, address)
        yield someone
        someone.client.close()


class Bystander:
    """Somebody in a call, whose words come back whatever others do."""

    def __init__(self, server: RelayServer, address: tuple[str, int]) -> None:
        self.client = RelayClient(("127.0.0.1", server.port), "bystander", "untouched")
        assert self.client.allocate().kind == "success"
        assert self.client.bind(0x4000, *address).kind == "success"
        self.is_untouched()

    def is_untouched(self) -> None:
        for _ in range(20):
            said = secrets.token_bytes(100)
            self.client.say(0x4000, said)
            assert self.client.socket.recv(2048)[4:] == said


@pytest.fixture(autouse=True)
def untouched(bystander: Bystander) -> Iterator[None]:
    """After every test: the call goes on."""
    yield
    bystander.is_untouched()


def client(server: RelayServer, user: str = USER, password: str = PASSWORD, *, over_tcp: bool = False) -> RelayClient:
    return RelayClient(("127.0.0.1", server.port), user, password, over_tcp=over_tcp)


def code(answer: stun.Message) -> int:
    error = answer.error()
    return error[0] if error else 200


def test_one_user_gets_no_more_than_their_quota_and_all_no_more_than_there_are(server: RelayServer) -> None:
    with ExitStack() as stack:
        codes: dict[str, list[int]] = {}
        for user, password in (("eve", "a"), ("mallory", "b")):
            for _ in range(OF_A_USER + 5):
                each = stack.enter_context(closing(client(server, user, password)))
                codes.setdefault(user, []).append(code(each.allocate()))
                stack.callback(each.ask, stun.REFRESH, (stun.LIFETIME, bytes(4)))
        assert codes["eve"] == [200] * OF_A_USER + [486] * 5
        left = ALLOCATIONS - OF_A_USER - 1
        assert codes["mallory"][:left] == [200] * left
        assert set(codes["mallory"][left:]) == {508}
    with closing(client(server)) as after:
        assert code(after.allocate()) == 200, "what was given back can be had again"
        after.ask(stun.REFRESH, (stun.LIFETIME, bytes(4)))


def test_a_flood_of_strangers_costs_no_memory(server: RelayServer) -> None:
    before, counted = server.resident_bytes(), server.counters()
    request = (stun.REQUESTED_TRANSPORT, stun.UDP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.9", 0))  # an address of its own: what it is owed in answers is soon used up
        stranger.connect(("127.0.0.1", server.port))
        for number in range(50_000):
            stranger.send(stun.encode(stun.Message(stun.ALLOCATE, "request", number.to_bytes(12, "big"), (request,))))
    after = server.counters()
    assert after["relay_challenged"] + after["relay_dropped_over_budget"] > counted["relay_challenged"]
    assert after["relay_allocations_made"] == counted["relay_allocations_made"]
    assert server.resident_bytes() - before < MEMORY_MOST


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "0.0.0.0"]
)
def test_nothing_behind_the_relay_is_opened(server: RelayServer, address: str) -> None:
    with closing(client(server)) as someone:
        assert code(someone.allocate()) == 200
        assert code(someone.permit(address)) == 403
        assert code(someone.bind(0x4000, address, 80)) == 403
        someone.ask(stun.REFRESH, (stun.LIFETIME, bytes(4)))


def test_the_servers_own_ports_are_sent_nothing(server: RelayServer) -> None:
    """Loopback is opened for these tests; the ports on which this server listens are not."""
    before = server.counters()
    with closing(client(server)) as someone:
        assert code(someone.allocate()) == 200
        for number, port in enumerate((server.port, server.local_port, server.classic_port)):
            if code(someone.bind(0x4000 + number, "127.0.0.1", port)) == 200:
                someone.say(0x4000 + number, stun.encode(stun.Message(stun.BINDING, "request", bytes(12))))
        someone.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            someone.hear()
        someone.socket.settimeout(20)
        someone.ask(stun.REFRESH, (stun.LIFETIME, bytes(4)))
    after = server.counters()
    assert after["relay_packets_to_client"] == before["relay_packets_to_client"]


def test_a_channel_stays_with_its_peer(server: RelayServer) -> None:
    with closing(client(server)) as someone:
        assert code(someone.allocate()) == 200
        assert code(someone.bind(0x4000, "127.0.0.1", 50_001)) == 200
        assert code(someone.bind(0x4000, "127.0.0.1", 50_002)) == 400
        assert code(someone.bind(0x4001, "127.0.0.1", 50_001)) == 400
        assert code(someone.bind(0x3FFF, "127.0.0.1", 50_003)) == 400
        someone.ask(stun.REFRESH, (stun.LIFETIME, bytes(4)))


def test_an_allocate_that_was_overheard_is_of_no_use_elsewhere(server: RelayServer) -> None:
    with closing(client(server)) as victim, closing(client(server)) as thief:
        assert code(victim.allocate()) == 200
        overheard = victim.last
        thief.socket.sendall(overheard)
        assert code(thief.hear()) in (401, 438)
        victim.socket.sendall(overheard)
        assert code(victim.hear()) == 200, "a retransmission is answered as before"
        victim.ask(stun.REFRESH, (stun.LIFETIME, bytes(4)))


def test_what_is_too_long_cut_off_or_lies_is_dropped(server: RelayServer) -> None:
    with closing(client(server)) as someone:
        assert code(someone.allocate()) == 200
        good = someone.last
        lies = bytearray(good)
        lies[22:24] = b"\xff\xff"
        for bad in [
            bytes(60_000),
            b"\x40\x00\xff\xff" + bytes(100),
            bytes(lies),
            *(good[:n] for n in range(len(good))),
        ]:
            someone.socket.send(bad or b"\0")
        assert code(someone.ask(stun.REFRESH, (stun.LIFETIME, bytes(4)))) == 200


@pytest.mark.parametrize("piece", [1, 3, 19, 21])
def test_a_stream_may_be_cut_anywhere(server: RelayServer, piece: int) -> None:
    with echo() as address, closing(client(server, over_tcp=True)) as someone:
        assert code(someone.allocate(piece)) == 200
        assert code(someone.bind(0x4000, *address)) == 200
        for length in (1, 2, 3, 4, 1200):
            said = secrets.token_bytes(length)
            framed = b"\x40\x00" + length.to_bytes(2, "big") + said + bytes(-length % 4)
            for start in range(0, len(framed), piece):
                someone.socket.sendall(framed[start : start + piece])
            assert someone._exactly(len(framed))[4 : 4 + length] == said


def test_streams_that_never_end_a_message_are_closed_or_wait_and_cost_little(server: RelayServer) -> None:
    before = server.resident_bytes()
    with ExitStack() as stack:
        for _ in range(200):
            each = stack.enter_context(closing(client(server, over_tcp=True)))
            each.socket.sendall(stun.encode(stun.Message(stun.ALLOCATE, "request", bytes(12)))[:-1])
        assert server.resident_bytes() - before < MEMORY_MOST
        with closing(client(server, over_tcp=True)) as someone:
            assert code(someone.allocate()) == 200


def test_the_log_names_no_client_and_no_secret(server: RelayServer) -> None:
    assert PASSWORD not in server.output
    assert "untouched" not in server.output
    assert "address=127" not in server.output
