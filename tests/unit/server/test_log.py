"""What the log looks like, whoever writes to it."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from sightline.config import Log
from sightline.server.log import set_up_logging


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.getLogger("uvicorn").setLevel(logging.NOTSET)


def fail() -> None:
    raise ValueError("something\nin two lines")


def log_all() -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("some.library").exception("it broke\nbadly: %s", 7)
        structlog.get_logger().error("we_broke", exc_info=True)
    logging.getLogger("some.library").warning("nearly")
    logging.getLogger("some.library").info("chatter")
    structlog.get_logger().info("ready", name="Annegret", count=2)


@pytest.mark.parametrize("form", ["text", "json"])
def test_one_event_is_one_line(capsys: pytest.CaptureFixture[str], form: str) -> None:
    set_up_logging(Log(format=form))  # type: ignore[arg-type]
    log_all()
    written = capsys.readouterr().err
    lines = written.splitlines()
    assert len(lines) == 4, written
    assert "Annegret" not in written
    for line in lines[:2]:
        assert "ValueError: something" in line
        assert "in fail" in line


def test_libraries_are_heard_as_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Log(format="json"))
    log_all()
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [each["event"] for each in events] == ["library_log", "we_broke", "library_log", "ready"]
    assert events[0]["said"] == "it broke badly: 7"
    assert events[0]["library"] == "some.library"
    assert events[0]["level"] == "error"
    assert "Traceback" in events[0]["traceback"]
    assert all("timestamp" in each for each in events)


def test_what_strangers_cause_in_uvicorn_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Log())
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert capsys.readouterr().err == ""
