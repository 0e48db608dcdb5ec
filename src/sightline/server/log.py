"""How events are written: one line each, to stderr, with a stable name and fields.

No address, name, token or session description is written below WARNING unless `[log] personal_data` says so: the
fields that could hold one are listed here and dropped, so that a slip elsewhere does not leak. A test holds it.
"""

import logging
import sys
from typing import Any, Final

import structlog

from sightline.config import Log

PERSONAL: Final = frozenset(
    {"client", "address", "login", "name", "guest_name", "person", "token", "link", "sdp", "url"}
)
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def set_up_logging(settings: Log) -> None:
    """For the whole process; libraries that use `logging` are heard from WARNING on."""
    processors: list[Any] = [structlog.processors.add_log_level, structlog.processors.TimeStamper("iso", utc=True)]
    if not settings.personal_data:
        processors.append(_without_personal_data)
    if settings.format == "json":
        processors += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        processors.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=True
    )


def _without_personal_data(_logger: object, method: str, event: dict[str, Any]) -> dict[str, Any]:
    if _LEVELS.get(method, _LEVELS["error"]) >= _LEVELS["warning"]:
        return event
    return {field: value for field, value in event.items() if field not in PERSONAL}
