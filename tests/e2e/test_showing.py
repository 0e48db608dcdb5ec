"""Chat and drawing in a call: what one side writes or draws, the other side has, at the right place and once."""

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.people import Expert, Guest, Someone, begin_call
from tests.e2e.test_pages import AXE, NARROWEST, press_until

PHONE = {"width": 360, "height": 740}


def writes(someone: Someone, text: str) -> None:
    someone.page.get_by_label("Write a message").fill(text)
    someone.page.keyboard.press("Enter")


def has_read(someone: Someone) -> list[str]:
    """The chat as it stands on the page; nothing of it waits for the server any more."""
    expect(someone.page.locator(".chat [data-pending]")).to_have_count(0)
    return [str(text) for text in someone.page.locator(".chat .message .text").all_inner_texts()]


def has(someone: Someone, count: int) -> None:
    expect(someone.page.locator(".chat .message[data-seq]")).to_have_count(count)


def test_chat_over_dropped_sockets_is_in_order_and_neither_lost_nor_doubled(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    guest.tap("Chat")
    written = []
    for number in range(4):
        for someone, name in ((expert, "expert"), (guest, "guest")):
            written.append(f"{name} {number}")
            sockets = someone.sockets()
            if number == 2:
                # The frame is handed to a socket that is closed at once: whether it arrived is not known.
                writes(someone, written[-1])
                someone.drop_socket()
            elif number == 1:
                someone.drop_socket()
                writes(someone, written[-1])
            else:
                writes(someone, written[-1])
            if number in (1, 2):
                someone.has_new_socket(sockets)
            has(expert, len(written))
            has(guest, len(written))
    assert has_read(expert) == has_read(guest) == written
    for someone in (expert, guest):
        someone.page.reload()
        someone.is_in_call()
    guest.tap("Chat")
    has(expert, len(written))
    has(guest, len(written))
    assert has_read(expert) == has_read(guest) == written
    assert not expert.faults + guest.faults


def test_a_link_is_a_link_and_markup_is_text(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    guest.tap("Chat")
    writes(expert, "<img src=x onerror=alert(1)> see https://example.com/manual.")
    has(guest, 1)
    assert has_read(guest) == ["<img src=x onerror=alert(1)> see https://example.com/manual."]
    link = guest.page.locator(".chat .message a")
    expect(link).to_have_attribute("href", "https://example.com/manual")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(guest.page.locator(".chat .message img")).to_have_count(0)


def test_what_was_not_read_is_marked_and_waits_on_a_card(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    expert.tap("Please go closer")
    writes(expert, "and hold still")
    card = guest.page.get_by_test_id("chat-card")
    expect(card).to_contain_text("Please go closer")
    expect(guest.page.get_by_role("button", name="Chat 2 not read yet")).to_be_visible()
    expect(guest.page.get_by_test_id("announcements")).to_contain_text("writes: and hold still")
    guest.tap("Mark as read")
    expect(card).to_contain_text("and hold still")
    guest.page.reload()
    guest.is_in_call()
    expect(card).to_contain_text("and hold still")
    guest.page.get_by_role("button", name="Chat 1 not read yet").click()
    expect(card).to_have_count(0)
    guest.tap("Close chat")
    expect(guest.page.get_by_role("button", name="Chat", exact=True)).to_be_visible()
    expect(card).to_have_count(0)


def test_chat_by_keyboard_alone(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    expert.page.keyboard.press("c")
    expect(expert.page.get_by_label("Write a message")).to_be_focused()
    expert.page.keyboard.type("Can you read this?")
    expert.page.keyboard.press("Enter")
    has(expert, 1)
    press_until(guest, "Chat")
    guest.page.keyboard.press("Enter")
    expect(guest.page.get_by_label("Write a message")).to_be_focused()
    guest.page.keyboard.type("Yes, I can")
    guest.page.keyboard.press("Enter")
    has(expert, 2)
    guest.page.keyboard.press("Escape")
    expect(guest.page.get_by_label("Write a message")).to_have_count(0)
    expect(guest.page.get_by_role("button", name="Chat", exact=True)).to_be_focused()


def test_chat_is_for_everybody(expert: Expert, guest: Guest, screens: Path) -> None:
    begin_call(expert, guest)
    guest.tap("Chat")
    writes(expert, "Please open the cover of the pump, and tell me what the type plate below says.")
    writes(guest, "It says DN-50, see https://example.com/a-rather-long-address/with/many/parts?and=more")
    has(expert, 2)
    has(guest, 2)
    looks_right(expert, guest, screens, "chat")


def looks_right(expert: Expert, guest: Guest, screens: Path, name: str) -> None:
    axe = AXE.read_text()
    for someone, page in ((expert, "console"), (guest, "field")):
        size = someone.page.viewport_size
        assert size is not None, "the contexts of these tests have one"
        for scheme in ("light", "dark"):
            someone.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            someone.page.screenshot(path=screens / f"{page}-{name}-{size['width']}-{scheme}.png")
            assert someone.violations(axe) == [], f"{page}, {scheme}"
        someone.page.set_viewport_size({"width": NARROWEST, "height": 640})
        someone.page.screenshot(path=screens / f"{page}-{name}-{NARROWEST}.png")
        assert not someone.is_too_wide(), f"{page} scrolls sideways at {NARROWEST} px"
        someone.page.set_viewport_size(size)
