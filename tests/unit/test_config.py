"""The settings: what is taken, what is refused, and what the refusal says."""

import ast
import contextlib
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.cli.config import effective, reference
from sightline.config import Config, Limits, OtherRelay, load
from sightline.config.description import LISTED, LISTS, SECTIONS, SETTINGS
from sightline.errors import ConfigError

REPOSITORY = Path(__file__).parents[2]


def read(tmp_path: Path, text: str | bytes, environment: dict[str, str] | None = None) -> Config:
    file = tmp_path / "sightline.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file, {"HOME": "/home/ada", **(environment or {})})


def refusal(tmp_path: Path, text: str | bytes, environment: dict[str, str] | None = None) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text, environment)
    return caught.value


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    config = load(None, {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)})
    assert config.listen.port == 8443
    assert config.data == tmp_path / ".local/share/sightline"
    assert config.file is None
    assert not config.origins


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("[listen]\nport = 443", "listen.port", 443),
        ("[listen]\nudp = false", "listen.udp", False),
        ('[listen]\naddresses = ["[::1]", "127.0.0.1"]', "listen.addresses", ("::1", "127.0.0.1")),
        ('[listen]\nnames = ["Assist.Example.COM.", "192.0.2.7"]', "listen.names", ("assist.example.com", "192.0.2.7")),
        ('[listen]\npublic_url = "https://Assist.example.com:8443/"', "listen.public_url", "https://assist.example.com:8443"),
        ('[listen]\npublic_url = ""', "listen.public_url", ""),
        ('[tls]\nkey = "x/key.pem"', "tls.key", "x/key.pem"),
        ('[tls]\nkey = ""', "tls.key", None),
        ('[acme]\ncontact = ["a@b.org", "mailto:c@d.org"]', "acme.contact", ("mailto:a@b.org", "mailto:c@d.org")),
        ('[proxy]\ntrusted = ["10.0.0.0/8", "2001:db8::1"]', "proxy.trusted", ("10.0.0.0/8", "2001:db8::1/128")),
        ('[organisation]\nname = "Müller & Söhne"', "organisation.name", "Müller & Söhne"),
        ('[log]\nformat = "json"', "log.format", "json"),
        ('[relay]\npublic_addresses = ["10.0.0.5=203.0.113.7"]', "relay.public_addresses", ("10.0.0.5=203.0.113.7",)),
        ('[relay]\nusers = ["ada:a:b"]', "relay.users", ("ada:a:b",)),
    ],
)  # fmt: skip
def test_the_file_sets(tmp_path: Path, text: str, key: str, value: object) -> None:
    config = read(tmp_path, text)
    section, name = key.split(".")
    expected = tmp_path / value if key == "tls.key" and isinstance(value, str) else value
    assert getattr(getattr(config, section), name) == expected
    assert config.origins == {key: "file"}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[listen]\nprot = 443", "[listen] prot is not a setting", "Did you mean port?"),
        ("[lisen]\nport = 443", "[lisen] is not a setting", "Did you mean [listen]?"),
        ("port = 443", "port is not a setting", "Did you mean [listen] port?"),
        ('"listen.port" = 443', "listen.port is not a setting", "Did you mean [listen]?"),
        ("listen = 443", "listen is not a setting", "Did you mean [listen]?"),
        ("[listen]\nport = 70000", "[listen] port must be a whole number from 0 to 65535, not 70000", "443 for daily"),
        ('[listen]\nport = "443"', '[listen] port must be a whole number from 0 to 65535, not "443"', ""),
        ("[listen]\nport = true", "[listen] port must be a whole number from 0 to 65535, not true", ""),
        ("[listen]\nport = 1.5", "[listen] port must be a whole number", ""),
        ("[listen.port]\nx = 1", "[listen] port must be a whole number from 0 to 65535, not a table", ""),
        ("[listen]\nudp = 1", "[listen] udp must be true or false, not 1", ""),
        ('[listen]\naddresses = "::"', '[listen] addresses must be a list of texts, not "::"', ""),
        ('[listen]\naddresses = ["::", 5]', "[listen] addresses must be a list of texts, not 5", ""),
        ('[listen]\naddresses = ["localhost"]', 'must be an address without a port, such as 0.0.0.0', ""),
        ("[listen]\naddresses = []", "[listen] addresses is empty", "Leave it out"),
        ('[listen]\nnames = ["-x"]', "each item of names must be a host name or an address", ""),
        ('[listen]\npublic_url = "https://a/b"', "[listen] public_url must be an address such as", ""),
        ('[listen]\npublic_url = "javascript:alert(1)"', "[listen] public_url must be", ""),
        ('[listen]\npublic_url = "https://u:p@a"', "[listen] public_url must be", ""),
        ('[listen]\npublic_url = "https://a:99999"', "[listen] public_url must be", ""),
        ("[listen]\nport = 8080", "port and local_port are both 8080", "local_port = 0"),
        ('[tls]\nsource = "file"', '[tls] source must be "local", "files" or "acme", not "file"', ""),
        ('[tls]\nsource = "files"', "needs both [tls] certificate and [tls] key", ""),
        ('[tls]\nsource = "acme"', "needs a name to certify", "[acme] names"),
        ('[acme]\nnames = ["192.0.2.7"]', "must be a full host name", ""),
        ('[acme]\ndirectory = "http://a/"', "must be a URL that begins with https://", ""),
        ('[acme]\ncontact = ["x"]', "must be a mail address", ""),
        ('[proxy]\ntrusted = ["10.0.0.1/8"]', "a prefix without host bits", ""),
        ("[proxy]\nbehind = true\ntrusted = []", "needs the address of the proxy", ""),
        ("[proxy]\nbehind = true", "public_url is needed", "--public-url"),
        ("[limits]\nconnections = 1", "[limits] connections must be a whole number of at least 16, not 1", ""),
        ('data = ""', 'data must be a path, not ""', ""),
        ('data = "~nobody-has-this-name/x"', "a path that does not begin with ~", ""),
        ('[organisation]\nname = "a\\u0000b"', "none of them a control character", ""),
        ("[relay]\nfirst_port = 60000\nlast_port = 50000", "first_port 60000 is above last_port 50000", "Swap"),
        ("[relay]\nonly = true\nenabled = false", "[relay] only = true needs a relay", "enabled = true"),
        ('[relay]\naddresses = ["0.0.0.0"]', "one address of this machine", ""),
        ('[relay]\naddresses = ["fe80::1%eth0"]', "without a zone", ""),
        ('[relay]\ndenied_peers = ["fe80::1%eth0"]', "without a zone", ""),
        ('[relay]\nsecond_address = "::"', "one address of this machine", ""),
        ("[relay]\nsecond_port = 8443", "is no second port", "free"),
        ('[relay]\nusers = ["a:b", "a:c"]', "Two of [relay] users are called a", "of its own"),
        ('[[relays]]\nname = "own"\nurls = ["stun:a"]', "own is what our own relay is called", "otherwise"),
        ('[relay]\nclassic_ports = "on"\nclassic_port = 8443', "classic_port and [listen] port are both", "anyhow"),
        ('[relay]\nusers = ["ada"]', "each item of users must be a name and a password", ""),
        ('[relay]\nshared_secrets = ["short"]', "must be at least 16 characters", ""),
        ('[relay]\npublic_addresses = ["10.0.0.5=2001:db8::1"]', "two of a kind", ""),
        ('relays = "x"', 'relays must be up to 64 tables, not "x"', "[[relays]]"),
        ("[relays]\nname = 1", "relays must be up to 64 tables, not a table", "in double brackets"),
        ('[[relays]]\nnam = "x"', "[[relays]] nam is not a setting", "Did you mean name?"),
        ('[[relay]]\nname = "x"', "relay is not a setting", "Did you mean [relay]?"),
        ('[[relays]]\nname = "x"\n[[relays]]\nname = "F 1"', "[[relays]] number 2: name must be a short", ""),
        ('[[relays]]\nurls = ["stun:a"]', "[[relays]] number 1 has no name", ""),
        ('[[relays]]\nname = "a"', "[[relays]] a needs urls", ""),
        ('[[relays]]\nname = "a"\nurls = ["turn:a"]', "[[relays]] a needs user and secret", "secret_file"),
        ('[[relays]]\nname = "a"\nurls = ["http://a"]', "each item of urls must be such as stun:", ""),
        ('[[relays]]\nname = "a"\nurls = ["turns:a?transport=udp"]', "each item of urls must be such as stun:", ""),
        ('[[relays]]\nname = "a"\nkind = "twilio"', "[[relays]] a needs user and secret", ""),
        ('[[relays]]\nname = "a"\nkind = "twilio"\napi = "http://a.example"', "that begins with https", ""),
        ('[[relays]]\nname = "a"\nkind = "cloudflare"\nurls = ["stun:a"]', "names its urls itself", ""),
        ('[[relays]]\nname = "a"\nurls = ["stun:a"]\n' * 2, "Two of [[relays]]", ""),
        ("[listen", "is not TOML", ""),
        (b"\xff", "is not TOML", ""),
        ("a = " + "[" * 5000, "nested too deeply", ""),
        ("a = " + "9" * 5000, "is not TOML", ""),
        ("#" * (1 << 20) + "\n", "larger than", ""),
    ],
)  # fmt: skip
def test_a_refusal_names_the_place_and_what_is_allowed(
    tmp_path: Path, text: str | bytes, message: str, hint: str
) -> None:
    error = refusal(tmp_path, text)
    assert (
        str(tmp_path / "sightline.toml") in str(error)
        or "both" in str(error)
        or "need" in str(error)
        or "empty" in str(error)
        or "[relay" in str(error)
    )
    assert message in str(error)
    assert hint in error.hint
    assert len(str(error)) < 400


