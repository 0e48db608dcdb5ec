"""A plan's probes, each once, as many at a time as is no scan. Start at `run`."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from sightline.probes.observe import Observer
from sightline.readiness.check.observation import Observation
from sightline.readiness.check.probe import Probe

AT_ONCE: Final = 16
"""Guess: a browser opens as many connections for one page, so no firewall minds."""


async def run(
    probes: Iterable[Probe], observer: Observer, on_observation: Callable[[Observation], None]
) -> dict[Probe, Observation]:
    """Every probe's observation. What must work before a probe is tried first; if it does not, the probe is not."""
    running: dict[Probe, asyncio.Task[Observation]] = {}
    room = asyncio.Semaphore(AT_ONCE)

    async def one(probe: Probe) -> Observation:
        if (before := probe.before) is not None and (await running[before]).outcome != "answered":
            observation = Observation(probe, "not_tried")
        else:
            async with room:
                observation = await observer.observe(probe)
        on_observation(observation)
        return observation

    for probe in probes:
        running[probe] = asyncio.create_task(one(probe))
    try:
        return {probe: await task for probe, task in running.items()}
    finally:
        for task in running.values():
            task.cancel()
