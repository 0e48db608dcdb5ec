"""What a new version asks of a customer."""

from sightline.readiness.diff import actions
from tests.unit.readiness.manifests import SMALL, manifest, small, with_requirement


def todo(old: str, new: str) -> list[str]:
    return [str(action) for action in actions(manifest(old), manifest(new))]


def test_nothing_changed_nothing_to_do() -> None:
    assert todo(SMALL, SMALL) == []


def test_additions_come_before_removals() -> None:
    assert todo(SMALL, small(('www.example.com" }', 'new.example.com" }'))) == [
        "add tcp 443 outbound new.example.com, before the update (web)",
        "remove tcp 443 outbound www.example.com, after the update (web)",
    ]


def test_a_date_is_passed_on() -> None:
    dated = small(('"version"]', '"version", "effective"]'), ('version = "1"', 'version = "1"\neffective = 2027-01-31'))
    assert todo(SMALL, dated.replace('"443"', '"443, 3478"')) == [
        "add tcp 3478 outbound www.example.com, by 2027-01-31 (web)"
    ]


def test_a_changes_own_date_wins() -> None:
    more = '\n[[changes]]\nversion = "2"\neffective = 2027-03-01\nrequirements = ["web"]\nquote = "From March"\n'
    assert "not before 2027-03-01" in todo(SMALL.replace('"443"', '"443-445"'), SMALL + more)[0]


def test_only_the_difference_of_a_range_is_named() -> None:
    assert todo(SMALL.replace('"443"', '"100-200"'), SMALL.replace('"443"', '"150-250"')) == [
        "add tcp 201-250 outbound www.example.com, before the update (web)",
        "remove tcp 100-149 outbound www.example.com, after the update (web)",
    ]


def test_writing_the_same_otherwise_asks_nothing() -> None:
    host, ports = '{ kind = "name", text = "www.example.com" }', '{ transport = "tcp", set = "101-200" }'
    split = with_requirement(endpoints=f"[{host}]", ports=f"[{ports}]")
    assert todo(SMALL.replace('"443"', '"100-200"'), split.replace('"443"', '"100"')) == []


def test_what_nobody_could_open_asks_nothing() -> None:
    assert todo(SMALL, with_requirement(endpoints='[{ kind = "missing", text = "Endpoints" }]')) == []


def test_timers_and_necessity_are_compared() -> None:
    timers = {"timers": '[{ kind = "keep_alive", transport = "udp", seconds = 30 }]', "necessity": '"recommended"'}
    assert todo(with_requirement(), with_requirement(**timers)) == [
        "change necessity from required to recommended, before the update (other)",
        "change timers from none to keep_alive udp 30 s, before the update (other)",
    ]


def test_variables_are_compared_as_words() -> None:
    more = '\n[[variables]]\nname = "port"\nkind = "port"\ntitle = "Port"\nquote = "your port"\n'
    own = small(('set = "443"', 'set = "${port}"'), more=more)
    assert todo(SMALL, own) == [
        "add tcp ${port} outbound www.example.com, before the update (web)",
        "remove tcp 443 outbound www.example.com, after the update (web)",
    ]
