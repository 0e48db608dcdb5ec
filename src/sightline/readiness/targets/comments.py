"""Other people's words as a comment that no firewall's syntax can read as anything else."""

import re
import unicodedata


def comment(text: str, most: int) -> str:
    """At most `most` of letters, digits, spaces and `.,:;/()_-`, the first of them a letter or digit."""
    # Four characters are read for one that is written, so that a megabyte costs no more than a line.
    plain = unicodedata.normalize("NFKD", text[: 4 * most].translate(_SPELLED)).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^A-Za-z0-9.,:;/()_-]+", " ", plain)
    # `//`, `--` and the like begin comments of their own somewhere.
    single = re.sub(r"([^A-Za-z0-9])\1+", r"\1", kept)
    return single.lstrip(" .,:;/()_-")[:most].rstrip()


_SPELLED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "–": "-", "—": "-"}
)
