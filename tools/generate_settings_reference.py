"""Write docs/reference/settings.md from the settings themselves. A test fails while the two differ."""

from pathlib import Path

from sightline.cli.config import reference

REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"

if __name__ == "__main__":
    REFERENCE.write_text(reference())
