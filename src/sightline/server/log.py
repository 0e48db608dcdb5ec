"""How events are written: one line each, to stderr, with a stable name and fields.

No address, name, token or session description is written below WARNING unless `[log] personal_data` says so: the
fields that could hold one are listed here and dropped, so that a slip elsewhere does not leak. A test holds it.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from sightline.config import Log

PERSONAL: Final = frozenset(
    {"client", "address", "login", "name", "guest_name", "person", "token", "link", "sdp", "url"}
)
_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def set_up_logging(settings: Log) -> None:
    """For the whole process. Libraries that use `logging` are heard from WARNING on, in the same form."""
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True),
        _with_traceback_in_one_line,
    ]
    if not settings.personal_data:
        shared.append(_without_personal_data)
    last: Any = structlog.processors.JSONRenderer()
    if settings.format == "text":
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[settings.level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    without_marks = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_foreign, *shared],
            processors=[without_marks, last],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(logging.WARNING, _LEVELS[settings.level]), force=True)
    logging.captureWarnings(True)
    # Its warnings are all about what a stranger sent, such as "Invalid HTTP request received": one line for each would
    # let anybody fill the disk.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)


def _foreign(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """A library's words become a field of an event with a stable name."""
    said = " ".join(str(event["event"]).split())
    return {**event, "event": "library_log", "library": event["_record"].name, "said": said}


def _with_traceback_in_one_line(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """As a field, quoted: collectors and `grep` see one event as one line."""
    formatted = dict(structlog.processors.format_exc_info(logger, method, event))
    if "exception" in formatted:
        formatted["traceback"] = formatted.pop("exception")
    return formatted


def _without_personal_data(_logger: object, method: str, event: dict[str, Any]) -> dict[str, Any]:
    if _LEVELS.get(method, _LEVELS["error"]) >= _LEVELS["warning"]:
        return event
    return {field: value for field, value in event.items() if field not in PERSONAL}
