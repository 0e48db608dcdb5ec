"""The side door: a Unix socket in the data folder, by which verbs such as `sightline relay status` ask the server that
runs. Who may open the folder may ask; there is no other password. One line with a question's name in, one of JSON out.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import structlog

from sightline.errors import DataFolderError

QUESTION_MOST: Final = 64
"""Bytes of the longest question, with its newline."""

ANSWER_MOST: Final = 64 * 1024 * 1024
"""12,000 allocations are some 4 MiB. A bound for who asks, in case it is not our server that answers."""

PATIENCE_S: Final = 10.0
"""For the whole exchange, on either side. A guess; an answer takes milliseconds."""

_log = structlog.get_logger()


class SideDoor:
    """Answers questions: `answers` by their names."""

    def __init__(self, run_folder: Path, answers: dict[str, Callable[[], Awaitable[bytes]]]) -> None:
        self._run_folder, self._answers = run_folder, answers
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen."""
        with _short_path(self._run_folder) as path, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            with suppress(FileNotFoundError):
                os.unlink(path)  # of a server that was killed
            listening.bind(path)
            self._server = await asyncio.start_unix_server(self._answer, sock=listening.dup(), limit=QUESTION_MOST)

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = self._answers.get((await reader.readline()).decode(errors="replace").strip())
                writer.write(await answer() if answer else b"null")
                writer.write(b"\n")
                await writer.drain()
        except (OSError, ValueError, TimeoutError) as error:  # who asked has gone, says too much, or reads nothing
            _log.info("side_door_question_dropped", reason=type(error).__name__)
        finally:
            writer.close()


def asked(run_folder: Path, question: str) -> bytes:
    """The answer of the server that runs in this folder. Blocks; raises DataFolderError when none does."""
    answer = b""
    try:
        with _short_path(run_folder) as path, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talk:
            talk.settimeout(PATIENCE_S)
            talk.connect(path)
            talk.sendall(question.encode() + b"\n")
            while len(answer) <= ANSWER_MOST and (piece := talk.recv(1 << 16)):
                answer += piece
    except OSError as error:
        raise DataFolderError(
            f"No server answers in {run_folder.parent}: {error.strerror or error}.",
            hint="Start it with `sightline serve`, or name the folder of one that runs with --data.",
        ) from error
    if answer.strip() in (b"", b"null") or not answer.endswith(b"\n"):
        raise DataFolderError(
            f"The server in {run_folder.parent} does not know this question.",
            hint="It may be another version: restart it.",
        )
    return answer


@contextmanager
def _short_path(run_folder: Path) -> Iterator[str]:
    """A path of the socket that fits into the 108 bytes of Linux's sockaddr_un, wherever the folder is."""
    folder = os.open(run_folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{_NAME}"
    finally:
        os.close(folder)


_NAME: Final = "side.sock"
