"""Names, addresses and wildcards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.readiness.names import (
    Match,
    address_fault,
    covers,
    host_fault,
    prefix_fault,
    wildcard_base,
    wildcard_fault,
)  # fmt: skip

labels = st.from_regex(r"[a-z0-9]([a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
names = st.lists(labels, min_size=1, max_size=3).map(lambda parts: ".".join([*parts, "example"]))


@pytest.mark.parametrize(
    "name", ["cms.scopear.com", "cdn.kognitivspark.net", "a-1.example.com", "EXAMPLE.com", "xn--bcher-kva.example"]
)
def test_sound_names(name: str) -> None:
    assert host_fault(name) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://maps.googleapis.com/", "url-as-host"),
        (".edge.agora .io.sd-rtn.com", "names-glued"),
        ("*.eu-west- 1.amazonaws.com", "names-glued"),
        ("proxy.scopear.com,proxy-de.scopear.com", "names-glued"),
        ("34.120.195.249443", "address-glued"),
        (".edge.sd-rtn.com80", "name-glued"),
        ("cms.scopear.comTCP:443", "name-glued"),
        ("localhost", "damaged-host"),
        ("-a.example.com", "damaged-host"),
        ("a_b.example.com", "damaged-host"),
        ("a..example.com", "damaged-host"),
        ("example.com.", "damaged-host"),
        ("bücher.example", "damaged-host"),
        ("xn--0.example", "damaged-host"),
        ("xn--zzzzzzzz99999.example", "damaged-host"),
        ("ab--cd.example", "damaged-host"),
        ("192.0.2.1", "damaged-host"),
        (f"{'a' * 64}.example", "damaged-host"),
        (f"{'a.' * 130}example", "damaged-host"),
        ('a"; } accept { x.example.com', "names-glued"),
        ("", "damaged-host"),
    ],
)
def test_damaged_names(text: str, code: str) -> None:
    fault = host_fault(text)
    assert fault is not None
    assert fault.code == code


@pytest.mark.parametrize(
    ("match", "wildcard", "name", "covered"),
    [
        ("one_label", "*.example.com", "a.example.com", True),
        ("one_label", "*.example.com", "a.b.example.com", False),
        ("one_label", "*.example.com", "example.com", False),
        ("subtree", ".example.com", "a.b.example.com", True),
        ("subtree", "*.example.com", "example.com", False),
        ("subtree_and_apex", ".example.com", "example.com", True),
        ("subtree_and_apex", ".example.com", "A.Example.COM.", True),
        ("subtree_and_apex", ".example.com", "badexample.com", False),
        ("subtree", "*.example.com", "example.com.evil.net", False),
    ],
)
def test_a_wildcard_covers_what_it_says(match: Match, wildcard: str, name: str, covered: bool) -> None:
    assert covers(match, wildcard, name) is covered


@given(names, names)
def test_each_meaning_is_within_the_next(base: str, name: str) -> None:
    for asked in (name, f"{name}.{base}", base):
        one = covers("one_label", f"*.{base}", asked)
        tree = covers("subtree", f"*.{base}", asked)
        apex = covers("subtree_and_apex", f"*.{base}", asked)
        assert one <= tree <= apex


@given(names)
def test_sound_names_make_sound_wildcards(name: str) -> None:
    assert host_fault(name) is None
    assert wildcard_fault(f"*.{name}") is None
    assert wildcard_fault(f".{name}") is None
    assert wildcard_base(f"*.{name}") == name


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    for judge in (host_fault, wildcard_fault, address_fault, prefix_fault):
        fault = judge(text)
        assert fault is None or fault.why
    if host_fault(text) is None:
        assert text.isascii()
        assert not set(text) & set(" \t\n\"'`;{}()<>|&$\\/*")


@pytest.mark.parametrize("text", ["*.com", "*", ".", "*.", "a.*.example.com", "example.com", "**.example.com"])
def test_wildcards_that_are_none(text: str) -> None:
    assert wildcard_fault(text)


def test_addresses_and_prefixes() -> None:
    assert address_fault("192.0.2.1") is None
    assert address_fault("2001:db8::1") is None
    assert prefix_fault("17.0.0.0/8") is None
    assert prefix_fault("2001:db8::/32") is None
    for text in ("192.0.2.256", "192.0.2", "192.0.2.01", "192.0.2.1/32", "34.120.195.249443"):
        assert address_fault(text), text
    for text in ("17.0.0.1/8", "17.0.0.0", "17.0.0.0/33", "::/129"):
        assert prefix_fault(text), text
