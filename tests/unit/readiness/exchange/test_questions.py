"""What a person is asked about a draft, and what becomes of the answer."""

import pytest

from sightline.readiness.exchange import as_toml
from sightline.readiness.exchange.importing import imported
from sightline.readiness.exchange.questions import Question, answered, questions
from sightline.readiness.manifest import Manifest
from sightline.readiness.parsing import parse
from sightline.readiness.permit import Name, lower
from sightline.readiness.site import Selection, Site

TEXT = """Needs of the service

Service | Host | Ports |
Web | a.example.com *.b.example.com | 443 (TCP) |
Errors | 34.120.195.249443 | TCP |
Relay | | 3478 (UDP) |
"""


@pytest.fixture
def draft() -> Manifest:
    return imported(TEXT, "service.txt")


def ask(one: Manifest, kind: str, requirement: str) -> Question:
    return next(each for each in questions(one) if (each.kind, each.requirement) == (kind, requirement))


def say(one: Manifest, kind: str, requirement: str, answer: str) -> Manifest:
    changed = answered(one, ask(one, kind, requirement), answer)
    assert parse(as_toml.write(changed), "x").problems == ()
    return changed


def opened(one: Manifest) -> list[str]:
    permits = lower(one, Site(), Selection(), frozenset()).permits
    return [f"{p.remote.text if isinstance(p.remote, Name) else p.remote} {p.transport} {p.ports}" for p in permits]


def test_everything_open_is_asked_with_its_line(draft: Manifest) -> None:
    found = [(each.kind, each.requirement) for each in questions(draft)]
    assert found == [
        ("hosts", "web"),
        ("begins", "web"),
        ("torn", "errors"),
        ("ports", "errors"),
        ("begins", "errors"),
        ("missing", "relay"),
        ("begins", "relay"),
    ]
    assert ask(draft, "hosts", "web").quote == "Web | a.example.com *.b.example.com | 443 (TCP) |"


def test_a_yes_makes_plain_hosts(draft: Manifest) -> None:
    one = say(draft, "hosts", "web", "y")
    assert [(end.kind, end.text) for end in one.requirements[0].endpoints] == [
        ("name", "a.example.com"),
        ("wildcard", "*.b.example.com"),
    ]
    assert opened(draft) == []
    one = say(one, "begins", "web", "c")
    assert opened(one)[0] == "a.example.com tcp 443"
    assert "A person confirmed it" in one.requirements[0].sources[-1].note


def test_numbers_confirm_only_these(draft: Manifest) -> None:
    one = say(draft, "hosts", "web", "2")
    assert [end.kind for end in one.requirements[0].endpoints] == ["unconfirmed", "wildcard"]


def test_a_long_list_is_asked_about_in_one_question_that_can_be_read() -> None:
    one = imported("\n".join(f"192.0.2.{n}" for n in range(1, 200)), "list.txt")
    question = next(questions(one))
    assert "40 192.0.2.40 and 159 more" in question.text
    assert len(opened(answered(answered(one, question, "y"), ask(one, "ports", "list"), "tcp 443"))) == 199


def test_what_a_wildcard_covers_is_asked_once_it_is_confirmed(draft: Manifest) -> None:
    one = say(draft, "hosts", "web", "y")
    assert say(one, "match", "web", "3").requirements[0].endpoints[1].match == "subtree_and_apex"


def test_a_torn_host_is_read_as_the_person_says(draft: Manifest) -> None:
    options = ask(draft, "torn", "errors").options
    assert options[0] == "1: 34.120.195.249, port 443"
    assert options[1] == "2: 34.120.195.24, port 9443"
    one = say(say(draft, "torn", "errors", "2"), "begins", "errors", "c")
    end = one.requirements[1].endpoints[0]
    assert (end.kind, end.text, end.confirmed) == ("damaged", "34.120.195.249443", True)
    assert end.believed[0].text == "34.120.195.24"
    assert [each.set for each in one.requirements[1].ports] == ["9443"]


def test_a_torn_host_can_be_another_one(draft: Manifest) -> None:
    one = say(draft, "torn", "errors", "errors.example.com, 192.0.2.7")
    assert [each.text for each in one.requirements[1].endpoints[0].believed] == ["errors.example.com", "192.0.2.7"]


def test_a_missing_host_is_typed(draft: Manifest) -> None:
    one = say(say(draft, "missing", "relay", "turn.example.com"), "begins", "relay", "c")
    assert opened(one) == ["turn.example.com udp 3478"]


def test_ports_are_typed(draft: Manifest) -> None:
    one = say(draft, "ports", "errors", "tcp 443, 8000-8010; udp 3478")
    assert [f"{each.transport} {each.set}" for each in one.requirements[1].ports] == ["tcp 443, 8000-8010", "udp 3478"]
    assert not any(each.kind == "ports" for each in questions(one))


@pytest.mark.parametrize(
    ("kind", "requirement", "answer"),
    [
        ("hosts", "web", "maybe"), ("hosts", "web", "3"), ("hosts", "web", "0"), ("hosts", "web", "1,"),
        ("torn", "errors", "9"), ("torn", "errors", "no host"), ("torn", "errors", "${x}.example.com"),
        ("missing", "relay", "*"), ("missing", "relay", ","), ("ports", "errors", "443"), ("ports", "errors", "tcp"),
        ("ports", "errors", "tcp 70000"), ("ports", "errors", "sctp 1"), ("begins", "web", "x"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_said(kind: str, requirement: str, answer: str, draft: Manifest) -> None:
    with pytest.raises(ValueError, match=r"Answer|no set of ports"):
        answered(draft, ask(draft, kind, requirement), answer)
