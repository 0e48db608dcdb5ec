"""What `sightline relay status` shows."""

import msgspec

from sightline.cli.relay import table
from sightline.wire.relay_status import Allocation, HandedOut, OtherAddress, RelayStatus

ANNA = Allocation(
    id="0.1.1",
    user="1700000000:seat-of-anna",
    client="192.0.2.7:50000",
    transport="tls",
    relayed=["198.51.100.1:49200"],
    age_s=3_725,
    lifetime_s=600,
    packets_to_peers=200,
    bytes_to_peers=1_234_567,
    packets_to_client=1,
    bytes_to_client=999,
    packets_joined=199,
)
COUNTERS = {
    "allocations_made": 3,
    "allocations_refused": 1,
    "bytes_to_peers": 5_000,
    "dropped_denied": 2,
    "dropped_x": 1,
}


def shown(**changes: object) -> list[str]:
    whole = {"is_enabled": True, "counters": COUNTERS, "allocations": [], "others": [], "handed_out": []}
    return list(table(RelayStatus(**{**whole, **changes})))  # type: ignore[arg-type]


def test_who_is_relayed_is_shown_in_columns() -> None:
    lines = shown(allocations=[ANNA])
    assert lines[0] == "1 relayed now. Since the start: 3 made, 1 refused, 5.0 kB carried, 3 packets dropped."
    assert lines[3].split() == [
        *("seat-of-anna", "tls", "192.0.2.7:50000", "198.51.100.1:49200", "1:02:05"),
        *("1.2", "MB", "999", "B", "99", "%"),
    ]


def test_nobody_and_nothing_are_said() -> None:
    assert shown()[0].startswith("Nobody is relayed now.")
    assert shown(is_enabled=False) == ["This server relays nothing: [relay] enabled is false."]


def test_a_static_user_is_shown_by_name() -> None:
    assert ANNA.holder == "seat-of-anna"
    assert msgspec.structs.replace(ANNA, user="ada").holder == "ada"
    assert msgspec.structs.replace(ANNA, user="ada:berta").holder == "ada:berta"


def test_other_relays_say_whether_they_live_and_why_not() -> None:
    others = [
        OtherAddress("eu", "turn:a:1?transport=udp", True, "", 12),
        OtherAddress("us", "turn:b:1?transport=udp", False, "no answer", None),
        OtherAddress("ap", "turn:c:1?transport=udp", None, "", None),
    ]
    lines = shown(others=others, handed_out=[HandedOut("call", "anna", ["own", "eu"])])
    assert "alive" in lines[3]
    assert "12 ms" in lines[3]
    assert "dead: no answer" in lines[4]
    assert "not checked yet" in lines[5]
    assert lines[-1].split() == ["anna", "own,", "eu"]
