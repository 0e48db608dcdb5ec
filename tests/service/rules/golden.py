"""Every target's rules for every profile as one text each, to be read by people and compared by a test.

`make golden` writes them anew.
"""

from pathlib import Path

from sightline.errors import RefusedError
from sightline.readiness.compile import compile
from sightline.readiness.manifest import Manifest
from sightline.readiness.parsing import parse
from sightline.readiness.site import Selection, Site
from sightline.readiness.site_file import parse_site
from sightline.readiness.targets import TARGETS
from sightline.readiness.targets.target import Target
from sightline.store.profiles import folder

FOLDER = Path(__file__).parents[2] / "golden" / "rules"
PROFILES = tuple(sorted(file.stem for file in folder().glob("*.toml")))


def site() -> Site:
    file = FOLDER / "site.toml"
    parsed = parse_site(file.read_text(), file.name)
    assert parsed.site, parsed.problems
    return parsed.site


def profile(name: str) -> Manifest:
    parsed = parse((folder() / f"{name}.toml").read_text(), name)
    assert parsed.manifest, parsed.problems
    return parsed.manifest


def text(target: Target, name: str) -> str:
    """Files and losses; for what can only be wider, the refusal and then what the widening gives."""
    lines: list[str] = []
    try:
        made = compile(profile(name), site(), Selection(), frozenset(), target)
    except RefusedError as error:
        lines += ["════ refused", f"{error}", f"{error.hint}"]
        made = compile(profile(name), site(), Selection(), frozenset({"wildcards", "names"}), target)
    for file in made.files:
        lines += [f"════ {file.name}", f"({file.purpose})", file.text.removesuffix("\n")]
    lines.append("════ losses")
    lines += [f"{each.requirement} | {each.effect} | {each.code} | {each.what}" for each in made.losses]
    return "\n".join(lines) + "\n"


def file_of(target: Target, name: str) -> Path:
    return FOLDER / target.name / f"{name}.txt"


def main() -> None:
    for target in TARGETS.values():
        (FOLDER / target.name).mkdir(exist_ok=True)
        for name in PROFILES:
            file_of(target, name).write_text(text(target, name))


if __name__ == "__main__":
    main()
