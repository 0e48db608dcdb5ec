"""An expert and a guest, by what they do; tests never touch a selector."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from playwright.sync_api import Page, expect

from tests.sightline_server import SightlineServer

expect.set_options(timeout=20_000)

FRAMES = """() => [...document.querySelectorAll('[data-testid=remote-video]')]
  .reduce((sum, video) => sum + (video.videoWidth ? video.getVideoPlaybackQuality().totalVideoFrames : 0), 0)"""

# The loudest moment of what comes in, within a window: the fake microphone beeps once a second.
LOUDNESS = """async () => {
  const element = document.querySelector('[data-testid=remote-audio]');
  if (!element?.srcObject?.getAudioTracks().length) return 0;
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(element.srcObject).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  const until = performance.now() + 1500;
  while (performance.now() < until && loudest < 0.01) {
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, Math.hypot(...samples) / Math.sqrt(samples.length));
    await new Promise((done) => setTimeout(done, 20));
  }
  await context.close();
  return loudest;
}"""


class Someone:
    """Somebody in front of a page."""

    def __init__(self, page: Page, server: SightlineServer) -> None:
        self.page, self.server = page, server
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def tap(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name, exact=isinstance(name, str)).first.click()

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def frames(self) -> int:
        return int(self.page.evaluate(FRAMES))

    def sees_moving_picture(self, more: int = 5) -> None:
        """New frames of the other side's camera are being decoded."""
        before = self.frames()
        self.page.wait_for_function(f"(before) => ({FRAMES})() >= before + {more}", arg=before)

    def hears_something(self) -> None:
        self.page.wait_for_function(f"async () => await ({LOUDNESS})() > 0.005", timeout=30_000)

    def sees_and_hears(self) -> None:
        self.sees_moving_picture()
        self.hears_something()

    def drop_socket(self) -> None:
        """The page's socket is closed under it, as when the browser gives it up. The server hears of the close."""
        assert self.page.evaluate("() => { const it = spiedSockets.at(-1); it.close(); return it.readyState; }") >= 2

    def has_new_socket(self, than: int) -> None:
        self.page.wait_for_function("(n) => spiedSockets.length > n && spiedSockets.at(-1).readyState === 1", arg=than)

    def sockets(self) -> int:
        return int(self.page.evaluate("() => spiedSockets.length"))

    def links(self) -> int:
        """How many peer connections this page has made."""
        return int(self.page.evaluate("() => spiedLinks.length"))

    def is_in_call(self) -> None:
        expect(self.page.get_by_test_id("remote-tile").first).to_have_attribute("data-connection-state", "connected")

    def violations(self, axe: str) -> list[Any]:
        """What axe finds wrong with the page as it is now."""
        self.page.evaluate(axe)
        found = self.page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
        return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]

    def is_too_wide(self) -> bool:
        """Whether the page scrolls sideways."""
        width = "document.documentElement"
        return bool(self.page.evaluate(f"() => {width}.scrollWidth > {width}.clientWidth"))


class Expert(Someone):
    """In front of the console."""

    def sign_in_first(self, login: str, first_password: str, password: str) -> None:
        self.page.goto(self.server.local_url)
        self._fill_sign_in(login, first_password)
        self.page.get_by_label("Password so far", exact=True).fill(first_password)
        self.page.get_by_label("New password", exact=True).fill(password)
        self.tap("Change password")
        self.has_console()

    def sign_in(self, login: str, password: str) -> None:
        self.page.goto(self.server.local_url)
        self._fill_sign_in(login, password)
        self.has_console()

    def _fill_sign_in(self, login: str, password: str) -> None:
        self.page.get_by_label("Login", exact=True).fill(login)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.tap("Sign in")

    def has_console(self) -> None:
        expect(self.page.get_by_role("button", name="New invite").first).to_be_visible()

    def invites(self, note: str = "Pump 4") -> str:
        """The link."""
        self.tap("New invite")
        self.page.get_by_label("Note for yourself").fill(note)
        self.tap("Create invite")
        link = self.page.get_by_test_id("invite-link")
        expect(link).to_be_visible()
        text = link.input_value() if link.evaluate("(it) => 'value' in it") else link.inner_text()
        self.tap("Done")
        return str(text)

    def is_asked_by(self, name: str) -> None:
        expect(self.page.get_by_text(f"{name} wants to join").first).to_be_visible()

    def lets_in(self) -> None:
        self.tap("Let in")

    def sends_away(self) -> None:
        self.tap("Send away")

    def adds_person(self, name: str, login: str, role: str) -> str:
        """The first password."""
        self.page.goto(f"{self.server.local_url}/admin")
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label("Login", exact=True).fill(login)
        self.page.get_by_label("Role", exact=True).select_option(role)
        self.tap("Add")
        return self.page.get_by_test_id("first-password").inner_text()

    def sees_presence(self, name: str, presence: str) -> None:
        person = self.page.locator("[data-person-id]", has_text=name)
        expect(person).to_have_attribute("data-presence", presence)

    def clears_the_desk(self) -> None:
        """So that the next test begins without a call or anybody who waits."""
        if self.page.is_closed():
            return
        for name in ("Send away", "Hang up"):
            button = self.page.get_by_role("button", name=name)
            while button.count():
                before = button.count()
                button.first.click()
                expect(button).to_have_count(before - 1)


class Guest(Someone):
    """In front of a phone."""

    def opens(self, link: str) -> None:
        """On the same machine every address of the server leads to it; 127.0.0.1 always exists."""
        self.page.goto(re.sub(r"^https?://[^/]+", self.server.https_url, link))

    def asks_to_join(self, name: str = "Anna") -> None:
        self.page.get_by_label("Your name").fill(name)
        self.tap("Ask to join")

    def uses_devices(self) -> None:
        self.tap("Use camera and microphone")
        expect(self.page.get_by_test_id("local-video").first).to_be_visible()

    def goes_on_without(self) -> None:
        self.tap("Go on without")

    def joins(self, link: str, name: str = "Anna") -> None:
        self.opens(link)
        self.asks_to_join(name)
        self.uses_devices()


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long the block took: from what somebody does to what both sides see."""
    started = monotonic()
    yield
    print(f"\n  {what}: {monotonic() - started:.2f} s")


def begin_call(expert: Expert, guest: Guest, name: str = "Anna") -> None:
    """Both see and hear each other."""
    guest.joins(expert.invites(), name)
    expert.is_asked_by(name)
    expert.lets_in()
    expert.is_in_call()
    guest.is_in_call()
