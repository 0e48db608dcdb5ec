"""What the cable does to packets, and what the name servers answer; both told everything."""

import struct

import pytest

from lab.cable import LONGEST_QUEUE_S, Direction
from lab.names import answer
from lab.topology import Wire


def sent(wire: Wire, packets: int, every_s: float, size: int = 1250) -> list[float | None]:
    """How long each packet was on its way; None: lost."""
    direction = Direction(wire, 1, lambda _packet: None)
    took = []
    for number in range(packets):
        now = number * every_s
        arrival = direction.handle_packet(now, bytes(size))
        took.append(None if arrival is None else arrival - now)
    return took


def test_as_many_are_lost_as_is_said() -> None:
    lost = sent(Wire(loss=0.05), 20_000, 0.01).count(None)
    assert lost == pytest.approx(1000, rel=0.1)


def test_each_is_delayed_within_the_jitter_and_none_overtakes() -> None:
    took = [one for one in sent(Wire(delay_ms=40, jitter_ms=60), 1000, 0.005) if one is not None]
    assert min(took) >= 0.04
    assert max(took) <= 0.1 + 1e-9
    arrivals = [number * 0.005 + one for number, one in enumerate(took)]
    assert arrivals == sorted(arrivals)


def test_a_narrow_cable_keeps_a_queue_and_drops_what_does_not_fit() -> None:
    took = sent(Wire(kbit_s=250), 100, 0.001)  # 1250 bytes take 40 ms
    assert took[0] == pytest.approx(0.04)
    assert took[1] == pytest.approx(0.079)
    assert None in took
    assert max(one for one in took if one is not None) <= LONGEST_QUEUE_S + 0.04 + 1e-9


def test_a_perfect_cable_changes_nothing() -> None:
    assert sent(Wire(), 10, 0.001) == [0.0] * 10


@pytest.mark.parametrize(
    ("name", "kind", "code", "address"),
    [
        ("assist.example", 1, 0, b"\x0b\x00\x00\x02"),
        ("Assist.Example", 1, 0, b"\x0b\x00\x00\x02"),
        ("assist.example", 28, 0, b""),
        ("elsewhere.example", 1, 3, b""),
    ],
)
def test_a_name_server_knows_the_hosts_and_nobody_else(name: str, kind: int, code: int, address: bytes) -> None:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = struct.pack("!HHHHHH", 4711, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, kind, 1)
    said = answer(question, {"assist.example": "11.0.0.2"})
    number, flags, questions, answers = struct.unpack_from("!HHHH", said)
    assert (number, flags & 0xF, questions, answers) == (4711, code, 1, bool(address))
    assert said.endswith(address)
