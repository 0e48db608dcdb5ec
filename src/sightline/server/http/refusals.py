"""Every way to say no, in one shape: `wire.api.Refusal`."""

import re
from http import HTTPStatus
from typing import Any, Final

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException

from sightline.errors import RefusedError
from sightline.wire.api import Refusal

_log = structlog.get_logger()

AnyRequest = Request[Any, Any, Any]

_STATUS: Final[dict[str, int]] = {
    "not_signed_in": 401,
    "wrong_credentials": 401,
    "no_seat": 401,
    "not_allowed": 403,
    "wrong_origin": 403,
    "wrong_password": 403,
    "locked_out": 403,
    "must_change_password": 403,
    "invite_unknown": 404,
    "person_unknown": 404,
    "unknown_service": 404,
    "unknown_target": 404,
    "invite_used": 410,
    "invite_expired": 410,
    "invite_revoked": 410,
    "not_json": 415,
    "name_empty": 422,
    "name_too_long": 422,
    "name_not_usable": 422,
    "note_too_long": 422,
    "note_not_usable": 422,
    "login_not_usable": 422,
    "role_not_usable": 422,
    "password_too_short": 422,
    "password_too_long": 422,
    "password_is_login": 422,
    "expiry_out_of_range": 422,
    "bad_choice": 422,
    "bad_network": 422,
    "bad-variable": 422,
    "too_many_attempts": 429,
    "server_busy": 503,
}
_OTHERWISE: Final = 409
"""What is neither the request's fault nor for ever: `login_taken`, `last_administrator`, what the desk refuses."""

_BY_STATUS: Final[dict[int, Refusal]] = {
    404: Refusal("not_found", "There is nothing here.", "Check the address."),
    405: Refusal("method_not_allowed", "This cannot be done here."),
    413: Refusal("body_too_large", "The request is too large.", "A body holds at most 64 KiB."),
}


def handle_refused(_request: AnyRequest, error: RefusedError) -> Response[Refusal]:
    """The user may not do this, or not now."""
    headers = {} if error.retry_after_s is None else {"retry-after": str(error.retry_after_s)}
    return _response(Refusal(error.code, str(error), error.hint), _STATUS.get(error.code, _OTHERWISE), headers)


def handle_http_exception(_request: AnyRequest, error: HTTPException) -> Response[Refusal]:
    """Litestar found no handler, or a body that does not fit."""
    refusal = _BY_STATUS.get(error.status_code)
    if refusal is None and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        refusal = Refusal("bad_request", _what_does_not_fit(error))
    if refusal is None:
        return _server_error(error)
    return _response(refusal, error.status_code, {})


def handle_bad_text(_request: AnyRequest, _error: UnicodeDecodeError) -> Response[Refusal]:
    """The JSON decoder lets this through."""
    return _response(Refusal("bad_request", "The body is not UTF-8."), HTTPStatus.BAD_REQUEST, {})


def handle_nested(_request: AnyRequest, _error: RecursionError) -> Response[Refusal]:
    """And this."""
    return _response(Refusal("bad_request", "The body is nested too deeply."), HTTPStatus.BAD_REQUEST, {})


def handle_bug(_request: AnyRequest, error: Exception) -> Response[Refusal]:
    """Our fault: the log gets the traceback, the client nothing that could help to exploit it."""
    return _server_error(error)


def _server_error(error: Exception) -> Response[Refusal]:
    _log.error("http_request_failed", exc_info=error)
    refusal = Refusal("server_error", "The server failed.", "Try again; the administrator finds more in the log.")
    return _response(refusal, HTTPStatus.INTERNAL_SERVER_ERROR, {})


def _response(refusal: Refusal, status: int, headers: dict[str, str]) -> Response[Refusal]:
    return Response(refusal, status_code=status, headers=headers, media_type=MediaType.JSON)


def _what_does_not_fit(error: HTTPException) -> str:
    if isinstance(error, ValidationException) and isinstance(error.extra, list) and error.extra:
        first = error.extra[0]
        return _plain(str(first.get("message", "")), str(first.get("key", "data")))
    return _plain(error.detail, "data")


def _plain(message: str, where: str) -> str:
    """What msgspec says, in words for whoever typed it. A sentence that it may get one day becomes the last one."""
    place = "The body" if where == "data" else f"“{where}”"
    for pattern, plain in _PLAIN:
        if found := pattern.search(message):
            words = [_TYPES.get(word, word) for word in found.groups()]
            return plain.format(*words, place=place)
    return f"{place} does not fit."


_PLAIN: Final = [
    (re.compile(pattern), plain)
    for pattern, plain in {
        r"^'data'$": "The body is missing; it must be JSON.",  # what comes of no body at all
        r"missing required field `(.+)`": "“{0}” is missing.",
        r"unknown field `(.+)`": "“{0}” is not known here.",
        r"^Expected `(.+)`, got `(.+)`": "{place} must be {0}, not {1}.",
        r"^Invalid enum value": "{place} is none of the values that are possible here.",
        r"^Number out of range": "{place} is too large a number.",
        r"surrogate": "The body holds half a character.",
        # Half a character near the end looks the same.
        r"^Input data was truncated": "The body ends too early, or holds half a character.",
        r"JSON": "The body is not JSON.",
    }.items()
]
_TYPES: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}
