"""Every page in every state that people meet: axe finds nothing, nothing scrolls sideways, and it leaves a picture."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import new_context
from tests.e2e.people import Expert, Guest, Someone, begin_call
from tests.sightline_server import SightlineServer

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
NARROWEST = 320

Inspect = Callable[[Someone, str], None]


@pytest.fixture
def inspect(screens: Path) -> Inspect:
    """Looks at a page as it is now, light and dark, at its own width and at the narrowest."""
    axe = AXE.read_text()

    def look(someone: Someone, name: str) -> None:
        size = someone.page.viewport_size
        assert size is not None, "the contexts of these tests have one"
        for scheme in ("light", "dark"):
            someone.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            someone.page.screenshot(path=screens / f"{name}-{size['width']}-{scheme}.png")
            assert someone.violations(axe) == [], f"{name}, {scheme}"
        someone.page.set_viewport_size({"width": NARROWEST, "height": 640})
        someone.page.screenshot(path=screens / f"{name}-{NARROWEST}.png")
        assert not someone.is_too_wide(), f"{name} scrolls sideways at {NARROWEST} px"
        someone.page.set_viewport_size(size)
        someone.page.emulate_media(color_scheme="light", reduced_motion="no-preference")

    return look


@pytest.fixture
def stranger(server: SightlineServer, browser: Browser) -> Iterator[Expert]:
    context = new_context(browser)
    yield Expert(context.new_page(), server)
    context.close()


def test_the_sign_in_page(stranger: Expert, inspect: Inspect) -> None:
    stranger.page.goto(stranger.server.local_url)
    expect(stranger.page.get_by_label("Login", exact=True)).to_be_visible()
    inspect(stranger, "sign-in")
    stranger.page.get_by_label("Login", exact=True).fill("nobody")
    stranger.page.get_by_label("Password", exact=True).fill("not the password")
    stranger.tap("Sign in")
    expect(stranger.page.get_by_role("alert").first).to_be_visible()
    inspect(stranger, "sign-in-refused")


def test_the_console_without_a_call(expert: Expert, colleague: Expert, inspect: Inspect) -> None:
    expert.sees_presence("Wim", "available")
    inspect(expert, "console")
    expert.invites("Pump 4 leaks at the flange")
    inspect(expert, "console-invites")
    expert.tap("New invite")
    inspect(expert, "console-new-invite")
    expert.tap("Create invite")
    expect(expert.page.get_by_test_id("invite-link")).to_be_visible()
    inspect(expert, "console-invite-ready")
    expert.tap("Done")
    expert.page.keyboard.press("?")
    inspect(expert, "console-keys")


def test_the_guests_way_in(expert: Expert, guest: Guest, inspect: Inspect) -> None:
    guest.opens(expert.invites())
    expect(guest.page.get_by_label("Your name")).to_be_visible()
    inspect(guest, "field-invited")
    guest.asks_to_join("Anna")
    expect(guest.page.get_by_role("button", name="Go on without")).to_be_visible()
    inspect(guest, "field-permission")
    guest.uses_devices()
    inspect(guest, "field-waiting")
    expert.is_asked_by("Anna")
    inspect(expert, "console-waiting-guest")
    expert.sends_away()
    guest.sees("You were not let in")
    inspect(guest, "field-refused")


def test_a_call(expert: Expert, guest: Guest, inspect: Inspect) -> None:
    begin_call(expert, guest)
    guest.sees_moving_picture()
    expert.sees_moving_picture()
    inspect(guest, "field-call")
    inspect(expert, "console-call")
    guest.page.get_by_test_id("link-chip").first.click()
    inspect(guest, "field-call-path")
    guest.tap("Camera off")
    inspect(guest, "field-call-camera-off")
    expert.tap("Hang up")
    guest.sees("The call has ended")
    inspect(guest, "field-ended")
    expert.has_console()
    inspect(expert, "console-ended")


def test_a_guest_whose_browser_refuses(expert: Expert, guest_without_devices: Guest, inspect: Inspect) -> None:
    guest = guest_without_devices
    guest.opens(expert.invites())
    guest.asks_to_join("Ben")
    guest.tap("Use camera and microphone")
    guest.page.wait_for_selector("[data-problem]")
    inspect(guest, "field-refused-devices")


def test_a_link_that_is_no_longer_good(guest: Guest, inspect: Inspect) -> None:
    guest.opens(f"{guest.server.https_url}/join#nothing-that-was-ever-given-out")
    guest.sees("This link is not known here")
    inspect(guest, "field-unknown-link")


def test_the_administration(expert: Expert, inspect: Inspect) -> None:
    expert.adds_person("Bärbel Donaudampfschifffahrtselektrizitätenhauptbetriebswerk", "baerbel", "worker")
    inspect(expert, "admin")


def test_the_trust_page_over_plain_http(server: SightlineServer, guest: Guest, inspect: Inspect) -> None:
    guest.page.goto(f"http://127.0.0.1:{server.port}/trust")
    expect(guest.page.locator("#fingerprint")).to_contain_text(":")
    inspect(guest, "trust")


def test_a_whole_call_by_keyboard_alone(expert: Expert, guest: Guest) -> None:
    guest.opens(expert.invites())
    guest.page.get_by_label("Your name").wait_for()
    press_until(guest, "Your name")
    guest.page.keyboard.type("Anna")
    guest.page.keyboard.press("Enter")
    guest.page.get_by_role("button", name="Use camera and microphone").wait_for()
    press_until(guest, "Use camera and microphone")
    guest.page.keyboard.press("Enter")
    expert.is_asked_by("Anna")
    press_until(expert, "Let in")
    expert.page.keyboard.press("Enter")
    expert.is_in_call()
    guest.is_in_call()
    press_until(guest, "Leave")
    guest.page.keyboard.press("Enter")
    guest.sees("You have left the call")


def press_until(someone: Someone, name: str) -> None:
    """Tab until the element with this name has the focus, and shows it."""
    named = """(name) => {
      const it = document.activeElement;
      const label = it.labels?.[0]?.textContent ?? it.getAttribute('aria-label') ?? it.textContent;
      return label.trim().startsWith(name) && getComputedStyle(it).outlineStyle !== 'none';
    }"""
    for _ in range(40):
        if someone.page.evaluate(named, name):
            return
        someone.page.keyboard.press("Tab")
    raise AssertionError(f"{name!r} cannot be reached with the Tab key, or shows no focus")
