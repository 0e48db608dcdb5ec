"""coturn's own client through our relay: every way in, channels and Send, both kinds of credentials."""

import contextlib
import subprocess
from collections.abc import Iterator

import pytest

from tests.interop.coturn import PASSWORD, SECRET, USER, echo_peer, uclient
from tests.interop.relay_server import RelayServer, relay_server

CLIENTS, MESSAGES = 3, 10
TRANSPORTS = {"udp": [], "tcp": ["-t"], "tls": ["-t", "-S"]}
MODES = {"channel": [], "send": ["-s"]}
CREDENTIALS = {"static": ["-u", USER, "-w", PASSWORD], "shared_secret": ["-u", "berta", "-W", SECRET]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayServer]:
    with relay_server(tmp_path_factory.mktemp("relay"), "tcp_allocations = true\nmobility = true") as running:
        yield running


@pytest.fixture(scope="module")
def peer() -> Iterator[int]:
    with echo_peer() as port:
        yield port


def port_of(server: RelayServer, place: str, transport: str) -> int:
    if place == "one port":
        return server.port
    return server.classic_tls_port if transport == "tls" else server.classic_port


def run(port: int, transport: str, mode: str, credentials: str, *more: str) -> int:
    """How many messages came back."""
    common = ["-c", "-m", str(CLIENTS), "-n", str(MESSAGES), "-l", "170", "-p", str(port)]
    done = uclient(*TRANSPORTS[transport], *MODES[mode], *CREDENTIALS[credentials], *common, *more, "127.0.0.1")
    assert done.sent == CLIENTS * MESSAGES, done.output
    return done.received


# Each takes coturn's client some five seconds, as it waits between its steps.
WAYS = [("one port", transport, mode, kind) for transport in TRANSPORTS for mode in MODES for kind in CREDENTIALS]
WAYS += [("classic ports", transport, "channel", "static") for transport in TRANSPORTS]
WAYS += [("classic ports", transport, "send", "shared_secret") for transport in TRANSPORTS]


@pytest.mark.parametrize(("place", "transport", "mode", "credentials"), WAYS)
def test_every_message_comes_back_from_the_peer(
    server: RelayServer, peer: int, place: str, transport: str, mode: str, credentials: str
) -> None:
    before = server.counters()
    port = port_of(server, place, transport)
    assert run(port, transport, mode, credentials, "-e", "127.0.0.1", "-r", str(peer)) == CLIENTS * MESSAGES
    after = server.counters()
    assert after["relay_allocations_made"] - before["relay_allocations_made"] >= CLIENTS
    assert after["relay_packets_to_client"] - before["relay_packets_to_client"] >= CLIENTS * MESSAGES
    assert after["relay_packets_joined"] == before["relay_packets_joined"]


@pytest.fixture(scope="module", params=[1, 2])
def closed_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayServer]:
    """Relays to nobody on this machine but its own clients, with one thread or two."""
    folder = tmp_path_factory.mktemp("closed")
    with relay_server(folder, f"threads = {request.param}", opens_loopback=False) as running:
        running.threads = request.param
        yield running


@pytest.mark.parametrize(
    ("transport", "mode"), [("udp", "channel"), ("udp", "send"), ("tcp", "channel"), ("tls", "send")]
)
def test_two_clients_of_the_relay_are_joined_inside_it(closed_server: RelayServer, transport: str, mode: str) -> None:
    """`-y`: pairs of clients send to each other's relayed addresses, to which no socket of this server would send."""
    before = closed_server.counters()
    common = ["-c", "-y", "-m", "2", "-n", str(MESSAGES), "-l", "170", "-p", str(closed_server.port)]
    done = uclient(*TRANSPORTS[transport], *MODES[mode], *CREDENTIALS["static"], *common, "127.0.0.1")
    after = closed_server.counters()
    assert after["relay_packets_to_client"] - before["relay_packets_to_client"] >= done.sent > 0, done.output
    # The client takes one TLS record for one message and loses what else is in it.
    assert done.received >= (done.sent / 2 if transport == "tls" else done.sent), done.output
    if closed_server.threads == 1:
        assert after["relay_packets_joined"] == after["relay_packets_to_peers"]


def test_a_peer_on_this_machine_is_not_reached(closed_server: RelayServer, peer: int) -> None:
    before = closed_server.counters()
    common = ["-c", "-n", "1", "-p", str(closed_server.port), "-e", "127.0.0.1", "-r", str(peer)]
    assert uclient(*CREDENTIALS["static"], *common, "127.0.0.1").received == 0
    # Its address is also that of relayed addresses, so what is meant for it is dropped one by one.
    assert closed_server.counters()["relay_dropped_no_sibling"] > before["relay_dropped_no_sibling"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_wrong_password_gets_nothing(server: RelayServer, peer: int, transport: str) -> None:
    before = server.counters()
    common = ["-c", "-n", "1", "-p", str(server.port), "-e", "127.0.0.1", "-r", str(peer)]
    done = uclient(*TRANSPORTS[transport], "-u", USER, "-w", "wrong", *common, "127.0.0.1")
    assert done.received == 0, done.output
    after = server.counters()
    assert after["relay_allocations_made"] == before["relay_allocations_made"]
    assert after["relay_unauthorized"] > before["relay_unauthorized"]


@pytest.mark.parametrize("flags", [["-T"], ["-T", "-S"], ["-M", "-y", "-c"]], ids=["tcp", "tcp over tls", "mobility"])
def test_tcp_allocations_and_mobility_work_where_they_are_turned_on(server: RelayServer, flags: list[str]) -> None:
    """RFC 6062: the relayed leg is TCP too. RFC 8016: the client asks for tickets."""
    done = uclient(
        *flags, *CREDENTIALS["static"], "-m", "2", "-n", "5", "-l", "170", "-p", str(server.port), "127.0.0.1"
    )
    assert done.received == done.sent > 0, done.output


def test_coturns_negative_tests_of_the_protocol_leave_the_relay_alive(server: RelayServer, peer: int) -> None:
    for flag in ("-N", "-R", "-G", "-B", "-O"):
        # What it sends is made of chance, and after some of it the client itself never ends.
        with contextlib.suppress(subprocess.TimeoutExpired):
            uclient(flag, *CREDENTIALS["static"], "-c", "-n", "3", "-p", str(server.port), "-e", "127.0.0.1",
                    "-r", str(peer), "127.0.0.1", most_s=15)  # fmt: skip
    assert run(server.port, "udp", "channel", "static", "-e", "127.0.0.1", "-r", str(peer)) == CLIENTS * MESSAGES


def test_when_the_clients_are_gone_nothing_is_left_of_them(server: RelayServer, peer: int) -> None:
    run(server.port, "tcp", "channel", "static", "-e", "127.0.0.1", "-r", str(peer))
    assert server.counters()["relay_allocations_tcp_open"] == 0
    assert server.counters()["relay_allocations_tls_open"] == 0
