"""Which world a figure is of, in words: for its title, its key and what stands below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.figure import Figure

import sim
from experiments.findings.matched import draws_of
from experiments.plots.picture import Picture, caption
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import check_names
from experiments.results.results import Results

# Words of the key that are not scenarios.
RESERVED = ("published", "published, at least")
REGION = {"US": "United States", "CN": "China", "EU": "Europe and rest of the world"}
# So many scenarios, changed parameters and publishers are named one by one.
_MOST_WORLDS, _MOST_CHANGED, _MOST_SOURCES = 3, 2, 4
_PUBLISHER = re.compile(r"[,:;(]")
BANDS = "Lines: mean of runs; bands: 10–90% of runs."


def worlds(runs: Results, scenarios: str | Iterable[str] | None) -> tuple[str, ...]:
    """The scenarios to show, each once; all if None.

    Raises:
        ExperimentError: The results do not hold one of them.
    """
    return runs.scenarios if scenarios is None else check_names("scenarios", scenarios, runs.scenarios)


def region(code: str) -> str:
    """A region by its name in full."""
    return REGION.get(code, code)


def label(scenario: str) -> str:
    """A scenario's name as words."""
    return scenario.replace("_", " ")


def labels(scenarios: Sequence[str]) -> dict[str, str]:
    """A label of its own for each scenario: its name as words, or as it is where words would be taken twice."""
    words = [label(name) for name in scenarios]
    found = {name: label(name) if words.count(label(name)) == 1 else name for name in scenarios}
    return {name: f"“{name}”" if text in RESERVED else text for name, text in found.items()}


def capital(text: str) -> str:
    """A text with its first letter large."""
    return text[:1].upper() + text[1:]


def world(runs: Results, *scenarios: str) -> str:
    """Some scenarios of a study, with what else sets it apart from the defaults: parameters, mechanisms left out."""
    words = list(labels(scenarios).values())
    if len(words) > _MOST_WORLDS:
        words = [*words[: _MOST_WORLDS - 1], f"{len(words) - _MOST_WORLDS + 1} more scenarios"]
    return capital(_listed(words) + changed(runs))


def changed(runs: Results) -> str:
    """What sets a study apart from the defaults on all sides, after a comma; empty if nothing does."""
    told = runs.provenance
    params = [f"{name} {_short(value)}" for name, value in dict(told.get("params") or {}).items()]
    if len(params) > _MOST_CHANGED:  # which they are says the number of the question
        params = [f"{len(params)} parameters changed (study {str(told.get('question', ''))[:8]})"]
    params += [f"without {label(name)}" for name in told.get("without") or ()]
    return f" with {_listed(params)}" if params else ""


def about(figure: Figure, runs: Results, *scenarios: str, marks: str = BANDS, hollow: bool = True) -> None:
    """Say below a figure which runs it is of, what marks mean, who published numbers on it, and what made it.

    Args:
        figure: The figure; call this after drawing.
        runs: Where the runs are from.
        scenarios: Which of their scenarios.
        marks: What lines, bands and bars are.
        hollow: Whether what is published is shown by hollow marks.
    """
    told = runs.provenance
    number = len(runs.select(scenario=scenarios).seeds) if len(runs.runs) else 0
    parts = [_listed(list(labels(scenarios).values())), f"{number} seed{'s' * (number != 1)}"]
    if len(runs.points) > 1:
        parts.append(f"{len(runs.points)} points of the parameters")
    drawn = draws_of(runs)
    if drawn is not None:
        parts.append("parameters drawn")
    if "developers" in told:
        parts.append(f"{told['developers']:,} developers")
    shade = f"Shaded: projection after {sim.calendar.LAST_HISTORICAL_DATE}." if _shaded(figure) else ""
    caption(figure, f"{capital(', '.join(parts))}.", marks, shade, _published(figure, hollow), made_by(told))


def made_by(told: dict[str, Any]) -> str:
    """What made the numbers."""
    version = dict(told.get("versions") or {}).get("weightshift", "")
    code = f", code {str(told['code'])[:8]}" if "code" in told else ""
    return f"Source: weightshift {version}{code}, simulation.".replace(" ,", ",").replace("  ", " ")


def findings(figure: Figure, *sentences: str) -> None:
    """Say below a figure of a finding what marks mean, and what made it."""
    from experiments.engine.provenance import versions

    caption(figure, *sentences, made_by({"versions": versions()}))


def has_record(scenarios: Iterable[str]) -> bool:
    """Whether one of them is the world of which numbers are published."""
    return BASELINE in scenarios


def _shaded(figure: Figure) -> bool:
    return any(patch.get_gid() == "projection" for axes in figure.axes for patch in axes.patches)


def _published(figure: Figure, hollow: bool) -> str:
    if not isinstance(figure, Picture):
        return ""
    sources = [str(name) for _, frame in figure.rows if "source" in frame for name in frame["source"].unique()]
    names = ["list prices" if "list price" in source else _PUBLISHER.split(source)[0].strip() for source in sources]
    known = [name for name in dict.fromkeys(names) if name not in ("definition", "weightshift judgement", "")]
    if not known:
        return ""
    more = [f"{len(known) - _MOST_SOURCES + 1} more"] if len(known) > _MOST_SOURCES else []
    shown = known[: _MOST_SOURCES - 1] if more else known
    return f"{'Hollow marks: p' if hollow else 'P'}ublished numbers ({'; '.join([*shown, *more])})."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)
