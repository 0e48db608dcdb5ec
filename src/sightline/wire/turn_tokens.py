"""What Twilio's and Cloudflare's APIs answer when they are asked for TURN credentials."""

from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from sightline.config.ice_url import IceUrl, ice_url
from sightline.errors import ProtocolError

MAX_ANSWER_BYTES: Final = 64 * 1024
"""Either's is about 1 KiB; more is not looked at."""

_TEXT_MOST: Final = 512
"""RFC 8489 §14.3: a name has fewer than 509 bytes. Passwords of both providers are shorter."""

_DNS: Final = 53
"""Cloudflare also listens there; browsers refuse it as an unsafe port and log an error."""


@dataclass(frozen=True, slots=True)
class TurnToken:
    """Addresses with credentials for them, as an API gave them."""

    urls: tuple[IceUrl, ...]
    username: str
    password: str
    lifetime_s: float | None = None
    """As the answer says; None: as was asked for."""


_AnswerT = TypeVar("_AnswerT")


class _Server(msgspec.Struct):
    urls: str | list[str] = []
    url: str = ""
    username: str = ""
    credential: str = ""


class _Twilio(msgspec.Struct):
    ice_servers: list[_Server]
    ttl: str | int


class _Cloudflare(msgspec.Struct):
    ice_servers: list[_Server] | _Server = msgspec.field(name="iceServers")


def twilio_token(answer: bytes) -> TurnToken:
    """Of `POST /2010-04-01/Accounts/{sid}/Tokens.json`. Raises ProtocolError."""
    decoded = _decoded(answer, _Twilio)
    try:
        lifetime_s = float(decoded.ttl)
    except ValueError:
        raise ProtocolError("bad_turn_token", "ttl is not a number") from None
    if not 0 < lifetime_s < float("inf"):
        raise ProtocolError("bad_turn_token", "ttl is not a time to come")
    return _token(decoded.ice_servers, lifetime_s)


def cloudflare_token(answer: bytes) -> TurnToken:
    """Of `POST /v1/turn/keys/{id}/credentials/generate-ice-servers`. Raises ProtocolError."""
    servers = _decoded(answer, _Cloudflare).ice_servers
    return _token(servers if isinstance(servers, list) else [servers], None)


def _decoded(answer: bytes, kind: type[_AnswerT]) -> _AnswerT:
    if len(answer) > MAX_ANSWER_BYTES:
        raise ProtocolError("bad_turn_token", f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
    try:
        return msgspec.json.decode(answer, type=kind)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ProtocolError("bad_turn_token", f"the answer is not what is documented: {error}") from error


def _token(servers: list[_Server], lifetime_s: float | None) -> TurnToken:
    """All of both providers' TURN addresses have the same credentials; those of others would be left out."""
    with_credentials = [server for server in servers if server.username and server.credential]
    if not with_credentials:
        raise ProtocolError("bad_turn_token", "the answer names no TURN server with credentials")
    first = with_credentials[0]
    if max(len(first.username.encode()), len(first.credential.encode())) > _TEXT_MOST:
        raise ProtocolError("bad_turn_token", "the credentials are longer than TURN allows")
    same = [each for each in with_credentials if (each.username, each.credential) == (first.username, first.credential)]
    urls = []
    for text in (text for server in same for text in _texts(server)):
        try:
            urls.append(ice_url(text))
        except ValueError:
            continue  # a kind of address that is newer than we are
    urls = [url for url in dict.fromkeys(urls) if url.is_turn and url.port != _DNS]
    if not urls:
        raise ProtocolError("bad_turn_token", "the answer names no TURN address")
    return TurnToken(tuple(urls[:_URLS_MOST]), first.username, first.credential, lifetime_s)


def _texts(server: _Server) -> list[str]:
    urls = server.urls or server.url
    return [urls] if isinstance(urls, str) else urls


_URLS_MOST: Final = 16
"""Cloudflare names six, Twilio three; each is checked regularly."""
