"""Which relays are handed out, and in what order."""

from sightline.config.ice_url import IceUrl, ice_url
from sightline.config.own_relay import OWN
from sightline.relays.choice import Offer, chosen


def offer(name: str, *urls: str, region: str = "", priority: int = 200) -> Offer:
    urls = urls or (f"turn:{name}", f"turn:{name}?transport=tcp", f"turns:{name}:443")
    return Offer(name, tuple(map(ice_url, urls)), "u", "p", region, priority)


def names(*offers: Offer, region: str = "", dead: tuple[str, ...] = ()) -> list[str]:
    return [each.name for each in chosen(offers, region, lambda name, url: name in dead or str(url) in dead)]


def own(region: str = "", priority: int = 100) -> Offer:
    return offer(OWN, "stun:me", "turn:me", "turn:me?transport=tcp", "turns:me:443", region=region, priority=priority)


def test_our_own_comes_first_and_a_smaller_priority_before_it() -> None:
    assert names(offer("a"), own(), offer("b", priority=5)) == ["b", OWN, "a"]


def test_the_own_region_comes_before_priority() -> None:
    offers = offer("us", region="us", priority=1), offer("eu", region="eu"), own(region="eu")
    assert names(*offers, region="eu") == [OWN, "eu", "us"]
    assert names(*offers) == ["us", OWN, "eu"]


def test_what_is_as_good_keeps_its_place() -> None:
    assert names(offer("b"), offer("a")) == ["b", "a"]


def test_no_more_are_handed_out_than_browsers_bear() -> None:
    assert names(*(offer(name) for name in "abcd"), own()) == [OWN, "a", "b"]
    assert names(*(offer(name, priority=1) for name in "abcd"), own()) == ["a", "b", OWN]


def test_dead_ones_are_left_out_and_the_next_takes_their_place() -> None:
    assert names(*(offer(name) for name in "abcd"), dead=("a",)) == ["b", "c"]
    assert names(offer("a"), dead=("a",)) == []


def test_of_another_relay_the_fastest_and_the_most_passable_way_are_handed_out() -> None:
    def ways(*urls: str, dead: str = "") -> list[str]:
        return [
            str(url) for each in chosen([offer("a", *urls)], "", lambda _, url: str(url) == dead) for url in each.urls
        ]

    every = ("stun:a", "turn:a?transport=tcp", "turn:a", "turns:a:5349", "turns:a:443")
    assert ways(*every) == ["turn:a:3478?transport=udp", "turns:a:5349?transport=tcp"]
    assert ways(*every, dead="turns:a:5349?transport=tcp")[1] == "turns:a:443?transport=tcp"
    assert ways("turn:a?transport=tcp", "turn:a") == ["turn:a:3478?transport=udp", "turn:a:3478?transport=tcp"]
    assert ways("stun:a", "stun:b") == ["stun:a:3478"]


def test_our_own_keeps_every_way() -> None:
    assert len(chosen([own()], "", lambda _name, _url: False)[0].urls) == 4


def test_addresses_are_read_and_written() -> None:
    for text, url in {
        "stun:A.example": IceUrl(False, "a.example", 3478, "udp"),
        "turn:a:1?transport=tcp": IceUrl(True, "a", 1, "tcp"),
        "turns:[2001:db8::1]": IceUrl(True, "2001:db8::1", 5349, "tls"),
    }.items():
        assert ice_url(text) == url
        assert ice_url(str(url)) == url
