"""Chat and drawing in a call: what one side writes or draws, the other side has, at the right place and once."""

from base64 import b64encode
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.people import Expert, Guest, Someone, begin_call
from tests.e2e.test_pages import AXE, NARROWEST, press_until
from tests.sightline_server import SightlineServer


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
            someone.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            someone.page.screenshot(path=screens / f"{page}-{name}-{size['width']}-{scheme}.png")
            assert someone.violations(axe) == [], f"{page}, {scheme}"
        someone.page.set_viewport_size({"width": NARROWEST, "height": 640})
        someone.page.screenshot(path=screens / f"{page}-{name}-{NARROWEST}.png")
        assert not someone.is_too_wide(), f"{page} scrolls sideways at {NARROWEST} px"
        someone.page.set_viewport_size(size)


# Drawing

MARKS = ".mark:not(.pointer)"
AMBER, BLUE = (255, 176, 0), (86, 180, 233)
"""The colours of the first and the second seat: the host's and the guest's."""

# A line on the worker's picture that every box of these tests shows: between its edges, bars and the expert's tile.
LINE = [(0.41, 0.35), (0.44, 0.35), (0.47, 0.35), (0.5, 0.35)]

PICTURE = """(video) => {
  const box = video.getBoundingClientRect();
  const fit = getComputedStyle(video).objectFit;
  return [box.x, box.y, box.width, box.height, video.videoWidth, video.videoHeight, fit];
}"""

# What the screen shows around these places: of each the pixel, and those 12 px above and below.
COLOURS = """async ([bytes, places]) => {
  const blob = new Blob([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))]);
  const picture = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext('2d');
  context.drawImage(picture, 0, 0);
  return places.map(([x, y]) => [0, -12, 12].map(
    (more) => [...context.getImageData(Math.round(x), Math.round(y) + more, 1, 1).data].slice(0, 3)));
}"""

# The points that the paths of all marks are made of, as shares of the picture.
SHAPES = """(layer) => [...layer.querySelectorAll('.mark:not(.pointer) .line')].map((path) => {
  const { width, height } = layer.getBoundingClientRect();
  return path.getAttribute('d').match(/-?[0-9.]+/g).map((it, index) => it / (index % 2 ? height : width));
})"""

Place = tuple[float, float]


def on_screen(someone: Someone, video: str, shares: list[Place]) -> list[Place]:
    """Where these places of the picture are on the screen: worked out here once more, apart from the page."""
    x, y, width, height, picture_width, picture_height, fit = someone.page.locator(video).first.evaluate(PICTURE)
    choose = min if fit == "contain" else max
    scale = choose(width / picture_width, height / picture_height)
    left, top = x + (width - scale * picture_width) / 2, y + (height - scale * picture_height) / 2
    return [(left + scale * picture_width * across, top + scale * picture_height * down) for across, down in shares]


def draws(someone: Someone, video: str, shares: list[Place], *, lifts: bool = True) -> None:
    first, *rest = on_screen(someone, video, shares)
    someone.page.mouse.move(*first)
    someone.page.mouse.down()
    for place in rest:
        someone.page.mouse.move(*place, steps=6)
    if lifts:
        someone.page.mouse.up()


def is_drawn_at(someone: Someone, video: str, shares: list[Place], colour: tuple[int, int, int]) -> list[bool]:
    """Of each place: the colour is there, and it is not 12 px above nor below."""
    shot = b64encode(someone.page.screenshot()).decode()
    found = someone.page.evaluate(COLOURS, [shot, on_screen(someone, video, shares)])

    def near(pixel: list[int]) -> bool:
        return all(abs(one - other) < 30 for one, other in zip(pixel, colour, strict=True))

    return [near(here) and not near(above) and not near(below) for here, above, below in found]


def takes(someone: Someone, tool: str) -> None:
    someone.page.locator(".drawing-bar").get_by_role("button", name=tool, exact=True).click()


def has_marks(someone: Someone, count: int) -> None:
    expect(someone.page.locator(MARKS)).to_have_count(count)


def shapes(someone: Someone, on: str) -> list[list[float]]:
    layer = someone.page.locator(f"[data-testid=drawing-layer][data-on='{on}']")
    return layer.first.evaluate(SHAPES)  # type: ignore[no-any-return]


REMOTE, LOCAL = "[data-testid=remote-video]", "[data-testid=local-video]"
INSIDE = LINE[1:-1]


