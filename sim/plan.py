"""The month as a table that one can read: phases, verbs, and what each verb does and depends on."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from sim.mechanisms import Mechanism

WIDTH = 100
# Order, verb, seconds; then what is said of it, its first word in a column of its own.
_LEFT, _WORD = 25, 12


def table(
    schedule: Sequence[Mechanism],
    phases: Mapping[str, Mechanism],
    seconds: Mapping[str, float],
    without: Sequence[str] = (),
) -> str:
    """The month: a heading a phase, a few lines a verb, none longer than ``WIDTH``.

    Args:
        schedule: Verbs in order.
        phases: Each phase and the verb with which it begins.
        seconds: Time spent so far, by verb.
        without: Verbs that are switched off.
    """
    first = {verb.name: phase for phase, verb in phases.items()}
    lines = [
        f"{'':>2}  {'verb':<13}{'seconds':>7} what it does and depends on, columns by table, parameters by section"
    ]
    for order, verb in enumerate(schedule, start=1):
        if verb.name in first:
            lines += ["", first[verb.name].upper()]
        spent = "off" if verb.name in without else f"{seconds.get(verb.name, 0.0):.3f}"
        left = f"{order:>2}  {verb.name:<13} {spent:>6}"
        lines += _wrapped(f"{left:<{_LEFT}}", verb.summary, _LEFT)
        for word, names in (
            ("reads", verb.reads),
            ("carries", verb.carries),
            ("writes", verb.writes),
            ("parameters", verb.parameters),
        ):
            if names:
                lines += _wrapped(f"{'':<{_LEFT}}{word:<{_WORD}}", grouped(names), _LEFT + _WORD)
    return "\n".join(lines)


def grouped(names: Iterable[str]) -> str:
    """Dotted names by what stands before the dot: ``labs: active, budget; lines: price``."""
    groups: dict[str, list[str]] = {}
    for name in names:
        head, _, rest = name.partition(".")
        groups.setdefault(head, []).append(rest)
    return "; ".join(f"{head}: {', '.join(rest)}" for head, rest in groups.items())


def _wrapped(start: str, text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=" " * indent, break_on_hyphens=False)
