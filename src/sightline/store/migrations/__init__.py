"""How the tables came to be, step by step (Alembic). Works from an installed wheel; there is no alembic.ini.

To add a step: copy the newest file in `versions/`, name it `<number>_<what>.py`, append its revision to
`REVISIONS`, change `tables.py` alike. `tests/service/store/test_database.py` compares the two.
"""

from typing import Final

REVISIONS: Final = ("0001",)
"""Every revision, oldest first. Here so that a start that finds the newest one need not import Alembic."""
