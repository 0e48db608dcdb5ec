"""A server, a browser, and the people in front of it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, ProxySettings, sync_playwright

from tests.e2e.people import Expert, Guest
from tests.sightline_server import SightlineServer

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"

FLAGS = [
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # mDNS candidates need a responder on the network; in a sandbox there is none to answer
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]

# Kept for the tests: every socket and peer connection that a page makes.
SPY = """
window.spiedSockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...args) { super(...args); window.spiedSockets.push(this); }
};
window.spiedLinks = [];
if (window.RTCPeerConnection) window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) { super(...args); window.spiedLinks.push(this); }
};
"""


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = launch(playwright)
    yield running
    running.close()


def launch(playwright: Playwright, *flags: str) -> Browser:
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *as_root, *flags])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SightlineServer]:
    running = SightlineServer(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    assert running.stop() == 0, running.output
    assert "Traceback" not in running.output, running.output


@pytest.fixture(scope="module")
def admin_password(server: SightlineServer, browser: Browser) -> str:
    """The administrator has signed in for the first time and has a password of their own."""
    context = new_context(browser)
    expert = Expert(context.new_page(), server)
    password = "four words that hold"
    expert.sign_in_first("admin", server.printed("Password"), password)
    context.close()
    return password


@pytest.fixture
def expert(server: SightlineServer, browser: Browser, admin_password: str) -> Iterator[Expert]:
    """Signed in, in front of the console."""
    context = new_context(browser)
    someone = Expert(context.new_page(), server)
    someone.sign_in("admin", admin_password)
    yield someone
    someone.clears_the_desk()
    context.close()


@pytest.fixture(scope="module")
def colleague(server: SightlineServer, browser: Browser, admin_password: str) -> Iterator[Expert]:
    """Wim, another expert, signed in on a computer of his own."""
    admins, wims = new_context(browser), new_context(browser)
    admin = Expert(admins.new_page(), server)
    admin.sign_in("admin", admin_password)
    first_password = admin.adds_person("Wim de Vries", "wim", "expert")
    admins.close()
    wim = Expert(wims.new_page(), server)
    wim.sign_in_first("wim", first_password, "another four words here")
    yield wim
    wims.close()


@pytest.fixture
def guest(server: SightlineServer, browser: Browser) -> Iterator[Guest]:
    """In front of a phone, with a camera and a microphone that the browser may use."""
    context = new_context(browser, phone=True)
    yield Guest(context.new_page(), server)
    context.close()


@pytest.fixture
def guest_without_devices(server: SightlineServer, browser: Browser) -> Iterator[Guest]:
    """In front of a phone whose browser is not allowed to use anything."""
    context = new_context(browser, phone=True, devices=False)
    yield Guest(context.new_page(), server)
    context.close()


def new_context(
    browser: Browser,
    *,
    phone: bool = False,
    devices: bool = True,
    dark: bool = False,
    trusts_everybody: bool = True,
    proxy: ProxySettings | None = None,
) -> BrowserContext:
    width, height = (360, 740) if phone else (1440, 900)
    context = browser.new_context(
        viewport={"width": width, "height": height},
        has_touch=phone,
        is_mobile=phone,
        color_scheme="dark" if dark else "light",
        permissions=["camera", "microphone"] if devices else [],
        ignore_https_errors=trusts_everybody,
        proxy=proxy,
    )
    context.set_default_timeout(20_000)
    context.add_init_script(SPY)
    return context


@pytest.fixture(scope="session")
def screens() -> Path:
    """Where pages leave their pictures, for people to look at."""
    folder = Path(__file__).parents[2] / ".build" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
