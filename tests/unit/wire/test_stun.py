"""The client's STUN codec against the messages of RFC 5769 and RFC 8489, and against anything at all."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import ProtocolError
from sightline.wire import stun

VECTORS = Path(__file__).parents[3] / "vectors"
SHORT_TERM = b"VOkJxbRl1RmTxUk/WvJxBt"
LONG_TERM = ("マトリックス", "example.org", "TheMatrIX")


def vector(name: str) -> bytes:
    lines = (VECTORS / name).read_text().splitlines()
    return bytes.fromhex("".join(line for line in lines if not line.startswith("#")))


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("stun/rfc5769-2.1-request.hex", "request", SHORT_TERM),
        ("stun/rfc5769-2.2-response-ipv4.hex", "success", SHORT_TERM),
        ("stun/rfc5769-2.3-response-ipv6.hex", "success", SHORT_TERM),
        ("stun/rfc5769-2.4-request-long-term.hex", "request", stun.long_term_key(*LONG_TERM)),
        ("turn/rfc8489-b.1-request-long-term-sha256.hex", "request", stun.long_term_key_sha256(*LONG_TERM)),
    ],
)
def test_the_messages_of_the_standards_are_read_and_their_keys_fit(name: str, kind: str, key: bytes) -> None:
    data = vector(name)
    message = stun.decode(data)
    assert (message.method, message.kind, message.transaction) == (stun.BINDING, kind, data[8:20])
    assert stun.is_integrity_right(data, key) is True
    assert stun.is_integrity_right(data, key + b"x") is False


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("stun/rfc5769-2.2-response-ipv4.hex", ("192.0.2.1", 32853)),
        ("stun/rfc5769-2.3-response-ipv6.hex", ("2001:db8:1234:5678:11:2233:4455:6677", 32853)),
    ],
)
def test_mapped_addresses_are_read(name: str, address: stun.Address) -> None:
    message = stun.decode(vector(name))
    assert message.address(stun.XOR_MAPPED_ADDRESS) == address
    assert message.attribute(stun.SOFTWARE) == b"test vector"
    assert message.address(stun.XOR_RELAYED_ADDRESS) is None


def test_the_long_term_request_is_written_as_the_standard_has_it() -> None:
    data = vector("stun/rfc5769-2.4-request-long-term.hex")
    message = stun.decode(data)
    protected = stun.Message(message.method, message.kind, message.transaction, message.attributes[:-1])
    assert stun.encode(protected, key=stun.long_term_key(*LONG_TERM)) == data


def test_the_answer_of_the_standard_is_written_as_it_stands_but_for_its_padding() -> None:
    message = stun.decode(vector("stun/rfc5769-2.2-response-ipv4.hex"))
    protected = stun.Message(message.method, message.kind, message.transaction, message.attributes[:-1])
    written = stun.encode(protected, key=SHORT_TERM, has_fingerprint=True)
    assert len(written) == len(vector("stun/rfc5769-2.2-response-ipv4.hex"))
    assert stun.decode(written).attributes[:-1] == protected.attributes
    assert stun.is_integrity_right(written, SHORT_TERM)


def test_a_relay_is_understood() -> None:
    challenge = stun.decode(vector("turn/coturn-4.6.1-challenge.hex"))
    assert (challenge.method, challenge.kind, challenge.error()) == (stun.ALLOCATE, "error", (401, "Unauthorized"))
    realm = challenge.attribute(stun.REALM)
    assert realm == b"elsewhere"
    assert challenge.attribute(stun.NONCE) == b"5a65fbfdb752cb92"
    data = vector("turn/coturn-4.6.1-allocated.hex")
    allocated = stun.decode(data)
    assert stun.is_integrity_right(data, stun.long_term_key("ada", realm.decode(), "correct horse"))
    assert allocated.address(stun.XOR_RELAYED_ADDRESS) == ("127.0.0.1", 50290)
    assert allocated.address(stun.XOR_MAPPED_ADDRESS) == ("127.0.0.1", 43855)
    assert allocated.attribute(stun.LIFETIME) == (600).to_bytes(4, "big")


def test_an_error_has_its_code_and_reason() -> None:
    message = stun.Message(stun.ALLOCATE, "error", bytes(12), ((stun.ERROR_CODE, b"\0\0\x04\x01Unauthorized"),))
    assert stun.decode(stun.encode(message)).error() == (401, "Unauthorized")
    assert stun.Message(stun.ALLOCATE, "error", bytes(12)).error() is None
    for value in (b"", b"\0\0\x07\x01", b"\0\0\x04\x64"):
        with pytest.raises(ProtocolError, match="ERROR-CODE"):
            stun.Message(stun.ALLOCATE, "error", bytes(12), ((stun.ERROR_CODE, value),)).error()


@pytest.mark.parametrize("value", [b"", b"\0\1", bytes(8), bytes(20), b"\0\2" + bytes(6), b"\0\1" + bytes(18)])
def test_an_address_that_is_none_is_refused(value: bytes) -> None:
    message = stun.Message(stun.BINDING, "success", bytes(12), ((stun.XOR_MAPPED_ADDRESS, value),))
    with pytest.raises(ProtocolError, match="not an address"):
        message.address(stun.XOR_MAPPED_ADDRESS)


def test_a_message_cut_off_or_with_a_tail_is_refused() -> None:
    data = vector("stun/rfc5769-2.2-response-ipv4.hex")
    for cut in [data[:length] for length in range(len(data))] + [data + b"\0", data + bytes(4)]:
        with pytest.raises(ProtocolError):
            stun.decode(cut)


def test_one_wrong_bit_is_found_out() -> None:
    data = vector("stun/rfc5769-2.1-request.hex")
    type_of_the_fingerprint = range(len(data) - 8, len(data) - 6)  # changed, nothing says that there was one
    for bit in range(len(data) * 8):
        if bit // 8 not in type_of_the_fingerprint:
            wrong = bytearray(data)
            wrong[bit // 8] ^= 1 << bit % 8
            with contextlib.suppress(ProtocolError):
                stun.decode(bytes(wrong))  # a wrong length may hide the fingerprint
                assert stun.is_integrity_right(bytes(wrong), SHORT_TERM) is not True, bit


def test_what_follows_the_integrity_is_left_out() -> None:
    key = b"k"
    data = stun.encode(stun.Message(stun.BINDING, "success", bytes(12)), key=key)
    further = stun._attribute(stun.XOR_MAPPED_ADDRESS, bytes(8))
    data = data[:2] + (len(data) + len(further) - 20).to_bytes(2, "big") + data[4:] + further
    assert stun.is_integrity_right(data, key)
    assert stun.decode(data).attribute(stun.XOR_MAPPED_ADDRESS) is None


MESSAGES = st.builds(
    stun.Message,
    st.integers(0, 0xFFF),
    st.sampled_from(["request", "indication", "success", "error"]),
    st.binary(min_size=12, max_size=12),
    st.lists(
        st.tuples(st.integers(0, 0xFFFF).filter(lambda it: it not in (8, 0x1C, 0x8028)), st.binary(max_size=20)),
        max_size=5,
    ).map(tuple),
)


@given(MESSAGES, st.none() | st.binary(min_size=1, max_size=40), st.booleans())
def test_what_is_written_is_read(message: stun.Message, key: bytes | None, has_fingerprint: bool) -> None:
    data = stun.encode(message, key=key, has_fingerprint=has_fingerprint)
    assert len(data) == stun.frame_length(data[:20])
    read = stun.decode(data)
    assert (read.method, read.kind, read.transaction) == (message.method, message.kind, message.transaction)
    assert read.attributes[: len(message.attributes)] == message.attributes
    assert stun.is_integrity_right(data, key or b"") is (None if key is None else True)


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: b"\1\1\0\4\x21\x12\xa4\x42" + tail))
def test_anything_at_all_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        message = stun.decode(data)
        for number in (stun.XOR_MAPPED_ADDRESS, stun.MAPPED_ADDRESS):
            with contextlib.suppress(ProtocolError):
                message.address(number)
        with contextlib.suppress(ProtocolError):
            message.error()
    stun.is_integrity_right(data, b"key")
