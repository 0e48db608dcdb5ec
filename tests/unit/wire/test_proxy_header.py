"""The PROXY v2 header of our own front door.

The vectors are written from the layout in the PROXY protocol specification, §2.2.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import ProtocolError
from sightline.wire.proxy_header import SIGNATURE, ProxyHeader, decode_proxy_header

IPV4 = (
    SIGNATURE
    + bytes([0x21, 0x11])
    + (12 + 11 + 12 + 8).to_bytes(2, "big")
    + bytes([192, 0, 2, 7, 198, 51, 100, 9])
    + (50000).to_bytes(2, "big")
    + (8443).to_bytes(2, "big")
    + b"\x01\x00\x08http/1.1"
    + b"\x02\x00\x09localhost"
    + b"\x20\x00\x05\x01\x00\x00\x00\x00"
)
IPV6 = (
    SIGNATURE
    + bytes([0x21, 0x21])
    + (36).to_bytes(2, "big")
    + bytes(15)
    + b"\x01"
    + bytes(15)
    + b"\x02"
    + (1).to_bytes(2, "big")
    + (2).to_bytes(2, "big")
)


def test_an_ipv4_client_over_tls() -> None:
    header = ProxyHeader(("192.0.2.7", 50000), ("198.51.100.9", 8443), True, "http/1.1", "localhost")
    assert decode_proxy_header(IPV4) == (header, len(IPV4))


def test_an_ipv6_client_without_tls() -> None:
    assert decode_proxy_header(IPV6) == (ProxyHeader(("::1", 1), ("::2", 2), False), len(IPV6))


@pytest.mark.parametrize("whole", [IPV4, IPV6])
def test_byte_by_byte_and_with_a_request_behind_it(whole: bytes) -> None:
    for end in range(len(whole)):
        assert decode_proxy_header(whole[:end]) is None
    decoded = decode_proxy_header(whole + b"GET / HTTP/1.1\r\n")
    assert decoded is not None
    assert decoded[1] == len(whole)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"GET / HTTP/1.1\r\n", "signature"),
        (SIGNATURE + bytes([0x20, 0x11, 0, 12]) + bytes(12), "0x20"),
        (SIGNATURE + bytes([0x21, 0x12, 0, 12]) + bytes(12), "0x12"),
        (SIGNATURE + bytes([0x21, 0x11, 0, 4]) + bytes(4), "cut short"),
        (SIGNATURE + bytes([0x21, 0x11, 0, 14]) + bytes(14), "field is cut short"),
        (SIGNATURE + bytes([0x21, 0x11, 0, 15]) + bytes(12) + b"\x01\x00\x09", "longer than"),
        (SIGNATURE + bytes([0x21, 0x11, 0xFF, 0xFF]), "at most"),
    ],
)
def test_a_bad_header_is_refused(data: bytes, named: str) -> None:
    with pytest.raises(ProtocolError, match=named):
        decode_proxy_header(data)


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_a_header_or_a_protocol_error(data: bytes, signed: bool) -> None:
    try:
        decode_proxy_header(SIGNATURE + data if signed else data)
    except ProtocolError:
        return