OTHER_RELAYS = """
[[relays]]
name = "eu-1"
urls = ["stun:Turn.Example.com", "turn:[2001:DB8::1]?transport=tcp", "turns:turn.example.com:443"]
user = "ada"
[[relays]]
name = "cloud"
kind = "cloudflare"
user = "key"
secret_file = "token"
priority = 5
"""


def test_other_relays_are_a_list_of_tables(tmp_path: Path) -> None:
    config = read(tmp_path, OTHER_RELAYS, {"SIGHTLINE_RELAYS_EU_1_SECRET": "north"})
    static, cloud = config.relays
    assert static == OtherRelay(
        name="eu-1",
        urls=(
            "stun:turn.example.com:3478",
            "turn:[2001:db8::1]:3478?transport=tcp",
            "turns:turn.example.com:443?transport=tcp",
        ),
        user="ada",
        secret="north",
    )
    assert (cloud.secret_file, cloud.priority) == (tmp_path / "token", 5)
    assert config.origins["relays.0.secret"] == "environment"
    shown = effective(config)
    assert "north" not in shown
    assert "environment: SIGHTLINE_RELAYS_EU_1_SECRET" in shown
    assert read(tmp_path, shown, {"SIGHTLINE_RELAYS_EU_1_SECRET": "north"}) == config


