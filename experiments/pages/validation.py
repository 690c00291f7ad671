"""The reports of the page on validation: which there are, what each is made with, and where they go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.engine.executors import Place
from experiments.findings.signs import judge
from experiments.findings.validation import (
    access,
    commons,
    horizon,
    leaves,
    mechanisms,
    origins,
    ranges,
    releases,
    residuals,
    scores,
    shocks,
    survival,
)
from experiments.findings.validation.report import Report, asked_of, write_into
from experiments.pages.blocks import read_page, with_parts, write_page
from experiments.questions.settings import check_developers, check_seeds
from experiments.results.files import cannot_write, check_writable, whole_folder
from experiments.results.folder import check_apart

COMMAND = "python -m experiments.validate"
FIGURES = "figures"
FIGURE = "residuals"
_ALT = "Residuals by date of release: flagships above, light models below; closed filled, open hollow"


@dataclass(frozen=True)
class Kind:
    """One report.

    Attributes:
        make: Makes it.
        what: In a few words, for the help.
        seeds: Number of seeds if nobody says otherwise.
        developers: The same of developers.
    """

    make: Callable[..., Report]
    what: str
    seeds: int = 4
    developers: int = 5_000


KINDS: dict[str, Kind] = {
    "targets": Kind(scores.targets, "rows and targets, as without any of these", 20, 20_000),
    "residuals": Kind(residuals.residuals, "what of measured capability the model leaves unexplained"),
    "origins": Kind(origins.origins, "forecasts from origins inside the record, beside no change and trends"),
    "mechanisms": Kind(mechanisms.alone, "the baseline with each mechanism at its neutral value"),
    "releases": Kind(releases.releases, "how open releases were, beside what they would have paid", 2, 2_000),
    "access": Kind(access.access, "spend of China on closed US models over grey access"),
    "effects": Kind(shocks.effects, "no DeepSeek, no open weights, everyone opens, over draws of parameters", 1),
    "commons": Kind(commons.commons, "the frontier without open weights, over the unmeasured numbers that decide it"),
    "horizon": Kind(horizon.horizon, "what 2032 may not look like, in every scenario, and what its years look like"),
    "ranges": Kind(ranges.ranges, "the same over draws from all ranges at once, see --draws", 1, 1_000),
    "survival": Kind(survival.survival, "who exits and who has most compute, over draws from all ranges", 1, 1_000),
    "leaves": Kind(leaves.leaves, "parameters that move nothing between the ends of their range", 1, 500),
    "signs": Kind(judge.signs, "what theory asks of one parameter at a time", judge.SEEDS, judge.DEVELOPERS),
}


@dataclass(frozen=True)
class Request:
    """What is to be made, checked.

    Attributes:
        names: Reports, by name.
        seeds: Number of seeds of every report; None for each its own.
        developers: The same of developers.
        outputs: Folder of all results.
        folder: Folder of the reports.
        place: Where to compute.
        page: Page to renew; None for none.
        draws: Draws of the report on the ranges; None for its own number.
    """

    names: Sequence[str]
    seeds: int | None
    developers: int | None
    outputs: Path
    folder: Path
    place: Place
    page: Path | None = None
    draws: int | None = None


def make(request: Request) -> str:
    """Make reports, write them and, if asked, the page; returns the text of all.

    Raises:
        ExperimentError: Something is not allowed, or runs failed.
    """
    if request.seeds is not None:
        check_seeds(request.seeds)
    if request.developers is not None:
        check_developers(request.developers)
    if request.page is not None:
        read_page(request.page, request.names)  # before hours are spent
    check_apart(request.outputs, request.folder)
    check_writable(request.outputs)
    found = {name: _one(request, name) for name in request.names}
    _write(request.folder, found)
    if request.page is not None:
        _renew(request.page, found)
    return "\n".join(f"## {name}\n\n{report.text.strip()}\n" for name, report in found.items())


def _one(request: Request, name: str) -> Report:
    kind = KINDS[name]
    seeds = check_seeds(kind.seeds if request.seeds is None else request.seeds)
    developers = kind.developers if request.developers is None else request.developers
    return kind.make(asked_of(seeds, developers, request.outputs, request.place, request.draws))


def _write(folder: Path, found: Mapping[str, Report]) -> None:
    """Text and tables of each report, and the figure."""
    try:
        with whole_folder(folder) as temporary:
            write_into(temporary, found)
            if "residuals" in found:
                _draw(found["residuals"], temporary / FIGURES)
    except OSError as error:
        raise cannot_write(folder, error) from None


def _renew(page: Path, found: Mapping[str, Report]) -> None:
    """The parts of the page, read again since others may have written meanwhile, and the figure beside it."""
    parts = {name: report.text for name, report in found.items()}
    if "residuals" in parts:
        parts["residuals"] += f"\n\n![{_ALT}]({FIGURES}/{FIGURE}.png)\n"
        try:
            with whole_folder(page.parent / FIGURES) as temporary:
                _draw(found["residuals"], temporary, "png")
        except OSError as error:
            raise cannot_write(page.parent / FIGURES, error) from None
    commands = {name: f"{COMMAND} --{name} --page {page.as_posix()}" for name in parts}
    write_page(page, with_parts(read_page(page, parts), parts, commands))


def _draw(report: Report, folder: Path, *formats: str) -> None:
    # Pictures cost a second to import, and neither a worker nor a refused command needs them.
    from experiments.plots.picture import PICTURES, save
    from experiments.plots.residuals import residuals as figure_of_residuals

    save(figure_of_residuals(report.tables[residuals.MODELS]), folder, FIGURE, formats or PICTURES, beside=not formats)
