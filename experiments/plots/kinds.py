"""Every kind of figure: what it shows, the call that makes it, and what of a study it can be drawn from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from experiments.findings.sensitivity import LEAST_POINTS, RESAMPLES, Sensitivity, sensitivity
from experiments.plots import effect, flows, frontier, residuals, series, shares, space, startups, targets, timeline
from experiments.plots.picture import PICTURES, SIZES, WIDE, nothing, save, styled
from experiments.questions.scenarios import BASELINE
from experiments.questions.settings import ExperimentError, check_choice, check_flag, check_names, check_path, one_line
from experiments.results.files import NotWritten
from experiments.results.results import NotKept, Results, check_results
from experiments.results.store import StoreError
from sim.record import HEADLINES

_LOG = logging.getLogger(__name__)
Draw = Callable[..., Figure]
Drawings = Iterator[tuple[str, Draw]]


class Kind(NamedTuple):
    """A kind of figure.

    Attributes:
        what: What it shows, in one line.
        call: The Python that makes it, ``runs`` being results.
        drawings: Names and drawings of it of a study; None if it is of no study but of a finding with runs of its own.
    """

    what: str
    call: str
    drawings: Callable[[Results], Drawings] | None = None


class NotThere(ExperimentError):
    """A kind that a study has nothing for."""


def _main(runs: Results) -> str:
    return BASELINE if BASELINE in runs.scenarios else runs.scenarios[0]


def _of_main(name: str, draw: Draw) -> Callable[[Results], Drawings]:
    """Of the baseline, or of the first scenario where there is none."""

    def drawings(runs: Results) -> Drawings:
        yield _named(name, _main(runs)), partial(draw, runs, _main(runs))

    return drawings


def _of_each(name: str, draw: Draw) -> Callable[[Results], Drawings]:
    """Of every scenario."""

    def drawings(runs: Results) -> Drawings:
        for scenario in runs.scenarios:
            yield _named(name, scenario), partial(draw, runs, scenario)

    return drawings


def _of_all(name: str, draw: Draw) -> Callable[[Results], Drawings]:
    """Of all scenarios in one figure."""

    def drawings(runs: Results) -> Drawings:
        yield name, partial(draw, runs)

    return drawings


def _named(name: str, scenario: str) -> str:
    return name if scenario == BASELINE else f"{name}_{scenario}"


def _effects(runs: Results) -> Drawings:
    paired = runs.complete()  # a run that is missing leaves its partners without a pair
    others = [name for name in paired.scenarios if name != BASELINE]
    if BASELINE not in paired.scenarios or not others:
        raise NotThere("an effect needs the baseline and another scenario with the same seeds")
    for name in others:
        yield f"effect_of_{name}", partial(effect.effect_of_scenario, paired, name)


def _bands(runs: Results) -> Drawings:
    measure = next((name for name in HEADLINES if name in runs.measures), None)
    if measure is None:
        raise NotThere(f"bands are drawn of the first of {', '.join(HEADLINES)} that is kept, and none is")
    yield "bands", partial(series.bands, runs, measure)


def _design(runs: Results) -> tuple[str, str | None, str | None]:
    """Which result of a design is shown: of the last month, as an effect if there are two scenarios."""
    if not len(runs.points.columns):
        raise NotThere("it needs a design that varies parameters, like design=latin_hypercube")
    if len(runs.points) < LEAST_POINTS:
        raise NotThere(f"it needs at least {LEAST_POINTS} points, and there are {len(runs.points)}")
    measure = next((name for name in HEADLINES if name in runs.measures), next(iter(runs.measures), None))
    if measure is None:
        raise NotThere("it needs a measure of the market")
    others = [name for name in runs.scenarios if name != BASELINE]
    return (measure, others[0], BASELINE) if others and BASELINE in runs.scenarios else (measure, None, None)


def _order(runs: Results) -> list[str]:
    """Parameters of a design, that on which the result depends most first."""
    return list(map(str, _depends(runs, resamples=_FEW).frame.index))


def _depends(runs: Results, resamples: int) -> Sensitivity:
    measure, scenario, against = _design(runs)
    return sensitivity(runs, measure, scenario=scenario, against=against, resamples=resamples)


def _tornado(runs: Results) -> Drawings:
    _design(runs)
    yield "tornado", lambda **more: space.tornado(_depends(runs, resamples=RESAMPLES), **more)


def _against(runs: Results) -> Drawings:
    measure, scenario, against = _design(runs)
    yield (
        "effect_against",
        lambda **more: space.effect_against(runs, measure, _order(runs)[0], scenario=scenario, against=against, **more),
    )


def _heat(runs: Results) -> Drawings:
    measure, scenario, against = _design(runs)
    if len(runs.points.columns) < 2:
        raise NotThere("it needs a design that varies two parameters or more")

    def draw(**more: object) -> Figure:
        first, second = _order(runs)[:2]
        return space.heat_map(runs, measure, first, second, scenario=scenario, against=against, **more)

    yield "heat_map", draw


# Bootstrap samples where only the order of parameters is asked.
_FEW = 100
KINDS: dict[str, Kind] = {
    "shares_by_lab": Kind(
        "Who has the market: enterprise workloads and spend by lab, beside published shares.",
        'ex.plots.shares_by_lab(runs, "baseline")', _of_each("shares_by_lab", shares.shares_by_lab),
    ),
    "shares_by_region_and_openness": Kind(
        "Whose models are used: tokens and spend by region of the lab and by whether its models are open.",
        "ex.plots.shares_by_region_and_openness(runs)",
        _of_main("shares_by_region_and_openness", shares.shares_by_region_and_openness),
    ),
    "shares_by_openness": Kind(
        "The four shares of open weights: of tokens, users, enterprise workloads and spend.",
        "ex.plots.shares_by_openness(runs)", _of_main("shares_by_openness", shares.shares_by_openness),
    ),
    "frontier_and_lag": Kind(
        "The best model and the best open one, and by how many months open weights trail.",
        "ex.plots.frontier_and_lag(runs)", _of_each("frontier_and_lag", frontier.frontier_and_lag),
    ),
    "prices": Kind(
        "The price of a fixed capability, on a log axis: listed, and what technology allows.",
        "ex.plots.prices(runs)", _of_all("prices", frontier.prices),
    ),
    "margins": Kind(
        "What closed lines keep of their price.", "ex.plots.margins(runs)", _of_all("margins", frontier.margins)
    ),
    "bands": Kind(
        "Any measure of the market over time, a line a scenario.", 'ex.plots.bands(runs, "open_share_tokens")', _bands
    ),
    "startups": Kind(
        "Startups in business, entries and exits, and the labs on whose models they build.",
        "ex.plots.startups(runs)", _of_main("startups", startups.startups),
    ),
    "talent_alluvial": Kind(
        "Researchers who change employer, as streams between open labs, closed ones, startups and elsewhere.",
        'ex.plots.talent_alluvial(runs, by="openness")', _of_main("talent_alluvial", flows.talent_alluvial),
    ),
    "talent_between_regions": Kind(
        "Who moves between regions: a matrix, and each region's net gain over time.",
        "ex.plots.talent_between_regions(runs)", _of_main("talent_between_regions", flows.talent_between_regions),
    ),
    "talent_between_open_and_closed": Kind(
        "Who moves between open and closed labs, startups and elsewhere.",
        "ex.plots.talent_between_open_and_closed(runs)",
        _of_main("talent_between_open_and_closed", flows.talent_between_open_and_closed),
    ),
    "release_timeline": Kind(
        "When labs released better models, and whether with their weights.",
        "ex.plots.release_timeline(runs)", _of_main("release_timeline", timeline.release_timeline),
    ),
    "effect_of_scenario": Kind(
        "What a scenario changes: same-seed effects with their bands, pairs as dots.",
        'ex.plots.effect_of_scenario(runs, "no_open_weights")', _effects,
    ),
    "effect_against": Kind(
        "An effect against one parameter of a design: each point, and means of slices.",
        'ex.plots.effect_against(runs, "spend", "finance.elasticity", against="baseline")', _against,
    ),
    "heat_map": Kind(
        "An effect over two parameters of a design.",
        'ex.plots.heat_map(runs, "spend", "adoption.price_sensitivity", "finance.elasticity", against="baseline")',
        _heat,
    ),
    "tornado": Kind(
        "On which parameters a result depends.",
        'ex.plots.tornado(ex.sensitivity(runs, "spend", against="baseline"))', _tornado,
    ),
    "peeling": Kind(
        "In which region of the parameters something happens.",
        'ex.plots.peeling(ex.discover(runs, "spend > 20", scenario="baseline"))',
    ),
    "parts_of_whole": Kind(
        "A waterfall: which mechanisms carry an effect.",
        'ex.plots.parts_of_whole(ex.shapley("no_open_weights", seeds=5))',
    ),
    "payoff_matrix": Kind(
        "What openness pays two labs or blocs for each choice of both.",
        'ex.plots.payoff_matrix(ex.payoffs(["Meta", "DeepSeek"]))',
    ),
    "why": Kind("Why labs opened or closed, by component of what it paid.", "ex.plots.why(ex.why())"),
    "claims_scorecard": Kind(
        "In what share of the space of the parameters each claim of the debate holds.",
        'ex.plots.claims_scorecard(pandas.read_csv("outputs/claims/verdicts.csv").groupby("over").get_group("prior"))',
    ),
    "targets": Kind(
        "The baseline beside published numbers, in the tolerance that each is allowed.",
        "ex.plots.targets(runs)", _of_all("targets", targets.targets),
    ),
    "residuals": Kind(
        "What of measured capability the mechanisms leave unexplained, model by model.",
        "ex.plots.residuals(runs)", _of_all("residuals", residuals.residuals),
    ),
    "posterior": Kind(
        "What the record says of the parameters: posterior beside prior.",
        "ex.plots.posterior(names, shares, defaults)",
    ),
}  # fmt: skip


# What every study draws; the rest where it is asked for, since each takes a second.
USUAL = (
    "shares_by_lab", "shares_by_openness", "frontier_and_lag", "prices", "startups", "talent_between_regions",
    "talent_between_open_and_closed", "effect_of_scenario", "effect_against", "heat_map", "tornado",
)  # fmt: skip


def drawings(runs: Results, kinds: str | Iterable[str] | None = None) -> tuple[list[tuple[str, Draw]], dict[str, str]]:
    """What can be drawn of a study: names and drawings, and the kinds that cannot be, each with the reason.

    Raises:
        ExperimentError: These are no results, or there is no such kind.
    """
    check_results(runs)
    found: list[tuple[str, Draw]] = []
    reasons = {}
    for name in _chosen(kinds):
        kind = KINDS[name]
        if kind.drawings is None:
            reasons[name] = f"it is of no study but of a finding: {kind.call}"
            continue
        try:
            if not len(runs.runs):
                raise NotThere("no run has finished")
            found += list(kind.drawings(runs))
        except NotThere as error:
            reasons[name] = str(error)
    return found, reasons


def _chosen(kinds: str | Iterable[str] | None) -> tuple[str, ...]:
    return tuple(KINDS) if kinds is None else check_names("kinds", kinds, tuple(KINDS))


def draw_all(
    runs: Results,
    folder: str | Path,
    kinds: str | Iterable[str] | None = None,
    *,
    size: str = WIDE,
    grey: bool = False,
    formats: Iterable[str] = PICTURES,
    reasons: dict[str, str] | None = None,
) -> list[Path]:
    """Every figure that the measures kept allow, as PDF, SVG and PNG, with its numbers and its words beside it.

    A figure that cannot be drawn, since something is wrong, says so, and why, in its place. What the study has nothing
    for is left out, and logged.

    Args:
        runs: The runs.
        folder: Where to.
        kinds: Which of :data:`KINDS`; None for all.
        size: ``column``, ``wide`` or ``slide``.
        grey: Without colours.
        formats: Which of ``pdf``, ``svg`` and ``png``.
        reasons: Filled with the kinds that are not drawn, and why.

    Returns:
        The paths.

    Raises:
        ExperimentError: These are no results, there is no such kind or size, or the folder cannot be written.
    """
    check_results(runs)
    folder = check_path("folder", folder)
    check_choice("size", size, tuple(SIZES))
    check_flag("grey", grey)
    kept = check_names("formats", formats, PICTURES)
    paths: list[Path] = []
    missing: dict[str, str] = {}
    for kind in _chosen(kinds):
        found, why_not = drawings(runs, kind)
        missing |= why_not
        for name, draw in found:
            try:
                paths += _drawn(partial(draw, size=size, grey=grey), folder, name, kept)
            except NotKept as error:
                missing[kind] = str(error)
    for name, reason in missing.items():
        _LOG.info("figure %s is not drawn: %s", name, one_line(reason))
    if reasons is not None:
        reasons |= missing
    return paths


def _drawn(draw: Callable[[], Figure], folder: Path, name: str, formats: tuple[str, ...]) -> list[Path]:
    try:
        return save(draw(), folder, name, formats)
    except (NotKept, StoreError, NotWritten, OSError):
        raise
    except Exception as error:  # whatever it is, it must not take the study with it
        _LOG.warning("figure %s cannot be drawn: %s", name, one_line(f"{type(error).__name__}: {error}"))
        return save(blank(name, str(error)), folder, name, formats)


@styled
def blank(name: str, why: str) -> Figure:
    """In the place of a figure: that it cannot be drawn, and why."""
    return nothing(f"{name.replace('_', ' ')} cannot be drawn: {one_line(why)}")
