"""Random secrets."""

import re

from sightline.server.tokens import INVITE_TOKEN_BYTES, new_id, new_password, new_token, token_hash


def test_tokens_fit_into_cookies_and_links() -> None:
    for token in (new_token(), new_token(INVITE_TOKEN_BYTES), new_id()):
        assert re.fullmatch(r"[A-Za-z0-9_-]+", token)
    assert len(new_token(INVITE_TOKEN_BYTES)) == 22
    assert len(new_id()) <= 32  # the column's length


def test_no_two_are_the_same() -> None:
    assert len({new_token() for _ in range(1000)}) == 1000


def test_only_the_hash_is_stored() -> None:
    # vector: FIPS 180-2, appendix B.1
    assert token_hash("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(token_hash("\ud800")) == 32


def test_a_first_password_is_easy_to_read_out_and_type() -> None:
    for _ in range(100):
        assert re.fullmatch(r"[a-hjkmnp-x2-9]{4}(-[a-hjkmnp-x2-9]{4}){3}", new_password())
