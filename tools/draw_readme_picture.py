"""Draws docs/images/call.png: a real call between two browsers, with drawn pictures in front of their cameras.

    make picture

Needs what the end-to-end tests need.
"""

import os
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS, SPY
from tests.e2e.people import Expert, Guest, begin_call
from tests.sightline_server import SightlineServer

ROOT = Path(__file__).parents[1]
PICTURES = Path(__file__).parent / "pictures"
TARGET = ROOT / "docs/images/call.png"

FRAME = """<style>
  body { margin: 0; background: #e6e9ec; width: 1560px; height: 860px; position: relative }
  img { position: absolute; box-shadow: 0 8px 40px #0005 }
  .console { left: 40px; top: 50px; width: 1150px; border-radius: 12px }
  .phone { right: 60px; top: 90px; width: 330px; border: 10px solid #15181b; border-radius: 34px }
</style><img class="console" src="console.png"><img class="phone" src="phone.png">"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = SightlineServer(Path(folder))
        server.start()
        try:
            draw(playwright, server, Path(folder))
        finally:
            server.stop()


def draw(playwright: Playwright, server: SightlineServer, folder: Path) -> None:
    films = [camera(playwright, folder, name) for name in ("face", "pump")]
    at_desk, at_pump = (launch(playwright, [*FLAGS, f"--use-file-for-fake-video-capture={film}"]) for film in films)
    expert, guest = Expert(page(at_desk, 1440, 860), server), Guest(page(at_pump, 360, 740), server)
    expert.sign_in_first("admin", server.printed("Password"), "four words that hold")
    for name, login, role in (("Maria Keller", "maria", "expert"), ("Wim de Vries", "wim", "expert")):
        password = expert.adds_person(name, login, role)
        expert.page.get_by_role("button", name="Done").click()
        if login == "maria":
            marias_first_password = password
    maria = Expert(page(at_desk, 1440, 860), server)
    maria.sign_in_first("maria", marias_first_password, "another four words here")
    begin_call(maria, guest, "Anna")
    maria.sees_moving_picture(40)
    guest.sees_moving_picture(40)
    maria.page.screenshot(path=folder / "console.png")
    guest.page.screenshot(path=folder / "phone.png")
    (folder / "frame.html").write_text(FRAME)
    frame = at_desk.new_page(viewport={"width": 1560, "height": 860})
    frame.goto((folder / "frame.html").as_uri())
    frame.screenshot(path=TARGET)
    for browser in (at_desk, at_pump):
        browser.close()


def camera(playwright: Playwright, folder: Path, name: str) -> Path:
    """A film of one drawing, as Chromium's stand-in for a camera reads it: JPEGs, one behind the other."""
    browser = launch(playwright, [])
    sheet = browser.new_page(viewport={"width": 1280, "height": 720})
    sheet.set_content(f'<body style="margin:0">{(PICTURES / f"{name}.svg").read_text()}</body>')
    picture = sheet.screenshot(type="jpeg", quality=92)
    browser.close()
    film = folder / f"{name}.mjpeg"
    film.write_bytes(picture * 15)
    return film


def launch(playwright: Playwright, flags: list[str]) -> Browser:
    needed = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*flags, *needed])


def page(browser: Browser, width: int, height: int) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height}, permissions=["camera", "microphone"], ignore_https_errors=True
    )
    context.add_init_script(SPY)
    return context.new_page()


if __name__ == "__main__":
    main()
