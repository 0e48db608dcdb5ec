"""What names, logins, notes and passwords may look like."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import RefusedError
from sightline.people.names import (
    MAX_LOGIN_LENGTH,
    MAX_NAME_LENGTH,
    check_password,
    display_name,
    login,
    login_key,
    note,
)


@pytest.mark.parametrize(
    ("given_name", "stored"),
    [
        ("Maria", "Maria"),
        ("  Maria   K.\u00a0 Svensson ", "Maria K. Svensson"),
        ("Zoe\u0308", "Zoë"),
        ("宮崎 駿", "宮崎 駿"),
        ("नेहा क्‍ष", "नेहा क्‍ष"),
        ("👩‍🔧", "👩‍🔧"),
        ("x" * 80, "x" * 80),
    ],
)
def test_a_name_is_tidied(given_name: str, stored: str) -> None:
    assert display_name(given_name) == stored


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "name_empty"),
        ("   ", "name_empty"),
        ("\u200d", "name_empty"),
        ("x" * 81, "name_too_long"),
        ("Ma\x00ria", "name_not_usable"),
        ("Ma\x1bria", "name_not_usable"),
        ("Ma\u202eria", "name_not_usable"),
        ("Ma\u2066ria", "name_not_usable"),
        ("Ma\u2028ria", "name_not_usable"),
        ("Ma\ud800ria", "name_not_usable"),
    ],
)
def test_a_name_that_could_deceive_is_refused(name: str, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        display_name(name)
    assert refused.value.code == code


@given(st.text(max_size=100))
def test_a_name_is_refused_or_stable(text: str) -> None:
    try:
        name = display_name(text)
    except RefusedError:
        return
    assert display_name(name) == name
    assert 1 <= len(name) <= MAX_NAME_LENGTH
    assert name.isprintable() or any(unicodedata.category(c) == "Cf" for c in name)


def test_a_note_may_be_empty_but_not_long() -> None:
    assert note("") == ""
    assert note(" pump 3,\nleaks ") == "pump 3, leaks"
    with pytest.raises(RefusedError):
        note("x" * 201)
    with pytest.raises(RefusedError):
        note("pump\u202e3")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Maria.K", "maria.k"),
        ("  MARIA@Example.COM ", "maria@example.com"),
        ("ＭＡＲＩＡ", "maria"),
        ("Straße", "strasse"),
    ],
)
def test_a_login_is_compared_without_case_and_form(typed: str, stored: str) -> None:
    assert login(typed) == stored
    assert login_key(typed) == stored


@pytest.mark.parametrize("typed", ["", "  ", "maria k", "ma\x00ria", "a/b", "x" * (MAX_LOGIN_LENGTH + 1), "a\u202eb"])
def test_an_impossible_login_is_refused_when_chosen_and_silent_when_typed(typed: str) -> None:
    assert login_key(typed) == ""
    with pytest.raises(RefusedError, match="login"):
        login(typed)


@given(st.text(max_size=MAX_LOGIN_LENGTH + 5))
def test_a_folded_login_folds_to_itself(text: str) -> None:
    key = login_key(text)
    assert login_key(key) == key
    assert len(key) <= MAX_LOGIN_LENGTH


def test_a_password_needs_length_and_nothing_else() -> None:
    check_password("          ", login="maria")
    check_password("x" * 1024, login="maria")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("x" * 9, "password_too_short"),
        ("x" * 1025, "password_too_long"),
        ("Maria.Svensson", "password_is_login"),
    ],
)
def test_a_bad_new_password_is_refused(password: str, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        check_password(password, login="maria.svensson")
    assert refused.value.code == code
