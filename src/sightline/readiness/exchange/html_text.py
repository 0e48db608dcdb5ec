"""The text of a web page as an article's lines: a row of a table is one line with `|` after each cell.

Written for hostile input: one pass, no recursion, and no tag is ever searched for twice.
"""

import html
import re
from collections.abc import Iterator


def html_text(page: str) -> str:
    """What a reader sees."""
    writer = _Writer()
    for kind, text in _pieces(page):
        if kind == "text":
            writer.text(html.unescape(text))
        else:
            writer.tag(kind, text)
    return writer.done()


def _pieces(page: str) -> Iterator[tuple[str, str]]:
    """("text", …), ("open", tag) and ("close", tag)."""
    at = 0
    while found := _TAG.search(page, at):
        if found.start() > at:
            yield "text", page[at : found.start()]
        closing = "-->" if found["comment"] else ">"
        end = page.find(closing, found.end())
        at = len(page) if end < 0 else end + len(closing)
        if tag := (found["tag"] or "").lower():
            yield ("close" if found["slash"] else "open"), tag
        if tag in _UNSEEN and not found["slash"]:
            ending = _UNSEEN[tag].search(page, at)
            at = ending.start() if ending else len(page)
    if at < len(page):
        yield "text", page[at:]


class _Writer:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self.depth = 0  # of tables
        self.is_in_cell = False

    def text(self, text: str) -> None:
        if self.depth and not self.is_in_cell and text.isspace():
            return  # between the tags of a table; an empty line would end it
        # A bar in the text itself is no border of a cell.
        self.parts.append(re.sub(r"\s+", " ", text.replace("|", "¦")))

    def tag(self, kind: str, tag: str) -> None:
        if tag == "table":
            self.depth = max(0, self.depth + (1 if kind == "open" else -1))
            self.parts.append("\n\n")
        elif tag in ("td", "th"):
            # A cell ends where it is closed, or where the next one begins.
            self.parts.append(" | " if self.is_in_cell else " ")
            self.is_in_cell = kind == "open"
        elif tag == "tr":
            self.parts.append(" | " if self.is_in_cell else "")
            self.is_in_cell = False
            if not "".join(self.parts[-3:]).endswith("\n"):
                self.parts.append("\n")
        elif tag == "li" and kind == "open" and not self.depth:
            self.parts.append("\n• ")
        elif tag in _BLOCKS:
            # Within a table a paragraph does not end the row.
            self.parts.append("\n" if not self.depth else " " if self.is_in_cell else "")

    def done(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self.parts).split("\n"))
        joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
        return re.sub(r"\n+(?=• )", "\n", joined).strip("\n")


_TAG = re.compile(r"(?P<comment><!--)|<[!?]|<(?P<slash>/?)(?P<tag>[A-Za-z][A-Za-z0-9-]{0,30})")
_UNSEEN = {tag: re.compile(f"</{tag}", re.IGNORECASE) for tag in ("script", "style", "template", "svg", "head")}
_BLOCKS = (
    "p", "div", "br", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "section", "article", "header", "footer",
    "dl", "dt", "dd", "blockquote", "pre", "hr", "tbody", "thead", "main", "nav", "aside", "form",
)  # fmt: skip
