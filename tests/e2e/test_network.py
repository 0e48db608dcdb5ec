"""The network page: what a customer's IT is sent to, and where an administrator gets rules and documents."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import new_context
from tests.e2e.people import Expert, Someone
from tests.e2e.test_pages import AXE, NARROWEST
from tests.sightline_server import SightlineServer


@pytest.fixture
def engineer(server: SightlineServer, browser: Browser) -> Iterator[Page]:
    """Somebody from a customer's network team, without an account."""
    context = new_context(browser)
    page = context.new_page()
    page.goto(f"{server.local_url}/network")
    expect(page.get_by_role("heading", name="Requirements")).to_be_visible()
    yield page
    context.close()


@pytest.fixture
def administrator(expert: Expert) -> Page:
    """`expert` is the first account, which administers."""
    expert.page.goto(f"{expert.server.local_url}/network")
    expect(expert.page.get_by_role("button", name=re.compile("WorkLink"))).to_be_visible()
    return expert.page


def test_a_stranger_takes_the_rules_for_this_server_home(engineer: Page, server: SightlineServer) -> None:
    expect(engineer.get_by_role("navigation", name="Service")).to_have_count(0)
    expect(engineer.locator('[data-requirement="web"]')).to_contain_text(f"TCP {server.port}")
    engineer.get_by_label("Your firewall").select_option("nftables")
    rules = engineer.get_by_role("article").first
    expect(rules).to_contain_text("table inet")
    with engineer.expect_download() as taken:
        rules.get_by_role("button", name="Download").click()
    assert "table inet" in taken.value.path().read_text()
    with engineer.expect_download() as taken:
        engineer.get_by_role("button", name="Download").last.click()
    assert taken.value.suggested_filename == "sightline-change-request-en.pdf"
    assert taken.value.path().read_bytes().startswith(b"%PDF-")


def test_choices_stay_in_the_address(administrator: Page) -> None:
    administrator.get_by_role("button", name=re.compile("WorkLink")).click()
    region = administrator.get_by_label("Twilio's region")
    region.fill("de1")
    region.press("Tab")
    expect(administrator.locator('[data-requirement="twilio"]')).to_contain_text("de1.turn.twilio.com")
    administrator.get_by_label("Redundant").uncheck()
    administrator.get_by_label("Your firewall").select_option("nftables")
    expect(administrator.get_by_role("article").first).to_contain_text("table inet")
    administrator.reload()
    expect(administrator.locator('[data-requirement="twilio"]')).to_contain_text("de1.turn.twilio.com")
    expect(administrator.get_by_label("Twilio's region")).to_have_value("de1")
    expect(administrator.get_by_label("Redundant")).not_to_be_checked()
    expect(administrator.get_by_label("Your firewall")).to_have_value("nftables")


def test_a_network_that_is_none_is_refused_with_what_to_write(engineer: Page) -> None:
    clients = engineer.get_by_label("Networks of the clients")
    clients.fill("10.0.0.1/8")
    clients.press("Tab")
    expect(engineer.get_by_role("alert").first).to_contain_text("10.20.0.0/16")
    clients.fill("10.0.0.0/8")
    clients.press("Tab")
    expect(engineer.get_by_role("alert")).to_have_count(0)


def test_what_would_be_wider_is_made_only_when_asked_for(administrator: Page) -> None:
    administrator.get_by_role("button", name=re.compile("WorkLink")).click()
    calling = administrator.locator('[data-requirement="calling"]')
    expect(calling).to_contain_text("No rule yet")
    administrator.get_by_label("Your firewall").select_option("nftables")
    losses = administrator.get_by_role("region", name="Where these rules differ")
    expect(losses).to_contain_text("Other clients may be anywhere.")
    administrator.get_by_text("Allow it all the same").click()
    administrator.get_by_label("Let clients reach other clients anywhere").check()
    expect(administrator.get_by_role("article").first).to_contain_text("calling")
    expect(losses).to_contain_text("Opened further · calling")


def test_the_page_is_sound_in_every_size_and_colour(
    administrator: Page, server: SightlineServer, screens: Path
) -> None:
    someone, axe = Someone(administrator, server), AXE.read_text()
    administrator.goto(f"{server.local_url}/network?service=glarassist&target=nftables")
    expect(administrator.get_by_role("article").first).to_be_visible()
    for scheme in ("light", "dark"):
        administrator.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width, height in ((1440, 900), (360, 740), (NARROWEST, 640)):
            administrator.set_viewport_size({"width": width, "height": height})
            administrator.screenshot(path=screens / f"network-{width}-{scheme}.png", full_page=True)
            assert someone.violations(axe) == [], f"{width}, {scheme}"
            assert not someone.is_too_wide(), width
