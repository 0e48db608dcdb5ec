"""Write docs/reference/settings.md from the settings themselves; with --check, only say whether it is up to date."""

import sys
from pathlib import Path

from sightline.cli.config import reference

REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"

if __name__ == "__main__":
    if "--check" not in sys.argv[1:]:
        REFERENCE.write_text(reference())
    elif not REFERENCE.exists() or REFERENCE.read_text() != reference():
        sys.exit(f"{REFERENCE} is out of date; run `make generated`")
