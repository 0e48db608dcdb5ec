"""The words of the documents. A language is one `Words`; a word that is missing is a type error."""

from sightline.readiness.documents.words.de import GERMAN
from sightline.readiness.documents.words.en import ENGLISH
from sightline.readiness.documents.words.es import SPANISH
from sightline.readiness.documents.words.fr import FRENCH
from sightline.readiness.documents.words.pt import PORTUGUESE
from sightline.readiness.documents.words.words import Words

LANGUAGES: dict[str, Words] = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH, "pt": PORTUGUESE}

__all__ = ["LANGUAGES", "Words"]
