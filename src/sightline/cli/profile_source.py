"""Where a manifest comes from: the profiles of the checkout, a file, or a server that describes itself."""

from pathlib import Path

from sightline.cli.profile_fetch import fetch, is_url
from sightline.errors import RefusedError
from sightline.readiness.manifest import Manifest
from sightline.readiness.parsing import Parsed, parse, parse_json
from sightline.readiness.variables import assigned, fill
from sightline.store.profiles import folder

FILE_MOST = 64 << 20  # four bytes for each of the characters that a manifest may have
NAMED = "NAME|FILE|URL"


def manifest_of(name: str, settings: list[str] | None = None) -> Manifest:
    """The manifest, its variables filled with `name=value`. Raises RefusedError for what is none."""
    parsed = parsed_of(name)
    if parsed.manifest is None:
        first, more = parsed.problems[0], len(parsed.problems) - 1
        others = f" There are {more} more problems." if more else ""
        raise RefusedError(
            "not-a-manifest", f"{first}{others}", hint=f"`sightline profile lint {name}` lists every problem."
        )
    return fill(parsed.manifest, assigned(settings or []))


def parsed_of(name: str) -> Parsed:
    """The manifest, or every problem with it. Raises RefusedError for what cannot be read at all."""
    if is_url(name):
        url, body = fetch(name)
        return parse_json(decoded(body, url), url)
    is_file = "/" in name or name.endswith((".toml", ".json"))
    file = Path(name) if is_file else folder() / f"{name}.toml"
    text = decoded(file_bytes(file, name), str(file))
    return (parse_json if file.suffix == ".json" else parse)(text, file.name)


def file_bytes(file: Path, name: str) -> bytes:
    """What is in it. Raises RefusedError."""
    try:
        with file.open("rb") as stream:
            found = stream.read(FILE_MOST + 1)  # a size that was asked for before says nothing of a pipe
    except FileNotFoundError as error:
        known = ", ".join(sorted(one.stem for one in folder().glob("*.toml")))
        hint = f"There are: {known}. A file is named by a path that ends in .toml or .json, or has a slash."
        raise RefusedError("unknown-profile", f"There is no profile {name}.", hint=hint) from error
    except OSError as error:
        raise RefusedError("unreadable", f"{file} cannot be read: {error.strerror}.") from error
    if len(found) > FILE_MOST:
        raise RefusedError("too-large", f"{file} is larger than {FILE_MOST} bytes.", hint="Is it the right file?")
    return found


def decoded(body: bytes, name: str) -> str:
    """As text. Raises RefusedError."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError("unreadable", f"{name} is not UTF-8 text.", hint="Is it the right file?") from error
