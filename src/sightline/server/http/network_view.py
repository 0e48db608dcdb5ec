"""A manifest as the page `/network` shows it."""

from collections.abc import Iterable, Iterator

from sightline.readiness.documents.drawing import draw
from sightline.readiness.documents.svg import svg
from sightline.readiness.documents.words import LANGUAGES, Words
from sightline.readiness.manifest import Endpoint, Manifest, Requirement, Variable
from sightline.readiness.permit import Loss, Lowered, is_selected, lower
from sightline.readiness.rows import rows
from sightline.readiness.site import Selection, Site
from sightline.wire.api import (
    NetworkChange,
    NetworkHost,
    NetworkLoss,
    NetworkRequirement,
    NetworkVariable,
    NetworkView,
)


def view(
    manifest: Manifest, variables: tuple[Variable, ...], site: Site, selection: Selection, language: str
) -> NetworkView:
    """The requirements that were chosen, the drawing of them, and what of them is no rule yet. `variables` are asked
    for also after they were filled in, so that they can be changed."""
    words = LANGUAGES[language]
    lowered = lower(manifest, site, selection, frozenset())
    chosen = tuple(one for one in manifest.requirements if is_selected(one, selection))
    directions = {row.requirement.id: row.cells["direction"] for row in rows(manifest)}
    return NetworkView(
        title=manifest.title,
        version=manifest.version,
        variables=[
            NetworkVariable(one.name, one.title, one.where, list(one.allowed), one.example) for one in variables
        ],
        regions=_several(region for one in manifest.requirements for region in one.regions),
        platforms=_several(platform for one in manifest.requirements for platform in one.platforms),
        requirements=[_requirement(one, lowered, directions.get(one.id, ""), words) for one in chosen],
        losses=losses(lowered.losses, language),
        changes=[
            NetworkChange(
                one.version, one.quote, one.effective.isoformat() if one.effective else "", list(one.requirements)
            )
            for one in manifest.changes
        ],
        drawing_svg=svg(draw(manifest, lowered, site.name, words), has_style=False),
    )


def losses(found: Iterable[Loss], language: str) -> list[NetworkLoss]:
    """In the reader's language where there are words for it; a firewall's own peculiarities are in English."""
    words = LANGUAGES[language]
    return [
        NetworkLoss(one.requirement, one.effect, one.what, *words.losses.get(one.code, (one.why, one.instead)))
        for one in found
    ]


def _requirement(one: Requirement, lowered: Lowered, direction: str, words: Words) -> NetworkRequirement:
    why = {loss.what: words.losses.get(loss.code, (loss.why, ""))[0] for loss in _of(one, lowered)}
    return NetworkRequirement(
        id=one.id,
        purpose=one.purpose,
        necessity=one.necessity,
        direction=direction,
        hosts=[_host(end, why, words) for end in one.endpoints],
        ports=[f"{ports.transport.upper()} {ports.set}".replace("NOT_SAID", "?").strip() for ports in one.ports],
        symptom=_symptom(one, words),
        platforms=list(one.platforms),
        regions=list(one.regions),
        any_of=one.any_of,
        preference=one.preference,
        quotes=_several(source.quote for source in one.sources),
    )


def _of(one: Requirement, lowered: Lowered) -> Iterator[Loss]:
    return (loss for loss in lowered.losses if loss.requirement == one.id)


def _host(end: Endpoint, why: dict[str, str], words: Words) -> NetworkHost:
    if end.text in why:
        return NetworkHost(end.text, why[end.text], is_usable=False)
    meanings = {"one_label": words.one_label, "subtree": words.subtree, "subtree_and_apex": words.subtree_and_apex}
    return NetworkHost(end.text, meanings.get(end.match or "", ""), is_usable=True)


def _symptom(one: Requirement, words: Words) -> str:
    texts = []
    for symptom in one.symptoms:
        own = {each.language: each.text for each in symptom.translations}
        texts.append(own.get(words.language, symptom.text))
    return " ".join(texts) or one.lost


def _several(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
