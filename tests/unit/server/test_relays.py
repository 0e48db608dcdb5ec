"""Who is told of which relays, and when. The pages are those of `scene.py`: no socket is opened."""

import asyncio
import dataclasses
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from sightline.config import Config, Listen, OtherRelay, Proxy, Relay
from sightline.config.own_relay import OWN
from sightline.errors import ConfigError, DataFolderError
from sightline.relays.credentials import LIFETIME_S, time_limited
from sightline.server.certificates.names import MachineNames
from sightline.server.places import Places
from sightline.server.relays.desk import RelayDesk
from sightline.server.relays.own import classic_ports, relay_settings
from sightline.server.relays.providers import provider
from sightline.server.relays.reached import Reached, reached
from sightline.server.relays.secrets import FILE, RENEWED_AFTER_S, relay_secrets
from sightline.wire import signalling as wire
from tests.unit.server.scene import Page, Scene

SECRET = "north of nowhere"
OWN_URLS = [
    ["stun:assist.example.com:443"],
    [
        "turn:assist.example.com:443?transport=udp",
        "turn:assist.example.com:443?transport=tcp",
        "turns:assist.example.com:443?transport=tcp",
    ],
]
AWAY = OtherRelay(name="away", urls=("turn:away.example",), user="ada", secret="pw")


def scene(settings: Relay | None = None, *others: OtherRelay) -> Scene:
    return Scene(relays=RelayDesk(settings or Relay(), SECRET, [provider(other) for other in others]))


def servers(page: Page) -> list[wire.IceServer]:
    """What the page was told last."""
    changed = page.told(wire.IceServersChanged)
    return changed[-1].ice_servers if changed else page.told(wire.Welcome)[-1].ice_servers


def urls(page: Page) -> list[list[str]]:
    return [server.urls for server in servers(page)]


async def test_who_is_in_no_call_or_waits_gets_no_relay() -> None:
    room = scene(None, AWAY)
    maria, wim = room.person(), room.person("wim")
    assert [server.urls for server in (await wim.connect()).ice_servers] == OWN_URLS[:1]
    assert [server.urls for server in (await maria.connect()).ice_servers] == OWN_URLS[:1]
    anna = await room.guest()
    await anna.connect()
    assert urls(anna) == OWN_URLS[:1]
    assert urls(maria) == [*OWN_URLS, ["turn:away.example:3478?transport=udp"]], "the host of an open call"


async def test_who_is_let_in_learns_of_relays_before_the_state_that_asks_for_links() -> None:
    maria, anna = await Scene().call_of_two()
    kinds = [type(frame.message) for frame in anna.frames]
    admitted = next(
        number
        for number, frame in enumerate(anna.frames)
        if isinstance(frame.message, wire.CallState) and frame.message.call.participants[-1].state == "admitted"
    )
    assert kinds.index(wire.IceServersChanged) < admitted
    assert urls(anna) == urls(maria) == OWN_URLS


async def test_credentials_are_the_participants_own_and_name_nobody() -> None:
    maria, anna = await scene().call_of_two()
    for page in (maria, anna):
        username = servers(page)[1].username or ""
        ends_at, _, holder = username.partition(":")
        assert holder == page.call().you
        made = time_limited(SECRET, holder, int(ends_at) - LIFETIME_S)
        assert (made.username, made.password) == (username, servers(page)[1].credential)
        assert "Maria" not in username
        assert "maria" not in username


async def test_a_page_that_lost_its_socket_keeps_its_relays_and_one_on_another_way_gets_others() -> None:
    _, anna = await scene().call_of_two()
    before, session = servers(anna), anna.session
    assert session is not None
    anna.lose_socket()
    assert (await anna.connect(session.id)).ice_servers == before
    anna.lose_socket()
    anna.reached = Reached("10.0.0.5", (("udp", 8443),))
    welcome = await anna.connect(session.id)
    assert [server.urls for server in welcome.ice_servers] == [
        ["stun:10.0.0.5:8443"],
        ["turn:10.0.0.5:8443?transport=udp"],
    ]


async def test_what_a_resumed_page_missed_is_older_than_its_welcome_and_does_not_stand() -> None:
    room = scene()
    maria, anna = room.person(), await room.guest()
    await maria.connect()
    await anna.connect()
    session = anna.session
    assert session is not None
    anna.lose_socket()
    maria.say(wire.Admit(call=maria.call().id, participant=anna.call().you))
    anna.reached = Reached("10.0.0.5", (("udp", 8443),))
    welcome = await anna.connect(session.id)
    assert servers(anna) == welcome.ice_servers
    assert len(anna.told(wire.IceServersChanged)) == 2