@pytest.mark.parametrize("variable", ["SIGHTLINE_RELAYS_EU_2_SECRET", "SIGHTLINE_RELAYS_EU_1_SECRETS"])
def test_a_variable_for_a_relay_that_is_not_there_is_refused(tmp_path: Path, variable: str) -> None:
    error = refusal(tmp_path, OTHER_RELAYS, {"SIGHTLINE_RELAYS_EU_1_SECRET": "north", variable: "x"})
    assert variable in str(error)
    assert "SIGHTLINE_RELAYS_EU_1_SECRET" in error.hint


def test_a_missing_file_is_an_error_and_not_silence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "absent.toml", {})
    with pytest.raises(ConfigError, match="cannot be read"):
        load(None, {"SIGHTLINE_CONFIG": str(tmp_path)})


def test_the_later_source_wins_and_is_named(tmp_path: Path) -> None:
    file = tmp_path / "sightline.toml"
    file.write_text("[listen]\nport = 1\nlocal_port = 2\nudp = false\n")
    environment = {"SIGHTLINE_LISTEN_PORT": "3", "SIGHTLINE_LISTEN_LOCAL_PORT": "4"}
    config = load(file, environment, {"listen.port": "5"})
    assert (config.listen.port, config.listen.local_port, config.listen.udp) == (5, 4, False)
    assert config.origins == {
        "listen.port": "command line", "listen.local_port": "environment", "listen.udp": "file",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("variable", "text", "key", "value"),
    [
        ("SIGHTLINE_DATA", "/srv/sightline", "data", Path("/srv/sightline")),
        ("SIGHTLINE_LISTEN_UDP", "no", "listen.udp", False),
        ("SIGHTLINE_LISTEN_NAMES", "a.example.com, b.example.com,", "listen.names", ("a.example.com", "b.example.com")),
        ("SIGHTLINE_TLS_KEY", "", "tls.key", None),
        ("SIGHTLINE_LOG_LEVEL", "debug", "log.level", "debug"),
    ],
)
def test_the_environment_sets(tmp_path: Path, variable: str, text: str, key: str, value: object) -> None:
    config = load(None, {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), variable: text})
    told = next(told for told in SETTINGS if told.key == key)
    assert told.variable == variable
    assert told.of(config) == value