def test_what_the_expert_marks_is_where_the_worker_sees_it(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    guest.sees_moving_picture()
    expert.sees_moving_picture()
    assert not any(is_drawn_at(guest, LOCAL, INSIDE, AMBER))
    takes(expert, "Draw")
    draws(expert, REMOTE, LINE)
    has_marks(guest, 1)
    for width, height in ((360, 740), (740, 360), (800, 600)):
        guest.page.set_viewport_size({"width": width, "height": height})
        guest.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert all(is_drawn_at(guest, LOCAL, INSIDE, AMBER)), f"worker, {width} x {height}"
    for width, height in ((1440, 900), (1100, 900), (1440, 500)):
        expert.page.set_viewport_size({"width": width, "height": height})
        expert.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert all(is_drawn_at(expert, REMOTE, INSIDE, AMBER)), f"expert, {width} x {height}"


def test_what_the_worker_marks_is_where_the_expert_sees_it(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    guest.sees_moving_picture()
    expert.sees_moving_picture()
    guest.tap("Draw")
    takes(guest, "Arrow")
    draws(guest, LOCAL, [LINE[0], LINE[-1]])
    has_marks(expert, 1)
    assert all(is_drawn_at(expert, REMOTE, INSIDE, BLUE))
    assert all(is_drawn_at(guest, LOCAL, INSIDE, BLUE))


def test_a_stroke_over_a_dropped_socket_is_whole_on_both_sides(
    server: SightlineServer, expert: Expert, guest: Guest
) -> None:
    begin_call(expert, guest)
    expert.sees_moving_picture()
    takes(expert, "Draw")
    draws(expert, REMOTE, LINE[:2], lifts=False)
    sockets = expert.sockets(), guest.sockets()
    expert.drop_socket()
    guest.drop_socket()
    expert.page.mouse.move(*on_screen(expert, REMOTE, LINE[2:3])[0], steps=6)
    expert.has_new_socket(sockets[0])
    guest.has_new_socket(sockets[1])
    expert.page.mouse.move(*on_screen(expert, REMOTE, LINE[3:])[0], steps=6)
    expert.page.mouse.up()
    on = str(expert.page.get_by_test_id("drawing-layer").first.get_attribute("data-on"))
    drawn = shapes(expert, on)
    assert [len(shape) > 10 for shape in drawn] == [True], "one line of many points"
    has_drawn(guest, on, drawn)
    guest.page.reload()
    has_drawn(guest, on, drawn)
    has_drawn(expert, on, drawn)
    sockets = expert.sockets(), guest.sockets()
    assert server.stop() == 0
    server.start()
    expert.has_new_socket(sockets[0])
    guest.has_new_socket(sockets[1])
    has_drawn(guest, on, drawn)
    guest.page.reload()
    has_drawn(guest, on, drawn)
    has_drawn(expert, on, drawn)
    assert not expert.faults + guest.faults


def has_drawn(someone: Someone, on: str, drawn: list[list[float]]) -> None:
    """The page has these strokes, point by point, whatever the size of its picture."""
    someone.page.wait_for_function(
        f"""([on, drawn]) => {{
          const layer = document.querySelector(`[data-testid=drawing-layer][data-on="${{on}}"]`);
          const here = layer ? ({SHAPES})(layer) : [];
          return here.length === drawn.length && here.every((shape, index) =>
            shape.length === drawn[index].length && shape.every((it, at) => Math.abs(it - drawn[index][at]) < 0.003));
        }}""",
        arg=[on, drawn],
    )


def test_undo_redo_and_clear_reach_both_sides(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    expert.sees_moving_picture()
    for tool in ("Circle", "Box"):
        takes(expert, tool)
        draws(expert, REMOTE, [(0.42, 0.3), (0.5, 0.5)])
    takes(expert, "Number")
    draws(expert, REMOTE, [(0.45, 0.6)])
    draws(expert, REMOTE, [(0.5, 0.6)])
    expect(guest.page.locator(".mark.number text")).to_have_text(["1", "2"])
    takes(expert, "Text")
    expert.page.get_by_label("Text to put on the picture").fill("<b>here</b>")
    draws(expert, REMOTE, [(0.42, 0.8)])
    expect(guest.page.locator(".mark.text text")).to_have_text("<b>here</b>")
    has_marks(guest, 5)
    takes(expert, "Undo")
    has_marks(guest, 4)
    takes(expert, "Redo")
    has_marks(guest, 5)
    guest.tap("Draw")
    draws(guest, LOCAL, LINE)
    has_marks(expert, 6)
    takes(expert, "Clear mine")
    has_marks(expert, 1)
    has_marks(guest, 1)
    takes(expert, "Undo")
    has_marks(guest, 6)
    takes(guest, "Clear all")  # it is their picture
    has_marks(expert, 0)
    has_marks(guest, 0)
    assert not expert.faults + guest.faults


def test_a_pointer_fades(expert: Expert, guest: Guest) -> None:
    begin_call(expert, guest)
    expert.sees_moving_picture()
    takes(expert, "Point")
    draws(expert, REMOTE, LINE, lifts=False)
    pointer = guest.page.locator(".mark.pointer")
    expect(pointer).to_have_count(1)
    expert.page.mouse.up()
    expect(pointer).to_have_count(0)
    expect(expert.page.locator(".mark")).to_have_count(0)


def test_drawing_is_for_everybody(expert: Expert, guest: Guest, screens: Path) -> None:
    begin_call(expert, guest)
    expert.sees_moving_picture()
    guest.tap("Draw")
    takes(expert, "Text")
    expert.page.get_by_label("Text to put on the picture").fill("Turn this")
    draws(expert, REMOTE, [(0.42, 0.5)])
    takes(expert, "Circle")
    draws(expert, REMOTE, [(0.42, 0.3), (0.5, 0.45)])
    has_marks(guest, 2)
    looks_right(expert, guest, screens, "drawing")