async def test_credentials_are_renewed_before_they_end() -> None:
    room = scene()
    _, anna = await room.call_of_two()
    live = next(iter(room.switchboard._calls.values()))
    told = len(anna.told(wire.IceServersChanged))
    room.switchboard._tick(live)
    assert len(anna.told(wire.IceServersChanged)) == told, "they are good for long"
    assert anna.session is not None
    assert anna.session.handed is not None
    anna.session.handed = dataclasses.replace(anna.session.handed, renewed_at=0.0)
    room.switchboard._tick(live)
    assert len(anna.told(wire.IceServersChanged)) == told + 1
    assert not anna.told(wire.IceServersChanged)[-1].has_lost_relay


async def test_who_leaves_is_relayed_no_longer() -> None:
    room = scene()
    revoked: list[str] = []

    def revoke(participant: str) -> int:
        revoked.append(participant)
        return 1

    room.relays.revoke = revoke
    maria, anna = await room.call_of_two()
    ben = await room.guest("Ben")
    await ben.connect()
    maria.say(wire.Admit(call=maria.call().id, participant=ben.call().you))
    anna.say(wire.Leave(call=maria.call().id))
    await asyncio.gather(*room.relays._revoking)
    assert revoked == [anna.call().you]
    maria.say(wire.Leave(call=maria.call().id))
    await asyncio.gather(*room.relays._revoking)
    assert sorted(revoked[1:]) == sorted([maria.call().you, ben.call().you]), "the call has ended for all"


async def test_when_a_relay_dies_those_who_may_use_it_are_told_and_nobody_is_handed_it() -> None:
    room = scene(None, AWAY)
    maria, anna = await room.call_of_two()
    wim = room.person("wim")
    await wim.connect()
    died(room.relays, "away")
    for page in (maria, anna):
        last = page.told(wire.IceServersChanged)[-1]
        assert last.has_lost_relay
        assert urls(page) == OWN_URLS
    assert wim.told(wire.IceServersChanged) == []
    told = len(anna.told(wire.IceServersChanged))
    room.relays.on_death("away")
    assert len(anna.told(wire.IceServersChanged)) == told, "nobody is on it any more"


def died(desk: RelayDesk, relay: str) -> None:
    """As two lost checks of every address have it."""
    for offer in desk._offers("check", 0.0):
        for url in offer.urls:
            if offer.name == relay:
                desk.watch.handle_lost(offer.name, url, "no answer")
                desk.watch.handle_lost(offer.name, url, "no answer")


async def test_an_older_call_of_the_host_takes_nothing_from_the_next() -> None:
    room = scene()
    maria, anna = await room.call_of_two()
    anna.say(wire.Leave(call=maria.call().id))
    ben = await room.guest("Ben")
    await ben.connect()
    assert maria.session is not None
    handed = maria.session.handed
    assert handed is not None
    for live in list(room.switchboard._calls.values()):
        room.switchboard._tick(live)
    assert maria.session.handed is handed
    assert [(each.participant, each.relays) for each in room.switchboard.handed_out()] == [(handed.holder, [OWN])]


async def test_without_a_relay_of_our_own_there_is_stun_and_the_others() -> None:
    maria, _ = await scene(Relay(enabled=False), AWAY).call_of_two()
    assert urls(maria) == [*OWN_URLS[:1], ["turn:away.example:3478?transport=udp"]]


async def test_what_was_handed_out_is_remembered() -> None:
    maria, _ = await scene(None, AWAY).call_of_two()
    assert maria.session is not None
    assert maria.session.handed is not None
    assert maria.session.handed.relays == (OWN, "away")


async def test_pages_are_told_to_use_nothing_but_relays() -> None:
    assert (await scene(Relay(only=True)).person().connect()).is_relay_only
    assert not (await scene().person().connect()).is_relay_only


PLACES = Places("http://localhost:8080", (), port=8443, https_port=443, public_origin=None)
DIRECT, ENDS_TLS = Config(), Config(proxy=Proxy(behind=True))
PASSES_TCP = Config(proxy=Proxy(behind=True, protocol="proxy_protocol"))