@pytest.mark.parametrize(
    ("variable", "text", "message", "hint"),
    [
        ("SIGHTLINE_LISTEN_PROT", "1", "SIGHTLINE_LISTEN_PROT, which is not a setting", "SIGHTLINE_LISTEN_PORT"),
        ("SIGHTLINE_LISTE_PORT", "1", "which is not a setting", "SIGHTLINE_LISTEN_PORT"),
        ("SIGHTLINE_LISTEN_WHATEVER_IT_IS", "1", "which is not a setting", "--reference"),
        ("SIGHTLINE_LISTEN_PORT", "", "SIGHTLINE_LISTEN_PORT must be a whole number", ""),
        ("SIGHTLINE_LISTEN_PORT", "٤٤٣", "SIGHTLINE_LISTEN_PORT must be a whole number", ""),
        ("SIGHTLINE_LISTEN_UDP", "maybe", "SIGHTLINE_LISTEN_UDP must be true or false", ""),
        ("SIGHTLINE_ORGANISATION_NAME", "\udcff", "control character", ""),
    ],
)
def test_a_slip_in_the_environment_is_refused(
    tmp_path: Path, variable: str, text: str, message: str, hint: str
) -> None:
    error = refusal(tmp_path, "", {variable: text})
    assert message in str(error)
    assert hint in error.hint


@pytest.mark.parametrize(
    "variable", ["SIGHTLINE_PORT", "SIGHTLINE_SERVICE_HOST", "SIGHTLINE_PORT_8443_TCP_ADDR", "SIGHTLINE_E2E"]
)
def test_what_kubernetes_and_others_set_does_not_hinder(tmp_path: Path, variable: str) -> None:
    assert read(tmp_path, "", {variable: "tcp://10.0.0.1:8443"}).listen.port == 8443


def test_the_first_file_that_exists_is_read(tmp_path: Path) -> None:
    file = tmp_path / "sightline" / "sightline.toml"
    file.parent.mkdir()
    file.write_text("[listen]\nport = 7\n")
    config = load(None, {"XDG_CONFIG_HOME": str(tmp_path), "HOME": "/"})
    assert config.listen.port == 7
    assert config.file == file


