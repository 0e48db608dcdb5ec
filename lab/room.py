"""A sealed room for networks: whatever is built in it is gone when its owner is, however that one ended.

The room is a process namespace, a mount namespace and a network namespace at once. Its first process does nothing but
read from a pipe that only the owner holds. When the owner ends, even by SIGKILL, the pipe closes, the first process
ends, and the kernel kills everybody else in the room; with the last process go the networks, their rules and the room's
folder, which lies in memory. Nothing is left that somebody would have to remove.
"""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# A /run of its own holds the names that `ip netns` gives, the processes' pid files, and the room's folder.
FIRST_PROCESS = """
set -e
mount -t tmpfs lab /run
mkdir /run/netns /run/lab
echo nameserver 127.0.0.1 >/run/lab/resolv.conf
ip link set lo up
echo ready
exec cat
"""

# Each network has names and a name server (`names`) of its own, and none of the machine's.
IN_NETWORK = """
mount --bind /run/lab/"$0".hosts /etc/hosts
if [ -e /etc/resolv.conf ]; then mount --bind /run/lab/resolv.conf /etc/resolv.conf; fi
exec "$@"
"""

INSIDE = Path("/run/lab")
NEEDED = ("unshare", "nsenter", "ip", "nft", "sysctl")
CLONE_NEWNET = 0x4000_0000


class NotHereError(Exception):
    """This machine cannot hold a laboratory; the message says what is missing."""


def missing() -> str | None:
    """Why no room can be opened here."""
    if os.geteuid() != 0:
        return "the laboratory makes network namespaces and needs root: sudo make lab"
    without = [name for name in NEEDED if not shutil.which(name)]
    if without:
        return f"not on this machine: {', '.join(without)}; Debian: apt-get install util-linux iproute2 nftables procps"
    return None


class Room:
    """Networks, and the programs that run in them."""

    def __init__(self) -> None:
        if problem := missing():
            raise NotHereError(problem)
        apart = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        self._keeper = subprocess.Popen(
            [*apart, "sh", "-c", FIRST_PROCESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._keeper.stdout is not None, "it was asked for"
        if self._keeper.stdout.readline().strip() != "ready":
            _, said = self._keeper.communicate()
            raise NotHereError(f"a room could not be sealed; are namespaces allowed on this machine? {said.strip()}")
        children = Path(f"/proc/{self._keeper.pid}/task/{self._keeper.pid}/children").read_text().split()
        self.pid = int(children[0])
        self.folder = Path(f"/proc/{self.pid}/root{INSIDE}")
        """The room's own folder as it is seen from outside; inside it is `INSIDE`."""
        self._started: list[subprocess.Popen[Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Everything in the room ends."""
        self._keeper.communicate()  # closes its stdin
        for process in self._started:
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()

    def add_network(self, name: str, hosts: Mapping[str, str] | None = None) -> None:
        """A network namespace with the names that machines in it know, each with its address."""
        self.run(["ip", "netns", "add", name])
        self.run(["ip", "-n", name, "link", "set", "lo", "up"])
        known = {"localhost": "127.0.0.1", **(hosts or {})}
        lines = [f"{address} {host}\n" for host, address in known.items()]
        (self.folder / f"{name}.hosts").write_text("".join(lines))

    def command(self, arguments: Sequence[str], network: str | None = None) -> list[str]:
        """What to start from outside so that these arguments run inside."""
        enter = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--net", "--"]
        if network:
            enter += ["ip", "netns", "exec", network, "sh", "-ec", IN_NETWORK, network]
        return [*enter, *arguments]

    def run(self, arguments: Sequence[str], network: str | None = None, given: str | None = None) -> str:
        """What it prints. A failure is an error with what it said."""
        done = subprocess.run(self.command(arguments, network), input=given, capture_output=True, text=True)
        if done.returncode:
            said = done.stderr or done.stdout
            raise RuntimeError(f"{' '.join(arguments)} (in {network or 'the room'}): {said}{given or ''}")
        return done.stdout

    def start(self, arguments: Sequence[str], network: str | None = None, **options: Any) -> "subprocess.Popen[str]":
        """A program that runs until the room is closed."""
        process = subprocess.Popen(self.command(arguments, network), text=True, **options)
        self._started.append(process)
        return process

    def start_python(self, arguments: Sequence[str], **options: Any) -> "subprocess.Popen[str]":
        """The same Python, with the same modules, in the room but in none of its networks."""
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        return self.start([sys.executable, *arguments], env=environment, **options)

    def configure(self, network: str, lines: Sequence[str]) -> None:
        """Lines for `ip`, such as "addr add …", all in one go."""
        self.run(["ip", "-n", network, "-batch", "-"], given="\n".join(lines) + "\n")

    def load_rules(self, network: str, rules: str) -> None:
        self.run(["ip", "netns", "exec", network, "nft", "-f", "-"], given=rules)

    def socket(self, network: str, family: socket.AddressFamily, kind: socket.SocketKind) -> socket.socket:
        """A socket of this process that lives in that network."""
        with self._visiting(network):
            return socket.socket(family, kind)

    @contextlib.contextmanager
    def _visiting(self, network: str) -> Iterator[None]:
        """This thread is in another network meanwhile; what it opens there stays there."""
        assert threading.current_thread() is threading.main_thread(), "the way back is the main thread's network"
        with open("/proc/self/ns/net") as home:
            enter_network(f"/proc/{self.pid}/root/run/netns/{network}")
            try:
                yield
            finally:
                enter_network(f"/proc/self/fd/{home.fileno()}")


def enter_network(path: str) -> None:
    """This thread is in that network from now on. (os.setns comes with Python 3.12.)"""
    libc = ctypes.CDLL(None, use_errno=True)
    with open(path) as network:
        if libc.setns(network.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns", path)
