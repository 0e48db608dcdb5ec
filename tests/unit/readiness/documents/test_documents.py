"""What stands in the documents, in each language, and that other people's text stays text."""

import dataclasses
import datetime
import re
import string
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from sightline.readiness.documents import compose as composing
from sightline.readiness.documents import drawing as drawing_module
from sightline.readiness.documents.compose import Kind, Matter, compose
from sightline.readiness.documents.csv import csv
from sightline.readiness.documents.drawing import draw
from sightline.readiness.documents.html import html
from sightline.readiness.documents.markdown import markdown
from sightline.readiness.documents.page import Page, Table
from sightline.readiness.documents.svg import svg
from sightline.readiness.documents.words import LANGUAGES, Words
from sightline.readiness.manifest import Manifest, Translation
from sightline.readiness.parsing import parse
from sightline.readiness.permit import lower
from sightline.readiness.site import Selection, Site

PROFILES = sorted((Path(__file__).parents[4] / "profiles").glob("*.toml"))
TODAY = datetime.date(2026, 11, 21)
KINDS: tuple[Kind, ...] = ("change-request", "one-page", "table")


def manifest(name: str) -> Manifest:
    file = next(file for file in PROFILES if file.stem == name)
    parsed = parse(file.read_text(), file.name).manifest
    assert parsed is not None
    return parsed


def matter(of: Manifest, site: Site | None = None) -> Matter:
    site = site or Site()
    return Matter(of, lower(of, site, Selection(), frozenset()), site, of.service)


def page(kind: Kind, of: Manifest, language: str = "en", site: Site | None = None) -> Page:
    return compose(kind, matter(of, site), language, TODAY)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [file.stem for file in PROFILES])
def test_a_change_request_names_every_destination_and_every_open_question(name: str, language: str) -> None:
    about = matter(manifest(name))
    text = html(compose("change-request", about, language, TODAY))
    for permit in about.lowered.permits:
        assert permit.requirement.id in text
        assert str(permit.ports) in text
    for loss in about.lowered.losses:
        assert loss.requirement in text
    assert "{" not in re.sub(r"<style>.*?</style>|\$\{\w+\}", "", text, flags=re.DOTALL), "a place was not filled"


def test_the_languages_have_the_same_places_to_fill() -> None:
    def places(words: Words) -> dict[str, set[str | None]]:
        texts = {f.name: getattr(words, f.name) for f in dataclasses.fields(words)}
        return {
            key: {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for key, text in texts.items()
            if isinstance(text, str)
        }

    english = places(LANGUAGES["en"])
    for language, words in LANGUAGES.items():
        assert places(words) == english, language


def test_every_word_is_used() -> None:
    sources = "".join(Path(module.__file__ or "").read_text() for module in (composing, drawing_module))
    unused = [f.name for f in dataclasses.fields(Words) if not re.search(rf"words\.{f.name}\b", sources)]
    assert unused == []


def test_every_language_translates_every_loss_that_a_manifest_can_have() -> None:
    source = (Path(composing.__file__).parents[1] / "permit.py").read_text()
    codes = set(re.findall(r'"(?:left_out|narrowed|widened|not_enforced)",\s*"([a-z-]+)"', source)) - {"narrowed"}
    codes |= {"port-missing", "transport-missing"}
    assert len(codes) > 8
    for language, words in LANGUAGES.items():
        assert language == "en" or codes - set(words.losses) == set(), language


def test_the_symptom_is_told_in_the_reader_s_language() -> None:
    of = manifest("worklink")
    one = of.requirements[0]
    told = replace(one.symptoms[0], translations=(Translation("de", "Die Anmeldung scheitert."),))
    changed = replace(of, requirements=(replace(one, symptoms=(told,)), *of.requirements[1:]))
    assert "Die Anmeldung scheitert." in html(page("change-request", changed, "de"))
    assert told.text in html(page("change-request", changed, "fr"))


def test_the_drawing_has_an_arrow_for_every_requirement_and_crosses_out_what_is_no_rule() -> None:
    of = manifest("worklink")
    about = matter(of)
    drawn = draw(of, about.lowered, "", LANGUAGES["en"])
    assert {arrow.label.split(":")[0] for arrow in drawn.arrows} == {one.id for one in of.requirements}
    missing = {arrow.label.split(":")[0] for arrow in drawn.arrows if arrow.stroke == "missing"}
    assert missing == {one.id for one in of.requirements} - {p.requirement.id for p in about.lowered.permits}
    for arrow in drawn.arrows:
        assert any(box.y <= arrow.y <= box.y + box.height for box in drawn.boxes[1:]), "it ends in no box"


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "]]>&amp;", "`x` | y\n# z", "=cmd()", "'--"])
def test_other_people_s_text_stays_text(hostile: str) -> None:
    of = manifest("worklink")
    changed = replace(of, title=hostile, requirements=tuple(replace(one, purpose=hostile) for one in of.requirements))
    for kind in KINDS:
        made = page(kind, changed)
        assert "<script" not in html(made)
        ElementTree.fromstring(_only_svg(html(made)))
        for line in _cells(markdown(made)):
            assert not line.startswith("# z")
        assert not re.search(r'(^|,)"?[=+@-]', csv(made), re.MULTILINE)


def test_a_drawing_alone_is_well_formed_svg() -> None:
    of = manifest("glarassist")
    ElementTree.fromstring(svg(draw(of, matter(of).lowered, "A & B", LANGUAGES["pt"])))


def test_csv_is_the_table_of_the_profile() -> None:
    made = page("table", manifest("eschat"))
    table = next(block for block in made.blocks if isinstance(block, Table))
    lines = csv(made).split("\r\n")
    assert lines[0] == ",".join(table.columns)
    assert len(lines) == len(table.rows) + 2


def _only_svg(text: str) -> str:
    found = re.search(r"<svg.*?</svg>", text, re.DOTALL)
    assert found is not None
    return found[0]


def _cells(text: str) -> Iterator[str]:
    yield from text.splitlines()
