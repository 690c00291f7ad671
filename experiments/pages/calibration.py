"""The page on calibration: its parts, the figure, and where they and the posterior's rows go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from experiments.findings.calibration import best, words
from experiments.findings.calibration.campaign import Asked, Campaign, campaign
from experiments.findings.validation.report import Report, write_into
from experiments.pages.blocks import read_page, with_parts, write_page
from experiments.questions.fingerprint import code_version, content_hash
from experiments.results.files import cannot_write, check_writable, whole_folder, write_atomically, write_data
from experiments.results.folder import check_apart

COMMAND = "python -m experiments.calibrate"
FIGURES, FIGURE, POSTERIOR, TIMES = "figures", "posterior", "posterior.csv", "times.json"
_ALT = "Posterior (steps) over the range (shaded) of the parameters narrowed most; triangles are defaults"
_DIGITS = 6


@dataclass(frozen=True)
class Request:
    """What is to be made, checked.

    Attributes:
        asked: The campaign.
        settings: Of it, as plain data.
        best: Whether to look for the best point.
        outputs: Folder of all results.
        folder: Folder of these.
        page: Page to renew; None for none.
        table: Where to put the posterior's rows beside the folder; None for nowhere.
    """

    asked: Asked
    settings: Mapping[str, object]
    best: bool
    outputs: Path
    folder: Path
    page: Path | None = None
    table: Path | None = None

    @property
    def parts(self) -> list[str]:
        """Parts of the page."""
        parts = [words.WAVES, words.PARAMETERS, words.EMULATORS, words.CONFIRMED]
        return parts + [words.PLANTED] * bool(self.asked.plants) + [best.BEST] * self.best


def make(request: Request) -> str:
    """Make the campaign, write it and, if asked, the page and the table; returns the text of all.

    Raises:
        ExperimentError: Something is not allowed or not installed, or runs failed.
    """
    if request.page is not None:
        read_page(request.page, request.parts)  # before hours are spent
    check_apart(request.outputs, request.folder)
    check_writable(request.outputs)
    found = campaign(request.asked)
    made = words.reports(found)
    if request.best:
        made[best.BEST] = best.report(best.best(found))
    seconds = _write(request, found, made)
    made[words.WAVES] = _timed(made[words.WAVES], seconds)
    if request.page is not None:
        _renew(request.page, found, made)
    return "\n".join(f"## {name}\n\n{report.text.strip()}\n" for name, report in made.items())


def rows_of(found: Campaign) -> pd.DataFrame:
    """The posterior's rows as they are shipped: short numbers, whole ones whole."""
    whole = {axis.address for axis in found.asked.space.axes if axis.whole}
    columns = {
        str(name): column.astype(int) if name in whole else column.map(lambda value: float(f"{value:.{_DIGITS}g}"))
        for name, column in found.posterior.items()
    }
    return pd.DataFrame(columns)


def _write(request: Request, found: Campaign, made: Mapping[str, Report]) -> dict[str, float]:
    text = rows_of(found).to_csv(index=False, lineterminator="\n")
    seconds = _seconds(request, found)
    try:
        with whole_folder(request.folder) as temporary:
            write_into(temporary, made)
            write_data(temporary / POSTERIOR, text)
            write_data(temporary / TIMES, {"of": _question(request), "seconds": seconds})
            _draw(found, temporary / FIGURES)
        if request.table is not None:
            request.table.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(request.table, partial(Path.write_text, data=text, encoding="utf-8"))
    except OSError as error:
        raise cannot_write(request.folder, error) from None
    return seconds


def _question(request: Request) -> str:
    return content_hash({**request.settings, "code": code_version()})


def _seconds(request: Request, found: Campaign) -> dict[str, float]:
    """What each stage took, or had taken before if its runs were there already."""
    import json

    before: dict[str, float] = {}
    try:
        told = json.loads((request.folder / TIMES).read_text("utf-8"))
        before = told["seconds"] if told["of"] == _question(request) else {}
    except (OSError, ValueError, KeyError, TypeError):
        before = {}
    return {stage: round(max(taken, float(before.get(stage, 0.0))), 1) for stage, taken in found.seconds.items()}


def _timed(report: Report, seconds: Mapping[str, float]) -> Report:
    parts = ", ".join(f"{stage} {taken:,.0f}" for stage, taken in seconds.items())
    text = f"{report.text.rstrip()}\n\nSeconds, those of the slowest time if a stage was made again: {parts}.\n"
    return Report(text, report.tables)


def _renew(page: Path, found: Campaign, made: Mapping[str, Report]) -> None:
    """The parts of the page, read again since others may have written meanwhile, and the figure beside it."""
    parts = {name: report.text for name, report in made.items()}
    parts[words.PARAMETERS] += f"\n\n![{_ALT}]({FIGURES}/{FIGURE}.png)\n"
    try:
        with whole_folder(page.parent / FIGURES) as temporary:
            _draw(found, temporary, "png")
            for other in ("pdf", "svg"):
                (temporary / f"{FIGURE}.{other}").unlink()
    except OSError as error:
        raise cannot_write(page.parent / FIGURES, error) from None
    more = "".join(f" --{name}" for name in (words.PLANTED, best.BEST) if name in made)
    commands = dict.fromkeys(parts, f"{COMMAND}{more} --page {page.as_posix()}")
    write_page(page, with_parts(read_page(page, parts), parts, commands))


def _draw(found: Campaign, folder: Path, *formats: str) -> None:
    # Pictures cost a second to import, and neither a worker nor a refused command needs them.
    from experiments.plots.picture import PICTURES, save
    from experiments.plots.posterior import posterior

    names = words.parameters_frame(found)["parameter"].tolist()
    places = [found.acting.index(name) for name in names]
    defaults = found.asked.space.only(names).default
    save(
        posterior(names, found.chain.shares[:, places], defaults),
        folder,
        FIGURE,
        formats or PICTURES,
        beside=not formats,
    )
