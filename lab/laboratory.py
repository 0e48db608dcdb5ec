"""A room with a server in it, in which one call after another is made, each through its own topology.

Server and experts stay; every worker gets a network and a browser of their own.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from playwright.sync_api import BrowserContext, Playwright
from playwright.sync_api import Error as PageError

from lab.addresses import SERVER_IPV4, SERVER_IPV6
from lab.browser import browser, proxy_credentials
from lab.call import Call
from lab.deployment import SIGHTLINE, Deployment
from lab.network import Built, Machine, Net
from lab.programs import start_coturn, trusted_authority
from lab.room import Room
from lab.server import NETWORK, PublicServer
from lab.topology import Program, Side, Topology
from tests.e2e.conftest import new_context
from tests.e2e.people import Expert, Guest

PASSWORD = "four words that hold"


class Laboratory:
    """Open for as long as the block runs."""

    def __init__(self, playwright: Playwright, deployment: Deployment = SIGHTLINE, seed: int = 1) -> None:
        self._playwright, self._deployment, self._seed = playwright, deployment, seed
        self._experts: dict[Side, tuple[ExitStack, Machine, Expert]] = {}
        self._count = 0
        self._has_password = False

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self.room = self._stack.enter_context(Room())
        self.net = Net(self.room, self._seed)
        self.net.add_public_machine(NETWORK, SERVER_IPV4, SERVER_IPV6)
        self.server = PublicServer(self.room, self._deployment.settings)
        self.server.start()
        if self._deployment.has_coturn:
            start_coturn(self.room, NETWORK, self.server.certificate)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for stack, _machine, _expert in self._experts.values():
            stack.close()
        self._stack.close()
        self.server.has_ended()

    @contextmanager
    def call(self, topology: Topology) -> Iterator[Call]:
        """Both in front of their pages, in their networks; nobody has been invited yet."""
        machine, expert = self._expert(topology.expert)
        self._count += 1
        worker_machine = self.net.add_side(f"worker{self._count}", topology.worker)
        self.net.serve_names(worker_machine.network)
        built = Built(topology, self.net, worker_machine, machine)
        try:
            with self._context(worker_machine, topology.worker, phone=True) as context:
                yield Call(built, self.server, expert, Guest(context.new_page(), self.server))
            expert.clears_the_desk()
        except (PageError, AssertionError, RuntimeError):
            # A page that a call has got stuck in is not one for the next call.
            stack, _, _ = self._experts.pop(topology.expert)
            stack.close()
            raise

    def _expert(self, side: Side) -> tuple[Machine, Expert]:
        if side not in self._experts:
            stack = ExitStack()
            self._count += 1
            machine = self.net.add_side(f"expert{self._count}", side)
            self.net.serve_names(machine.network)
            context = stack.enter_context(self._context(machine, side, phone=False))
            expert = Expert(context.new_page(), self.server)
            if self._has_password:
                expert.sign_in("admin", PASSWORD)
            else:
                expert.sign_in_first("admin", self.server.printed("Password"), PASSWORD)
                self._has_password = True
            self._experts[side] = (stack, machine, expert)
            return machine, expert
        _, machine, expert = self._experts[side]
        expert.page.goto(self.server.local_url)  # the same person may have been in a call in front of another page
        expert.has_console()
        return machine, expert

    @contextmanager
    def _context(self, machine: Machine, side: Side, *, phone: bool) -> Iterator[BrowserContext]:
        authorities = [self.server.authority]
        for network, box in zip(machine.first.boxes, side.boxes, strict=True):
            if box.program is Program.INTERCEPTION:
                authorities.append(trusted_authority(self.room, network))
        with browser(self._playwright, self.room, machine, authorities) as running:
            proxy = proxy_credentials(machine, side)
            context = new_context(running, phone=phone, trusts_everybody=False, proxy=proxy)
            yield context
            context.close()
