"""Does a STUN or TURN server answer? Asked as a browser would, over the transport that its address names."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

from sightline import clock
from sightline.config.ice_url import IceUrl
from sightline.errors import ProtocolError, ServiceError
from sightline.relays.credentials import Credentials
from sightline.wire import stun

TIMEOUT_S: Final = 6.0
"""For all of a check: name, connection, TLS, up to four questions. Guess: a relay that takes longer helps no call."""

_RETRANSMIT_S: Final = (0.5, 1.0, 2.0)
"""RFC 8489 §6.2.1: 500 ms, doubled; the check ends before the later ones."""

_NO_LIFETIME: Final = bytes(4)

Ask: TypeAlias = Callable[[bytes], Awaitable[bytes]]


async def check(url: IceUrl, credentials: Credentials | None) -> float:
    """How long the first answer took, in seconds. A TURN server has to make a relayed address too, which is given back
    at once. Raises ServiceError."""
    try:
        async with asyncio.timeout(TIMEOUT_S), _opened(url) as ask:
            started = clock.monotonic()
            if not url.is_turn:
                await _bind(ask)
                return clock.monotonic() - started
            realm, nonce = await _challenge(ask)
            round_trip_s = clock.monotonic() - started
            if credentials is None:
                raise ServiceError("there are no credentials for it")
            await _allocate(ask, credentials, realm, nonce)
            return round_trip_s
    except TimeoutError:
        raise ServiceError("no answer") from None
    except ssl.SSLError as error:
        raise ServiceError(f"TLS: {error.reason or type(error).__name__}") from None
    except OSError as error:
        raise ServiceError(f"not reached: {error.strerror or error}") from None
    except ValueError:  # an IDNA label of more than 63 characters
        raise ServiceError("its name cannot be looked up") from None
    except (ProtocolError, asyncio.IncompleteReadError) as error:
        raise ServiceError(f"its answer is not understood: {error}") from None


async def _bind(ask: Ask) -> None:
    answer = await _asked(ask, stun.Message(stun.BINDING, "request", secrets.token_bytes(12)))
    if answer.kind != "success" or not (answer.address(stun.XOR_MAPPED_ADDRESS) or answer.address(stun.MAPPED_ADDRESS)):
        raise ServiceError("it tells no address")


async def _challenge(ask: Ask) -> tuple[bytes, bytes]:
    """Realm and nonce: RFC 8489 §9.2.4, what a stranger is told."""
    attributes = ((stun.REQUESTED_TRANSPORT, stun.UDP),)
    answer = await _asked(ask, stun.Message(stun.ALLOCATE, "request", secrets.token_bytes(12), attributes))
    realm, nonce = answer.attribute(stun.REALM), answer.attribute(stun.NONCE)
    if answer.error() is None or realm is None or nonce is None:
        raise ServiceError("it relays for strangers, or does not say how to sign in")
    return realm, nonce


async def _allocate(ask: Ask, credentials: Credentials, realm: bytes, nonce: bytes) -> None:
    for _ in range(2):  # RFC 8489 §9.2.5: once more if the nonce is stale
        signature = (credentials, realm, nonce)
        answer = await _signed(ask, stun.ALLOCATE, (stun.REQUESTED_TRANSPORT, stun.UDP), signature)
        error = answer.error()
        if error is None or error[0] != 438 or not (nonce := answer.attribute(stun.NONCE) or b""):
            break
    if error is not None:
        meaning = {401: "the credentials are refused", 486: "the quota is used up", 508: "it is full"}
        raise ServiceError(meaning.get(error[0], f"it refuses with {error[0]}"))
    if answer.address(stun.XOR_RELAYED_ADDRESS) is None:
        raise ServiceError("it gives no relayed address")
    # Without an answer it ends by itself; what counts is known.
    await _signed(ask, stun.REFRESH, (stun.LIFETIME, _NO_LIFETIME), (credentials, realm, nonce))


async def _signed(
    ask: Ask, method: int, attribute: tuple[int, bytes], signature: tuple[Credentials, bytes, bytes]
) -> stun.Message:
    credentials, realm, nonce = signature
    key = stun.long_term_key(credentials.username, realm.decode(errors="replace"), credentials.password)
    attributes = (
        attribute,
        (stun.USERNAME, credentials.username.encode()),
        (stun.REALM, realm),
        (stun.NONCE, nonce),
    )
    message = stun.Message(method, "request", secrets.token_bytes(12), attributes)
    return await _asked(ask, message, key)


async def _asked(ask: Ask, message: stun.Message, key: bytes | None = None) -> stun.Message:
    data = await ask(stun.encode(message, key=key))
    answer = stun.decode(data)
    if answer.kind == "success" and key is not None and not stun.is_integrity_right(data, key):
        raise ServiceError("its answer is signed by somebody else")
    return answer


@asynccontextmanager
async def _opened(url: IceUrl) -> AsyncIterator[Ask]:
    if url.transport == "udp":
        loop = asyncio.get_running_loop()
        transport, conversation = await loop.create_datagram_endpoint(_Datagrams, remote_addr=(url.host, url.port))
        try:
            yield conversation.ask
        finally:
            transport.close()
        return
    tls = ssl.create_default_context() if url.transport == "tls" else None
    reader, writer = await asyncio.open_connection(url.host, url.port, ssl=tls, limit=1 << 16)

    async def ask(data: bytes) -> bytes:
        writer.write(data)
        while True:
            head = await reader.readexactly(stun.HEAD_BYTES)
            answer = head + await reader.readexactly(stun.frame_length(head) - stun.HEAD_BYTES)
            if _answers(answer, data):
                return answer

    try:
        yield ask
    finally:
        writer.transport.abort()


class _Datagrams(asyncio.DatagramProtocol):
    """One question at a time, asked again until it is answered."""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._question = b""
        self._answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def ask(self, data: bytes) -> bytes:
        self._question, self._answer = data, asyncio.get_running_loop().create_future()
        for wait_s in (*_RETRANSMIT_S, TIMEOUT_S):
            self._transport.sendto(data)
            done, _ = await asyncio.wait([self._answer], timeout=wait_s)
            if done:
                break
        return await self._answer

    def datagram_received(self, data: bytes, _address: Any) -> None:
        if _answers(data, self._question) and not self._answer.done():
            self._answer.set_result(data)

    def error_received(self, error: Exception) -> None:
        if self._question and not self._answer.done():
            self._answer.set_exception(error)


def _answers(data: bytes, question: bytes) -> bool:
    """An answer has the question's transaction id; an indication or a latecomer does not."""
    return len(data) >= stun.HEAD_BYTES and data[4:20] == question[4:20] and bool(data[0] & 1)
