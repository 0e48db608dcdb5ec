"""Sets of ports."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.readiness.ports import LAST, PortSet, parse_ports, port_set

ranges = st.tuples(st.integers(1, LAST), st.integers(0, 3000)).map(lambda pair: (pair[0], min(LAST, sum(pair))))
sets = st.lists(ranges, max_size=8).map(port_set)


def members(ports: PortSet) -> set[int]:
    return {port for first, last in ports.ranges for port in range(first, last + 1)}


@pytest.mark.parametrize(
    ("text", "means", "size"),
    [
        ("443", ((443, 443),), 1),
        ("80, 443", ((80, 80), (443, 443)), 2),
        ("4700-5000", ((4700, 5000),), 301),
        ("5668, 5669", ((5668, 5669),), 2),
        ("443,80", ((80, 80), (443, 443)), 2),
        ("1-65535", ((1, 65535),), 65535),
    ],
)
def test_a_text_means_a_set(text: str, means: tuple[tuple[int, int], ...], size: int) -> None:
    assert parse_ports(text).ranges == means
    assert parse_ports(text).size == size


@pytest.mark.parametrize(
    "text",
    ["", "0", "65536", "443443443", "5000-4700", "5060- 5070", "80 &443", "80,,443", "80,", "443,443", "1-9,5", "080",
     "10,000-60,000", "https", "4700–5000", "٤٤٣", "-1", "1-", "80\n"],
)  # fmt: skip
def test_damaged_ports_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is neither|there is no port|backwards|names a port twice"):
        parse_ports(text)


@given(st.text(max_size=40) | st.from_regex(r"[0-9, -]{0,20}"))
def test_any_text_is_a_set_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_ports(text)


@given(sets, sets)
def test_arithmetic_agrees_with_sets_of_numbers(one: PortSet, other: PortSet) -> None:
    assert members(one | other) == members(one) | members(other)
    assert members(one & other) == members(one) & members(other)
    assert members(one - other) == members(one) - members(other)
    assert one.size == len(members(one))


@given(sets)
def test_what_is_written_is_read_as_the_same(ports: PortSet) -> None:
    assert bool(ports) == bool(ports.ranges)
    if ports:
        assert parse_ports(str(ports)) == ports


@given(sets, st.integers(1, LAST))
def test_membership(ports: PortSet, port: int) -> None:
    assert (port in ports) == (port in members(ports))
