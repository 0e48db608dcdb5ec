"""Write profiles/schema.json and docs/reference/manifest.md from the types; with --check, only say whether they lag."""

import json
import sys
from pathlib import Path

from sightline.readiness.schema import json_schema, reference

ROOT = Path(__file__).parents[1]
TEXTS = {
    ROOT / "profiles" / "schema.json": json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
    ROOT / "docs" / "reference" / "manifest.md": reference(),
}

if __name__ == "__main__":
    for file, text in TEXTS.items():
        if "--check" not in sys.argv[1:]:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            sys.exit(f"{file} is out of date; run tools/generate_profile_schema.py")
