"""The page on the roster in the browser."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.roster.suite import Seen

ALL = "every row at once"
NEAR = "rows near the viewport first"
SMOOTH_MS = 1000 / 30


@dataclass(frozen=True)
class Facts:
    """What was measured, and where."""

    machine: str
    loads: Sequence[float]
    people: int
    days: int
    rounds: int
    step: int


def written(facts: Facts, seen: Mapping[str, Sequence[Seen]]) -> str:
    """The report, as Markdown."""
    rows = []
    for way in (ALL, NEAR):
        frames = [frame for one in seen[way] for frame in one.frames]
        late = sum(frame > SMOOTH_MS for frame in frames) / len(frames)
        turned = statistics.median(one.turned for one in seen[way])
        cpu = 1000 * sum(one.cpu_seconds for one in seen[way]) / len(frames)
        rows.append(
            f"| {way} | {_quantile(frames, 50):.1f} | {_quantile(frames, 95):.1f} "
            f"| {max(frames):.0f} | {late:.1%} | {cpu:.1f} | {turned:.0f} |"
        )
    cpu = _ratio(seen, lambda one: one.cpu_seconds / len(one.frames))
    middle = _ratio(seen, lambda one: _quantile(one.frames, 50))
    tail = _ratio(seen, lambda one: _quantile(one.frames, 95))
    turned = _ratio(seen, lambda one: one.turned)
    return f"""\
# The roster in the browser

A month of {facts.people} people and {facts.days} days, with a shift on two days of three, scrolled from the first person to the last and back. *Every row at once* is how it was drawn before; now *rows near the viewport* come *first*, and the others are drawn one by one when there is time, or when they come near.

| drawn | frame p50, ms | p95 | longest | longer than 1/30 s | processor time a frame, ms | another month, ms |
|---|--:|--:|--:|--:|--:|--:|
{chr(10).join(rows)}

In ratios, round by round: frames take {middle} as long in the middle and {tail} at the p95, and {cpu} the processor time; another month is there in {turned} of the time.

## How it was measured

- **Machine**: {facts.machine}. Its load in the last minute was {min(facts.loads):.1f} to {max(facts.loads):.1f} as the rounds began, this benchmark's own included.
- **Browser**: Chromium without a window, 1440 by 900, painting by the processor.
- **Scrolling**: {facts.step} pixels a frame, the time from one animation frame to the next; {facts.rounds} rounds of both in turns, the other first in every second, each in a browser context of its own that was scrolled once before.
- **Processor time**: of all of Chromium's processes, which does not depend on what else the machine did.
- **Another month**: from a press on *Earlier* to the frame after its shifts are drawn, with the data known already; the median.
- **Every row at once**: the same page, told that every row is near.
"""


def _ratio(seen: Mapping[str, Sequence[Seen]], figure: Callable[[Seen], float]) -> str:
    ratios = [figure(near) / figure(all_) for all_, near in zip(seen[ALL], seen[NEAR], strict=True)]
    return f"{statistics.median(ratios):.2f}× ({min(ratios):.2f}–{max(ratios):.2f})"


def _quantile(figures: Sequence[float], percent: int) -> float:
    ordered = sorted(figures)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]
