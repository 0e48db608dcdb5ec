"""What a language has to provide. `{…}` is filled in; a test holds every language to the same places."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One language. Sentences are whole, never glued together, as other languages order them differently."""

    language: str

    # Titles
    change_request: str
    one_page: str
    full_table: str

    # Facts
    service: str
    version: str
    version_not_said: str
    site: str
    asked_on: str
    effective: str
    requirements: str

    # What
    what: str
    what_outbound: str
    what_inbound: str
    what_nothing: str
    every_client: str
    clients_in: str
    picture: str

    # The table of rules
    requirement: str
    towards: str
    transport: str
    ports: str
    need: str
    direction: str
    outbound: str
    inbound: str
    anywhere: str
    one_label: str
    subtree: str
    subtree_and_apex: str

    # Why
    why: str
    without_it: str
    group: str

    # Risk
    risk: str
    risk_inbound_none: str
    risk_inbound: str
    risk_wildcards: str
    risk_ports: str
    risk_third_parties: str
    risk_moving: str
    risk_anywhere: str
    risk_plain: str

    # What is left out
    open_questions: str
    open_questions_about: str
    open_part: str
    open_why: str
    open_do: str

    # How
    after: str
    after_load: str
    after_audit: str
    rollback: str
    rollback_remove: str
    rollback_losses: str

    # Where it comes from
    sources: str
    source: str
    source_quotes: str

    # The drawing
    clients: str
    firewall: str
    needed: str
    not_always_needed: str
    not_a_rule: str
    no_rule: str

    # Of the manifest
    necessities: dict[str, str]
    losses: dict[str, tuple[str, str]]
    """Why and what to do instead, by the code of a loss; what is not here stays in English."""
