"""One call through a topology, between two browsers, verified by decoded frames and by what can be heard."""

from dataclasses import dataclass
from time import monotonic
from typing import Any

from playwright.sync_api import Error as PageError

from lab.network import Built
from lab.server import PublicServer
from lab.topology import Rung
from tests.e2e.people import FRAMES, Expert, Guest, Someone

# Guess: longer than the slowest rung needs, a TURN allocation over TLS after all others have been given up.
CONNECTS_WITHIN_MS = 30_000
# Guess: several rounds of checks of all pairs of candidates.
SETTLES_WITHIN_S = 5.0
LOOKS_EVERY_MS = 250

# When the page shows the first decoded frame of the other side, in the machine's time, which all browsers here share.
FIRST_FRAME = f"""() => {{
  window.firstFrameAt = new Promise((resolve) => {{
    const timer = setInterval(() => {{
      if (({FRAMES})() > 0) {{ clearInterval(timer); resolve(Date.now()); }}
    }}, 10);
  }});
}}"""
ADMITTED = """() => {
  window.admittedAt = null;
  addEventListener('click', () => { window.admittedAt ??= Date.now(); }, { capture: true });
}"""

# What every selected pair and every candidate of this page's newest link are.
LINK = """async () => {
  const link = window.spiedLinks.at(-1);
  if (!link) return { state: 'no link', pair: null, gathered: [] };
  const reports = [...(await link.getStats()).values()];
  const by = Object.fromEntries(reports.map((report) => [report.id, report]));
  const pair = by[reports.find((report) => report.type === 'transport')?.selectedCandidatePairId];
  const gathered = reports.filter((report) => report.type === 'local-candidate')
    .map((it) => it.candidateType + (it.relayProtocol ? ' over ' + it.relayProtocol : ''));
  const ends = pair && [by[pair.localCandidateId], by[pair.remoteCandidateId]];
  return {
    state: link.iceConnectionState, gathered: [...new Set(gathered)].sort(),
    pair: ends && ends.map((it) => ({ type: it.candidateType, protocol: it.protocol, relay: it.relayProtocol })),
  };
}"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went."""

    rung: Rung | None
    """None: not connected."""
    first_frame_s: float | None = None
    """From the expert's tap on "Let in" to the first decoded frame on both sides."""
    reason: str = ""
    """Why there was no connection, as far as the browsers can tell."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that goes on."""

    built: Built
    server: PublicServer
    expert: Expert
    worker: Guest

    @property
    def both(self) -> tuple[Someone, Someone]:
        return self.expert, self.worker

    def rung(self) -> Rung | None:
        """The worse of what the two sides see, as media has to pass both."""
        seen = [_rung(someone.page.evaluate(LINK)["pair"]) for someone in self.both]
        order = list(Rung)
        return max((one for one in seen if one), key=order.index, default=None) if all(seen) else None


def connect(call: Call) -> Outcome:
    """The worker joins and is let in; both see and hear each other, or not."""
    expert, worker = call.expert, call.worker
    worker.joins(expert.invites())
    expert.is_asked_by("Anna")
    for someone in call.both:
        someone.page.evaluate(FIRST_FRAME)
    expert.page.evaluate(ADMITTED)
    expert.lets_in()
    try:
        for someone in call.both:
            someone.page.wait_for_function(f"() => ({FRAMES})() > 0", timeout=CONNECTS_WITHIN_MS)
    except PageError:
        return Outcome(None, reason=_reason(call))
    first_frames = [someone.page.evaluate("() => window.firstFrameAt") for someone in call.both]
    admitted_at = expert.page.evaluate("() => window.admittedAt")
    for someone in call.both:
        someone.sees_and_hears()
    return Outcome(_settled_rung(call), (max(first_frames) - admitted_at) / 1000)


def _settled_rung(call: Call) -> Rung | None:
    """The first pair that works is used at once, and a better one as soon as it is found."""
    order, until = list(Rung), monotonic() + SETTLES_WITHIN_S
    while (rung := call.rung()) and call.built.topology.best and monotonic() < until:
        if order.index(rung) <= order.index(call.built.topology.best):
            break
        call.expert.page.wait_for_timeout(LOOKS_EVERY_MS)
    return rung


def _rung(pair: list[dict[str, Any]] | None) -> Rung | None:
    """By the selected pair of one side."""
    if pair is None:
        return None
    local, remote = pair
    if local["type"] == "relay":
        return {"tcp": Rung.RELAYED_TCP, "tls": Rung.RELAYED_TLS}.get(local["relay"], Rung.RELAYED_UDP)
    return Rung.RELAYED_UDP if remote["type"] == "relay" else Rung.DIRECT_UDP


def _reason(call: Call) -> str:
    """What each side had to offer, and how far it came."""
    said = []
    for name, someone in (("expert", call.expert), ("worker", call.worker)):
        link = someone.page.evaluate(LINK)
        gathered = ", ".join(link["gathered"]) or "nothing"
        said.append(f"{name}: {link['state']}, gathered {gathered}")
    return "; ".join(said)