@pytest.mark.parametrize(
    ("config", "scheme", "host", "expected"),
    [
        (DIRECT, "wss", "a.example", Reached("a.example", (("udp", 443), ("tcp", 443), ("tls", 443)))),
        (DIRECT, "wss", "A.example:8443", Reached("a.example", (("udp", 8443), ("tcp", 8443), ("tls", 8443)))),
        (DIRECT, "wss", "[2001:db8::1]:9", Reached("2001:db8::1", (("udp", 9), ("tcp", 9), ("tls", 9)))),
        (DIRECT, "wss", "[2001:db8::1]", Reached("2001:db8::1", (("udp", 443), ("tcp", 443), ("tls", 443)))),
        (DIRECT, "wss", "a:99999", Reached("a", (("udp", 443), ("tcp", 443), ("tls", 443)))),
        (DIRECT, "ws", "localhost:8080", Reached("localhost", (("udp", 8443), ("tcp", 8443), ("tls", 8443)))),
        (ENDS_TLS, "wss", "a", Reached("a", (("udp", 8443), ("tcp", 8443)))),
        (PASSES_TCP, "wss", "a", Reached("a", (("udp", 8443), ("tcp", 443), ("tls", 443)))),
        (Config(listen=Listen(udp=False)), "wss", "a", Reached("a", (("tcp", 443), ("tls", 443)))),
    ],
)
def test_a_page_is_sent_where_it_came_from(config: Config, scheme: str, host: str, expected: Reached) -> None:
    scope: Any = {"scheme": scheme, "headers": [(b"host", host.encode())]}
    assert reached(scope, config, PLACES) == expected


MACHINE = MachineNames(("box",), tuple(map(ip_address, ("10.0.0.5", "fd00::5", "127.0.0.1", "::1"))))


def test_the_front_door_is_told_concrete_addresses() -> None:
    config = Config(relay=Relay(public_addresses=("203.0.113.7",), users=("ada:a:b",), shared_secrets=("s" * 16,)))
    told = relay_settings(config, MACHINE, ["own"])
    assert told is not None
    assert told.addresses == ["10.0.0.5", "fd00::5"]
    assert told.public_addresses == {"10.0.0.5": "203.0.113.7"}
    assert {"10.0.0.5:8443", "[fd00::5]:8080", "127.0.0.1:8080", "[::1]:8443"} <= set(told.control)
    assert told.shared_secrets == ["own", "s" * 16]
    assert [(user.name, user.password) for user in told.users] == [("ada", "a:b")]
    assert told.user_bytes_per_s is None
    assert relay_settings(Config(relay=Relay(enabled=False)), MACHINE, ["own"]) is None


@pytest.mark.parametrize(
    ("port", "relay", "ports"),
    [
        (8443, Relay(), []),
        (443, Relay(), [3478, 5349]),
        (443, Relay(classic_ports="off"), []),
        (443, Relay(enabled=False, classic_ports="on"), []),
        (8443, Relay(classic_ports="on", classic_tls_port=0), [3478]),
        (3478, Relay(classic_ports="on"), [5349]),
    ],
)
def test_classic_ports_are_opened_where_they_are_expected(port: int, relay: Relay, ports: list[int]) -> None:
    assert classic_ports(Config(listen=Listen(port=port), relay=relay)) == ports


def test_a_secret_is_kept_and_replaced_and_the_one_before_holds_for_a_while(tmp_path: Path) -> None:
    first = relay_secrets(tmp_path, 0.0)
    assert relay_secrets(tmp_path, RENEWED_AFTER_S - 1) == first
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    second = relay_secrets(tmp_path, RENEWED_AFTER_S)
    assert second[1:] == first
    assert second[0] != first[0]
    assert relay_secrets(tmp_path, RENEWED_AFTER_S + LIFETIME_S) == second[:1]


def test_a_secrets_file_that_was_spoilt_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("x\n")
    with pytest.raises(DataFolderError, match="relay-secrets cannot be used") as caught:
        relay_secrets(tmp_path, 0.0)
    assert "a new one is made" in caught.value.hint


@pytest.mark.parametrize(("content", "message"), [(None, "No such file"), ("\n", "is empty"), (b"\xff", "not text")])
def test_a_secret_file_that_holds_none_is_named(tmp_path: Path, content: str | bytes | None, message: str) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=message):
        provider(OtherRelay(name="a", kind="shared_secret", urls=("turn:a",), secret_file=file))


def test_a_secret_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("north\n")
    offer = provider(
        OtherRelay(name="a", kind="shared_secret", urls=("turn:a",), secret_file=tmp_path / "secret")
    ).offer("anna", 5.0)
    made = time_limited("north", "anna", 5.0)
    assert offer is not None
    assert (offer.username, offer.password) == (made.username, made.password)
