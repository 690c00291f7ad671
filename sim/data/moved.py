"""A record with the releases of some labs at other dates: the same models, earlier or later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sim.data.calendar import month_of
from sim.data.history import History, Release

Shifts = Sequence[tuple[int, int]]  # from which month on, and by how many months


def moved_month(month: int, shifts: Shifts, entry: int) -> int:
    """When what was due in a month is due: min{t ≥ entry: m + s_t ≤ t}, s_t the last shift that was said by then.

    So nothing of before a shift moves, nothing is earlier than the shift was said or the lab was there, and the order
    of a lab's models stays.

    Args:
        month: m, in the record.
        shifts: In the order of dates.
        entry: First month of the lab.
    """
    when = entry if month >= entry else month
    while month + next((shift for said, shift in reversed(shifts) if said <= when), 0) > when:
        when += 1
    return when


def moved(history: History, shifts: Mapping[str, Shifts], end: int) -> History:
    """The record to its end with what labs released, and what goes with it, at other dates.

    With a lab's models move the compute that trained them, openings of older ones, its discovery of reasoning and its
    news; budgets, staff and export controls do not.

    Args:
        history: The record.
        shifts: Lab → its shifts.
        end: Last month of the record; of what was later nothing is known.
    """
    last = end
    entries = {name: max(0, month_of(of_lab["entry"])) for name, of_lab in history.attributes.items()}

    def due(name: str, month: int) -> int:
        nonlocal last
        when = moved_month(month, shifts[name], entries[name]) if name in shifts else month
        last = max(last, when)
        return when

    names = history.names
    releases: dict[int, list[Release]] = {}
    openings: dict[int, list[tuple[int, int, int]]] = {}
    pulses: dict[int, list[tuple[str, float]]] = {}
    for month in sorted(month for month in history.releases if month <= end):
        for model in history.releases[month]:
            when = due(names[model.lab], month)
            releases.setdefault(when, []).append(model._replace(moved=when - month))
    for month in sorted(month for month in history.openings if month <= end):
        for lab, tier, of in history.openings[month]:
            openings.setdefault(due(names[lab], month), []).append((lab, tier, due(names[lab], of)))
    for month in sorted(month for month in history.pulse_events if month <= end):
        for name, hazard in history.pulse_events[month]:
            pulses.setdefault(due(name, month), []).append((name, hazard))
    compute = {}
    for name, anchors in history.compute.items():
        first, flop = anchors[0]  # which counts for what was before as well
        at = {min(first, 0): flop, **{due(name, month): flop for month, flop in anchors if month <= end}}
        compute[name] = sorted(at.items())
    discoveries = {name: due(name, month) for name, month in history.discoveries.items() if month <= end}
    return replace(
        history,
        releases=releases,
        openings=openings,
        pulse_events=pulses,
        compute=compute,
        discoveries=discoveries,
        moved_to=last,
        _cache={},
    )
