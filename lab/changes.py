"""What a call does when its network changes under it: how long the picture stands still, and where it goes on."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from lab.call import Call, connect
from lab.laboratory import Laboratory
from lab.topologies import HANDOVER, OPEN_OFFICE
from lab.topology import Rung, Topology
from tests.e2e.people import FRAMES

# The picture counts as moving when so many new frames were seen within the last two seconds; the fake camera makes 20
# to 30 a second, and half of them may be lost on a slow machine.
MOVING = 10
LOOKS_EVERY_MS = 250
# What was in flight has arrived or is lost; before that a picture that moves says nothing.
SETTLES_WITHIN_S = 3.0

# Notes when new frames were seen, and the longest time without one. A link made anew starts to count from zero.
WATCH = f"""() => {{
  const watch = {{ longest: 0, seen: [Date.now()], before: ({FRAMES})() }};
  window.pictureWatch = watch;
  setInterval(() => {{
    const now = Date.now(), frames = ({FRAMES})();
    watch.longest = Math.max(watch.longest, now - watch.seen.at(-1));
    if (frames !== watch.before) {{ watch.seen.push(now); watch.before = frames; }}
  }}, 20);
}}"""
IS_MOVING = f"() => pictureWatch.seen.filter((at) => at > Date.now() - 2000).length >= {MOVING}"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happens to the worker's network in mid-call."""

    name: str
    title: str
    topology: Topology
    happens: Callable[[Call], None]
    first: Callable[[Call], None] | None = None
    """What happens before the call, and is taken back by `happens`."""
    after_s: float = 0.0
    """How long the call has gone on by then."""
    wanted: Rung = Rung.DIRECT_UDP
    """Where the call should go on."""
    freeze_s: float = 2.0
    """How long the picture may stand still."""
    within_s: float = 60.0
    """How long it may take to the wanted rung."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """How it went."""

    before: Rung | None
    after: Rung | None = None
    """None: the picture did not come back."""
    took_s: float = 0.0
    """From the change until it was on the wanted rung with a moving picture, or was given up."""
    freeze_s: float = 0.0
    """The longest time without a new picture on either side."""
    remark: str = ""


def _cut(call: Call) -> None:
    """The uplink that carries the call: to a browser on a computer both are as good."""
    worker = call.built.worker
    before = [call.built.received_bytes(uplink, worker) for uplink in worker.uplinks]
    call.expert.page.wait_for_timeout(LOOKS_EVERY_MS)
    came = [call.built.received_bytes(uplink, worker) - was for uplink, was in zip(worker.uplinks, before, strict=True)]
    call.built.cut(worker.uplinks[came.index(max(came))], worker)


def _forbid(call: Call) -> None:
    call.built.forbid(call.built.worker.first, "meta l4proto udp drop")


def _allow(call: Call) -> None:
    call.built.allow_again(call.built.worker.first)


CHANGES = (
    Change("handover", "the network in use goes down, another is there", HANDOVER, _cut),
    Change("udp-forbidden", "UDP is forbidden", OPEN_OFFICE, _forbid, wanted=Rung.RELAYED_TCP, freeze_s=5.0),
    Change("udp-allowed", "UDP is allowed again, soon", OPEN_OFFICE, _allow, _forbid, freeze_s=0.5),
    # By then a browser has given up all pairs but the one that it uses.
    Change("udp-allowed-late", "UDP is allowed again, after a while", OPEN_OFFICE, _allow, _forbid, 70.0, freeze_s=0.5),
)


def recovery(laboratory: Laboratory, change: Change) -> Recovery:
    with laboratory.call(change.topology) as call:
        if change.first:
            change.first(call)
        outcome = connect(call)
        if outcome.rung is None:
            return Recovery(None, remark=outcome.reason)
        call.expert.page.wait_for_timeout(change.after_s * 1000)
        links = [someone.links() for someone in call.both]
        for someone in call.both:
            someone.page.evaluate(WATCH)
        change.happens(call)
        happened_at = monotonic()
        while monotonic() < happened_at + change.within_s:
            call.expert.page.wait_for_timeout(LOOKS_EVERY_MS)
            if monotonic() > happened_at + SETTLES_WITHIN_S and _is_moving(call) and call.rung() == change.wanted:
                break
        took_s = monotonic() - happened_at
        after = call.rung() if _is_moving(call) else None
        longest = max(int(someone.page.evaluate("() => pictureWatch.longest")) for someone in call.both)
        anew = "" if links == [someone.links() for someone in call.both] else "a new connection was made"
        return Recovery(outcome.rung, after, took_s, longest / 1000, anew)


def _is_moving(call: Call) -> bool:
    return all(someone.page.evaluate(IS_MOVING) for someone in call.both)
