"""Credentials that end by themselves."""

from sightline.relays.credentials import LIFETIME_S, Credentials, time_limited


def test_they_are_what_coturn_and_our_own_relay_make() -> None:
    # As in rust/core: echo -n 1700000000:anna | openssl dgst -sha1 -hmac north -binary | base64
    made = time_limited("north", "anna", 1700000000.9 - LIFETIME_S)
    assert made == Credentials("1700000000:anna", "WS1fjjHj2gNlXzhc/ZcwmC3ofIo=")


def test_another_holder_has_other_credentials() -> None:
    assert time_limited("north", "anna", 5.0).password != time_limited("north", "berta", 5.0).password