def test_names_for_acme_follow_from_the_public_url_and_the_names(tmp_path: Path) -> None:
    text = '[tls]\nsource = "acme"\n[listen]\npublic_url = "https://a.example.com"\n'
    text += 'names = ["b.example.com", "10.1.1.1", "short"]'
    assert read(tmp_path, text).certified_names() == ("a.example.com", "b.example.com")
    assert read(tmp_path, text).further_names() == ("a.example.com", "b.example.com", "10.1.1.1", "short")
    assert read(tmp_path, text + '\n[acme]\nnames = ["c.example.com"]').certified_names() == ("c.example.com",)


def test_what_config_prints_reads_back_as_the_same(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        '[organisation]\nname = "a \\"b\\" \\\\ ü"\n[listen]\nport = 1\nnames = ["x", "::1"]\n[tls]\nkey = "k"',
    )
    assert read(tmp_path, effective(config)) == config


def test_the_reference_in_the_docs_is_up_to_date() -> None:
    kept = (REPOSITORY / "docs" / "reference" / "settings.md").read_text()
    assert kept == reference(), "run tools/generate_settings_reference.py"


def test_every_setting_says_what_it_is_for() -> None:
    assert all(len(told.about.doc) > 20 and told.about.doc.endswith(".") for told in (*SETTINGS, *LISTED))
    assert all(section.__doc__ for section in (*SECTIONS.values(), *LISTS.values()))
    assert len({told.variable for told in SETTINGS}) == len(SETTINGS)


def test_limits_are_those_of_the_front_door() -> None:
    """Read as text, as its module needs the compiled extension."""
    module = ast.parse((REPOSITORY / "src/sightline/media/front_door.py").read_text())
    limits = next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Limits")
    theirs = {
        node.target.id: ast.literal_eval(node.value)
        for node in limits.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }
    assert theirs == {each.name: each.default for each in fields(Limits)}


KEYS = st.sampled_from([told.name for told in SETTINGS] + ["prot", "x", '"a b"', '""', '"listen.port"'])
SECTION_HEADS = st.sampled_from(["", *(f"[{name}]\n" for name in SECTIONS), "[[listen]]\n", "[[relays]]\n", "[x.y]\n"])
VALUES = st.one_of(
    st.integers().map(str),
    st.floats().map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.text(max_size=30).map(lambda text: '"' + text.encode("unicode_escape").decode().replace('"', '\\"') + '"'),
    st.sampled_from(['"https://["', '"https://a:b"', '"::1%eth0"', '"~x/y"', '[""]', "[[1]]", "{a = 1}", "1979-05-27"]),
)
DOCUMENTS = st.lists(st.tuples(SECTION_HEADS, KEYS, VALUES), max_size=4).map(
    lambda lines: "\n".join(f"{head}{key} = {value}" for head, key, value in lines)
)


ANYTHING = st.text(alphabet=st.characters(exclude_characters="\0"), max_size=40)


# Half characters too, as bytes that are no UTF-8: the environment can hold them, and so can a file.
AS_BYTES = ANYTHING.map(lambda text: text.encode(errors="surrogatepass"))


@given(st.one_of(DOCUMENTS.map(str.encode), st.binary(max_size=60), AS_BYTES))
def test_a_hostile_file_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "hostile.toml"
    file.write_bytes(content)
    with contextlib.suppress(ConfigError):
        assert isinstance(load(file, {"HOME": "/home/ada"}), Config)


@given(st.sampled_from([told.variable for told in SETTINGS]), ANYTHING)
def test_a_hostile_environment_is_read_or_refused_and_nothing_else(variable: str, text: str) -> None:
    with contextlib.suppress(ConfigError):
        load(None, {"HOME": "/home/ada", "XDG_CONFIG_HOME": "/nowhere", variable: text})
