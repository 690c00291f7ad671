"""What the calibrated baseline says of 2026, and how sure it is: ``python -m experiments.forecast seeds=470``.

The baseline is run over the posterior's rows with luck, from 2022-11 past the end of the record at 2025-12 to 2026-11.
``forecast.csv`` and ``forecast.md`` have 10, 50 and 90% of the runs and their mean for each quantity, with its
definition and what the runs miss about it today. Finished runs are in the store, so the same command goes on from
there. ``page=docs/forecast.md`` renews that page and the table beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from experiments import terminal
from experiments.engine.ensemble import run_study
from experiments.engine.executors import Local
from experiments.findings.forecast.forecast import forecast, report, study
from experiments.findings.targets.run import runs_of
from experiments.findings.validation.report import Report, whole
from experiments.pages.blocks import read_page, with_parts, write_page
from experiments.questions.settings import DEVELOPERS, WORKERS, check_name, check_path, check_workers
from experiments.results.files import cannot_write, write_atomically
from experiments.results.folder import finish

NAME = "forecast"
# Every row of the posterior twice: a tenth of the runs is then as many as a quantile takes.
SEEDS, SIZE = 470, 10_000
MOST = 100_000
SETTINGS = {
    "seeds": str(SEEDS), "developers": str(SIZE), "outputs": "outputs", "name": NAME, "workers": "", "page": "",
}  # fmt: skip


@terminal.door(terminal.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the baseline over the posterior and write the forecast; returns the exit code."""
    given = terminal.settings(arguments, SETTINGS, __doc__)
    if given is None:
        return 0
    seeds, developers = terminal.whole_of(given, "seeds", (1, MOST)), terminal.whole_of(given, "developers", DEVELOPERS)
    sizes = {name: SETTINGS[name] for name in ("seeds", "developers")}
    command = terminal.command_of("experiments.forecast", given, sizes)
    asked = study(seeds, developers, command)
    outputs = check_path("outputs", given["outputs"])
    folder = outputs / check_name("name", given["name"])
    workers = terminal.whole_of(given, "workers", WORKERS) if given["workers"] else None
    place = Local(workers=check_workers(workers))
    page = check_path("page", given["page"], "a Markdown page") if given["page"] else None
    if page is not None:
        read_page(page, [NAME])  # before minutes are spent
    results = run_study(asked, outputs, place, folder=folder, progress=True)
    with terminal.computed(folder):
        whole(results, "forecast")
        runs = list(runs_of(results.market, results.labs))
        made = report(forecast(runs), runs, developers)
        csv = made.tables[NAME].to_csv(index=False, lineterminator="\n")
        finish(folder, results, {f"{NAME}.md": made.text, f"{NAME}.csv": csv})
        if page is not None:
            _renew(page, made, csv, command)
        terminal.say(*made.text.splitlines())
    return terminal.outcome(results, folder)


def _renew(page: Path, made: Report, csv: str, command: str) -> None:
    """The page's part, and the table beside it."""
    try:
        write_atomically(page.with_suffix(".csv"), partial(Path.write_text, data=csv, encoding="utf-8"))
    except OSError as error:
        raise cannot_write(page.parent, error) from None
    command = " ".join([command, f"page={page.as_posix()}"])
    write_page(page, with_parts(read_page(page, [NAME]), {NAME: made.text}, {NAME: command}))


if __name__ == "__main__":
    sys.exit(main())
