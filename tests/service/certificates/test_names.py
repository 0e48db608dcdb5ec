"""What the kernel says of our addresses."""

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from sightline.server.certificates.names import addresses_in

# Captured from Linux 6: what it answers to RTM_GETADDR about eth0, 192.0.2.2/24.
ETH0 = bytes.fromhex(
    "580000001400020001000000da4b0000"  # length 88, RTM_NEWADDR
    "0218800004000000"  # AF_INET, /24, IFA_F_PERMANENT, index 4
    "08000100c000020208000200c000020208000400c00002ff"  # IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST
    "090003006574683000000000080008008000000014000600ffffffffffffffff1700000017000000"
)
DONE = bytes.fromhex("1400000003000200010000009e3e000000000000")


def changed(flags: int) -> bytes:
    return ETH0[:18] + bytes([flags]) + ETH0[19:]


def test_an_address_is_read() -> None:
    assert list(addresses_in(ETH0 + DONE)) == [ip_address("192.0.2.2")]
    assert list(addresses_in(ETH0 + ETH0 + DONE)) == [ip_address("192.0.2.2")] * 2


def test_on_a_point_to_point_link_ours_is_taken_and_not_the_peers() -> None:
    assert list(addresses_in(ETH0.replace(bytes.fromhex("08000100c0000202"), bytes.fromhex("08000100c0000201")))) == [
        ip_address("192.0.2.2")
    ]


def test_addresses_that_do_not_last_are_left_out() -> None:
    for flag in (0x01, 0x08, 0x20, 0x40):  # TEMPORARY, DADFAILED, DEPRECATED, TENTATIVE
        assert list(addresses_in(changed(flag))) == []


@given(st.binary(max_size=120), st.integers(0, len(ETH0)))
def test_anything_else_yields_nothing_worse(noise: bytes, cut: int) -> None:
    list(addresses_in(noise))
    list(addresses_in(ETH0[:cut] + noise))
