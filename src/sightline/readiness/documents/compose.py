"""What stands in each document. Start at `compose`."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from sightline.readiness.documents.drawing import draw
from sightline.readiness.documents.page import Block, Bullets, Facts, Heading, Page, Paragraph, Table
from sightline.readiness.documents.words import LANGUAGES, Words
from sightline.readiness.manifest import Manifest, Requirement, Symptom
from sightline.readiness.permit import Anywhere, Loss, Lowered, Name, Permit, Wildcard
from sightline.readiness.ports import PortSet
from sightline.readiness.rows import COLUMNS, rows
from sightline.readiness.site import Site

Kind = Literal["change-request", "one-page", "table"]


@dataclass(frozen=True, slots=True)
class Matter:
    """What a document is about: requirements that were selected, and what became of them."""

    manifest: Manifest
    lowered: Lowered
    site: Site
    profile: str
    """As the commands that a document names take it."""


def compose(kind: Kind, matter: Matter, language: str, today: datetime.date) -> Page:
    """One document. `today` is the date that stands on it."""
    composer = _Composer(matter, LANGUAGES[language])
    match kind:
        case "change-request":
            return composer.page(composer.words.change_request, composer.change_request(today))
        case "one-page":
            return composer.page(composer.words.one_page, composer.one_page())
        case "table":
            return replace(composer.page(composer.words.full_table, composer.table()), is_wide=True)


class _Composer:
    def __init__(self, matter: Matter, words: Words) -> None:
        self.matter = matter
        self.manifest = matter.manifest
        self.permits = matter.lowered.permits
        self.words = words

    def page(self, title: str, blocks: Iterator[Block]) -> Page:
        return Page(title.format(service=self.manifest.title), self.words.language, tuple(blocks))

    def change_request(self, today: datetime.date) -> Iterator[Block]:
        words = self.words
        yield Facts(tuple(self.facts(today)))
        yield Heading(words.what)
        yield from self.what()
        yield Heading(words.picture)
        yield self.drawing()
        yield Heading(words.why)
        yield Bullets(tuple(self.reason(one) for one in self.manifest.requirements))
        yield Heading(words.risk)
        yield Bullets(tuple(self.risks()))
        yield from self.losses()
        yield Heading(words.after)
        command = f"sightline audit {self.matter.profile} --ruleset …"
        load = f"sightline rules {self.matter.profile} --target …"
        yield Bullets((words.after_load.format(command=load), words.after_audit.format(command=command)))
        yield Heading(words.rollback)
        yield Bullets((words.rollback_remove.format(prefix=self.manifest.service), words.rollback_losses))
        yield from self.sources()

    def one_page(self) -> Iterator[Block]:
        yield from self.what()
        yield self.drawing()
        yield from self.losses_in_brief()
        yield from self.sources()

    def table(self) -> Iterator[Block]:
        cells = [row.cells for row in rows(self.manifest)]
        yield self.drawing()
        yield Table(COLUMNS, tuple(tuple(row[column] for column in COLUMNS) for row in cells), _WIDTHS_OF_ALL)
        yield from self.losses()

    def facts(self, today: datetime.date) -> Iterator[tuple[str, str]]:
        words, manifest = self.words, self.manifest
        yield words.service, manifest.title
        yield words.version, manifest.version or words.version_not_said
        if manifest.effective:
            yield words.effective, manifest.effective.isoformat()
        if self.matter.site.name:
            yield words.site, self.matter.site.name
        yield words.asked_on, today.isoformat()
        yield words.requirements, str(len(manifest.requirements))

    def what(self) -> Iterator[Block]:
        words = self.words
        if not self.permits:
            yield Paragraph(words.what_nothing)
            return
        networks = ", ".join(map(str, self.matter.site.clients))
        clients = words.clients_in.format(networks=networks) if networks else words.every_client
        text = words.what_outbound.format(clients=clients, count=self.remotes("outbound"))
        if inbound := self.remotes("inbound"):
            text += " " + words.what_inbound.format(count=inbound)
        yield Paragraph(text)
        columns = (words.requirement, words.towards, words.transport, words.ports, words.direction, words.need)
        yield Table(columns, tuple(self.grouped()), (5, 9, 3, 5, 3, 4))

    def remotes(self, direction: str) -> int:
        return len({permit.remote for permit in self.permits if permit.direction == direction})

    def grouped(self) -> Iterator[tuple[str, ...]]:
        """A row for each set of ports, with every destination it is needed to."""
        words = self.words
        remotes: dict[tuple[str, ...], list[str]] = {}
        for permit in self.permits:
            opened = words.outbound if permit.direction == "outbound" else words.inbound
            need = words.necessities[permit.requirement.necessity]
            row = (permit.requirement.id, permit.transport.upper(), str(permit.ports), opened, need)
            remotes.setdefault(row, []).append(self.remote(permit))
        for (one, *others), texts in remotes.items():
            yield one, ", ".join(texts), *others

    def remote(self, permit: Permit) -> str:
        match permit.remote:
            case Name(text):
                return text
            case Wildcard(base, match):
                meaning = {"one_label": self.words.one_label, "subtree": self.words.subtree}
                return f"*.{base} ({meaning.get(match, self.words.subtree_and_apex)})"
            case Anywhere():
                return self.words.anywhere
            case network:
                is_host = network.num_addresses == 1
                return str(network.network_address) if is_host else str(network)

    def drawing(self) -> Block:
        return draw(self.manifest, self.matter.lowered, self.matter.site.name, self.words)

    def reason(self, one: Requirement) -> str:
        words = self.words
        parts = [f"{one.id} ({words.necessities[one.necessity]}): {_sentence(one.purpose)}"]
        if noticed := [self.symptom(symptom) for symptom in one.symptoms] or ([one.lost] if one.lost else []):
            parts.append(_sentence(words.without_it.format(symptom=" ".join(noticed))))
        if one.any_of and one.preference:
            parts.append(words.group.format(group=one.any_of, preference=one.preference))
        return " ".join(parts)

    def symptom(self, symptom: Symptom) -> str:
        own = {translation.language: translation.text for translation in symptom.translations}
        return own.get(self.words.language, symptom.text)

    def risks(self) -> Iterator[str]:
        words, permits = self.words, self.permits
        inbound = _ids(permit for permit in permits if permit.direction == "inbound")
        yield words.risk_inbound.format(requirements=inbound) if inbound else words.risk_inbound_none
        if anywhere := _ids(permit for permit in permits if isinstance(permit.remote, Anywhere)):
            yield words.risk_anywhere.format(requirements=anywhere)
        wild = (f"*.{permit.remote.base}" for permit in permits if isinstance(permit.remote, Wildcard))
        if names := ", ".join(dict.fromkeys(wild)):
            yield words.risk_wildcards.format(names=names)
        widest = max(permits, key=lambda permit: permit.ports.size, default=None)
        if widest and widest.ports.size > 1:
            yield words.risk_ports.format(count=widest.ports.size, requirement=widest.requirement.id)
        parties = {party.id: party for party in self.manifest.parties}
        owners = dict.fromkeys(permit.requirement.owner for permit in permits)
        third = [parties[one].name for one in owners if one in parties and parties[one].kind == "third_party"]
        if third:
            yield words.risk_third_parties.format(parties=", ".join(third))
        if moving := ", ".join(dict.fromkeys(self.moving())):
            yield words.risk_moving.format(names=moving)
        plain = _ids(p for p in permits if p.transport == "tcp" and p.ports & _PLAIN)
        if plain:
            yield words.risk_plain.format(requirements=plain)

    def moving(self) -> Iterator[str]:
        for one in self.manifest.requirements:
            for end in one.endpoints:
                if end.stability in ("rotating", "cdn") and end.kind == "name":
                    yield end.text

    def losses(self) -> Iterator[Block]:
        words = self.words
        if not self.matter.lowered.losses:
            return
        yield Heading(words.open_questions)
        yield Paragraph(words.open_questions_about)
        columns = (words.requirement, words.open_part, words.open_why, words.open_do)
        yield Table(columns, tuple(map(self.loss, self.matter.lowered.losses)), (4, 6, 7, 7))

    def losses_in_brief(self) -> Iterator[Block]:
        """An item for each kind of loss: what is the same for six requirements is said once."""
        about: dict[tuple[str, str], dict[str, None]] = {}
        for loss in self.matter.lowered.losses:
            requirement, _, why, instead = self.loss(loss)
            about.setdefault((why, instead), {})[requirement] = None
        if about:
            yield Heading(self.words.open_questions)
            yield Bullets(tuple(f"{', '.join(ids)}: {why} {instead}" for (why, instead), ids in about.items()))

    def loss(self, loss: Loss) -> tuple[str, ...]:
        why, instead = self.words.losses.get(loss.code, (loss.why, loss.instead))
        return loss.requirement, loss.what, why, instead

    def sources(self) -> Iterator[Block]:
        words = self.words
        yield Heading(words.sources)
        items = []
        for one in self.manifest.documents:
            date = f", {one.modified.isoformat()}" if one.modified else ""
            items.append(words.source.format(title=one.title, publisher=one.publisher, date=date))
        items.append(words.source_quotes.format(command=f"sightline profile show {self.matter.profile} --format csv"))
        yield Bullets(tuple(items))


def _ids(permits: Iterator[Permit]) -> str:
    return ", ".join(dict.fromkeys(permit.requirement.id for permit in permits))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


_PLAIN = PortSet(((80, 80),))  # HTTP; what else may be plain the manifest does not say
_WIDTHS_OF_ALL = (5, 3, 3, 2, 2, 6, 2, 3, 3, 3, 2, 3, 3, 6, 9)  # in the order of COLUMNS
