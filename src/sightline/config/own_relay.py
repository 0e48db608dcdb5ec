"""The name that no other relay may have."""

from typing import Final

OWN: Final = "own"
"""What our own relay is called in the log, the metrics and the record of what was handed out."""
