"""The main job: what difference open weights make. ``python -m experiments.main_job``, or ``make run``.

The baseline against a market without open weights, the same seeds on both sides; figures, tables, headline
numbers and ten lines in words go to ``outputs/first_run``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import sim
from experiments import cli, summary
from experiments.effects import Effect, compare, ratio, signed
from experiments.results import Results, is_share
from experiments.scenarios import BASELINE
from experiments.settings import check_name, check_workers
from experiments.study import Study, run_study

WITHOUT = "no_open_weights"
SEEDS, MONTHS, DEVELOPERS = 20, 60, 20_000
ELASTICITY = "finance.elasticity"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the main job; returns the exit code."""
    try:
        asked = _parser().parse_args(arguments)
        study = Study.of(
            (BASELINE, WITHOUT), seeds=asked.seeds, months=asked.months, developers=asked.developers,
            source="python -m experiments.main_job",
        )  # fmt: skip
        outputs, name = Path(asked.outputs), check_name("name", asked.name)
        results = run_study(study, outputs, check_workers(asked.workers), progress=True)
        print(write(results, outputs / name), end="")
    except cli.USER_ERRORS as error:
        cli.report(error)
        return 2
    if results.failures:
        cli.report(f"{len(results.failures)} runs failed: {results.failures[0]['error']}")
        return 1
    return 0


def _parser() -> cli.Parser:
    parser = cli.Parser(prog="python -m experiments.main_job", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="number of seeds")
    parser.add_argument("--months", type=int, default=MONTHS)
    parser.add_argument("--developers", type=int, default=DEVELOPERS)
    parser.add_argument("--outputs", default="outputs", help="folder of all results")
    parser.add_argument("--name", default="first_run", help="folder of these results")
    parser.add_argument("--workers", type=int, default=None, help="processes; one per processor if not given")
    return parser


def write(results: Results, folder: Path) -> str:
    """Write tables, figures, ``summary.json`` and ``summary.txt``; returns the text of the last."""
    from experiments import plots

    text = in_words(results)
    files = {"summary.json": summary.headline(results), "summary.txt": text}
    results.save(folder, files, lambda temporary: plots.draw_all(results, temporary / "figures"))
    return text + f"figures and tables: {folder}\n"


def in_words(results: Results) -> str:
    """Ten lines: what open weights change by the end of the data and of the run, and how sure that is."""
    paired = summary.complete(results)
    effect = compare(paired, against=WITHOUT)
    last = min(paired.months, sim.calendar.LAST_HISTORICAL_MONTH)
    months = sorted({last, paired.months})
    phi = _elasticity(results)
    dates = " and ".join(sim.calendar.date_of(month) for month in months)
    developers = results.provenance["developers"]
    lines = [
        f"What open weights change: baseline against the same world without them, {len(paired.seeds)} seeds "
        f"x {paired.months} months x {developers:,} developers, in {dates}.",
        _share(paired, last),
        *(_change(paired, effect, measure, words, months) for measure, words in _CHANGES),
        *(_difference(effect, measure, words, months) for measure, words in _DIFFERENCES),
        "How sure: 95% t intervals over same-seed pairs, so they hold luck, not doubt about parameters; "
        f"after {sim.calendar.LAST_HISTORICAL_DATE} everything is a projection.",
        f"It hinges on φ ({ELASTICITY} = {phi:g}), how far training compute follows closed labs' rents: "
        "shares do not identify it, so try 0 and 0.6 before believing a sign.",
    ]
    return "\n".join(lines) + "\n"


_CHANGES = (
    ("price_gpt35_level", "Price of GPT-3.5-level capability"),
    ("price_gpt4_level", "Price of GPT-4-level capability"),
    ("consumer_gain", "Consumers' gain, as if their budgets grew by"),
    ("spend", "Spend on AI"),
)
_DIFFERENCES = (
    ("frontier", "Best capability on the market"),
    ("hhi", "Concentration of spend (HHI, 0 to 1)"),
)


def _elasticity(results: Results) -> float:
    tree = results.provenance["parameters"]
    for part in ELASTICITY.split("."):
        tree = tree[part]
    return float(tree)


def _share(results: Results, month: int) -> str:
    base = results.of(BASELINE)
    rows = base[base["month"] == month]
    parts = []
    for measure, words in (("open_share_tokens", "of tokens"), ("open_share_spend", "of spend")):
        found = summary.spread(rows[measure])
        parts.append(f"{found['mean']:.0%} {words} ({found['q10']:.0%} to {found['q90']:.0%} of runs)")
    return f"With them, open weights have {' and '.join(parts)} in {sim.calendar.date_of(month)}."


def _change(results: Results, effect: Effect, measure: str, words: str, months: Sequence[int]) -> str:
    if measure == "consumer_gain":  # already in logarithms
        frame = effect.of(measure, BASELINE)
        frame[["mean", "low", "high"]] = np.exp(frame[["mean", "low", "high"]])
    else:
        frame = ratio(results, measure, BASELINE, WITHOUT)
    parts = []
    for month in months:
        row = frame.loc[month]
        mean, low, high = (f"{row[name] - 1:+.0%}" for name in ("mean", "low", "high"))
        parts.append(f"{mean} ({low} to {high}; {_agree(row, 1.0)})" if row["pairs"] else "no such model")
    return f"{words}: {', then '.join(parts)}."


def _difference(effect: Effect, measure: str, words: str, months: Sequence[int]) -> str:
    frame = effect.of(measure, BASELINE)
    unit = "share" if is_share(measure) else effect.units[measure]
    parts = []
    for month in months:
        row = frame.loc[month]
        mean, low, high = (signed(row[name], unit) for name in ("mean", "low", "high"))
        parts.append(f"{mean} ({low} to {high}; {_agree(row, 0.0)})")
    return f"{words}: {', then '.join(parts)}."


def _agree(row: pd.Series, nothing: float) -> str:
    pairs = int(row["pairs"])
    clear = row["low"] > nothing or row["high"] < nothing
    return f"{round(row['same_sign'] * pairs)} of {pairs} pairs agree{'' if clear else ', not clear'}"


if __name__ == "__main__":
    sys.exit(main())
