"""What a campaign found, as tables and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.findings.calibration.campaign import Campaign
from experiments.findings.calibration.history import LIMIT, WORST, Bank
from experiments.findings.calibration.planted import INTERVAL, Planted
from experiments.findings.calibration.space import Axis
from experiments.findings.validation.report import Report, number, table
from experiments.questions.designs.points import leaves

Float = NDArray[np.float64]
# A parameter is identified if its posterior is narrower than its range by so much, standard deviation by standard
# deviation.
NARROWED = 0.2
# Standard deviation of what is even from 0 to 1.
_EVEN = float(np.sqrt(1.0 / 12.0))
_BAND = (0.1, 0.5, 0.9)
PHI = "finance.elasticity"
WAVES, PARAMETERS, EMULATORS, CONFIRMED, PLANTED = "waves", "parameters", "emulators", "confirmation", "planted"


def reports(found: Campaign) -> dict[str, Report]:
    """Parts of the page, by name."""
    made = {
        WAVES: _waves(found),
        PARAMETERS: _parameters(found),
        EMULATORS: _emulators(found),
        CONFIRMED: _confirmed(found),
    }
    if found.planted is not None:
        made[PLANTED] = _planted(found, found.planted)
    return made


def _waves(found: Campaign) -> Report:
    asked = found.asked
    rows = [
        {
            "wave": wave.number, "runs": wave.runs, "emulators": len(wave.bank.aims), "not_ruled_out": wave.kept.share,
            "limit": wave.kept.limit, "r2": _median(wave.bank, "r2"), "coverage": _median(wave.bank, "coverage"),
            **{f"seconds_{name}": value for name, value in wave.seconds.items()},
        }
        for wave in found.waves
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    lines = [
        [str(row["wave"]), str(row["runs"]), str(row["emulators"]), f"{row['not_ruled_out']:.2g}",
         f"{row['limit']:.2f}", number(row["r2"]), f"{row['coverage']:.0%}"]
        for row in rows
    ]  # fmt: skip
    head = ["wave", "runs", "emulators", "not ruled out", "limit", "median R²", "median coverage of 95%"]
    reach = [(aim, far) for aim, far in zip(found.bank.aims, found.bank.discrepancy, strict=True) if far > 0.0]
    listed = ", ".join(f"{aim.row.id} ({far:.1f})" for aim, far in sorted(reach, key=lambda pair: -pair[1]))
    text = (
        f"{len(asked.space)} parameters have a range, {len(found.acting)} of them move a number by {asked.least:g} of "
        f"its tolerance between the ends of their range, one at a time; emulators know these, and the others are drawn "
        f"from their ranges in every run, as part of its noise. {len(asked.aims)} numbers are held against runs of "
        f"{asked.developers:,} developers. A point is ruled out if its {_ORDINAL[WORST]} largest implausibility is "
        f"above {LIMIT:g}; the share is that of the cube of the ranges.\n\n{table(head, lines)}\n"
        f"{len(reach)} numbers are out of reach wherever one looks: not two in a hundred runs of the first wave come "
        "within their tolerance. So much beyond it is the model's discrepancy, in tolerances: "
        f"{listed or 'none'}."
    )
    return Report(text, {"waves": frame, "moved": found.moved.reset_index()})


_ORDINAL = {1: "first", 2: "second", 3: "third"}


def _median(bank: Bank, what: str) -> float:
    return float(np.nanmedian([getattr(check, what) for check in bank.checks]))


def parameters_frame(found: Campaign) -> pd.DataFrame:
    """A row a parameter that acts: its range, its posterior, how much narrower that is, and which number moves it."""
    space = found.asked.space.only(found.acting)
    bound = _bound_by(found.bank, found.chain.shares)
    rows = []
    for place, axis in enumerate(space.axes):
        shares = found.chain.shares[:, place]
        low, middle, high = (float(value) for value in axis.values(np.quantile(shares, _BAND)))
        aim, pull = bound[place]
        rows.append(
            {
                "parameter": axis.address, "unit": leaves()[axis.address].unit, "low": axis.low, "high": axis.high,
                "default": axis.default, "q10": low, "median": middle, "q90": high,
                "narrowed": 1.0 - float(shares.std()) / _EVEN, "by": aim, "tolerances": pull,
            }
        )  # fmt: skip
    return pd.DataFrame(rows).sort_values("narrowed", ascending=False, ignore_index=True)


def _bound_by(bank: Bank, shares: Float) -> list[tuple[str, float]]:
    """For each parameter the number that it moves furthest inside the posterior, from its 10% to its 90%."""
    middle = np.median(shares, axis=0)
    points = np.repeat(middle[None, :], 2 * len(middle), axis=0)
    for place in range(len(middle)):
        points[2 * place, place], points[2 * place + 1, place] = 0.1, 0.9
    mean, _ = bank(points)
    below, above = bank.sides
    moved = np.abs(mean[1::2] - mean[0::2]) / np.sqrt(np.minimum(below, above) ** 2 * (1.0 + bank.discrepancy**2))
    most = moved.argmax(axis=1)
    return [(bank.aims[aim].row.id, float(moved[place, aim])) for place, aim in enumerate(most)]


def _parameters(found: Campaign) -> Report:
    frame = parameters_frame(found)
    known = frame[frame["narrowed"] >= NARROWED]
    vague = frame[frame["narrowed"] < NARROWED]
    lines = [
        [f"`{row['parameter']}`", f"{row['low']:.3g} to {row['high']:.3g}", f"{row['default']:.3g}",
         f"{row['median']:.3g} ({row['q10']:.3g} to {row['q90']:.3g})", f"{max(row['narrowed'], 0.0):.0%}",
         f"{row['by']} ({row['tolerances']:.1f})"]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    head = ["parameter", "range", "default", "posterior: median (10 to 90%)", "narrower", "what it moves most"]
    others = [name for name in found.asked.space.names if name not in found.acting]
    outside = known[(known["default"] < known["q10"]) | (known["default"] > known["q90"])]
    text = (
        f"Of {len(frame)} parameters that act {len(known)} have a posterior narrower than their range by "
        f"{NARROWED:.0%} or more (standard deviations); {len(vague)} have not, and nothing identifies them: "
        f"{_listed(vague['parameter'])}. Defaults outside their 10 to 90%: {_listed(outside['parameter'])}. Beside "
        "each stands the number that it moves most inside the posterior, from a tenth to nine tenths of its range, and "
        f"by how many tolerances.\n\n{table(head, lines)}\n"
        f"The other {len(others)} move no number by {found.asked.least:g} tolerances, and nothing to {_end()} "
        f"identifies them{_phi(others, vague)}: {_by_section(others)}.\n\n"
        f"The model as a whole is out by {np.median(found.chain.error):.2f} tolerances beyond each number's own "
        f"discrepancy ({np.quantile(found.chain.error, 0.1):.2f} to {np.quantile(found.chain.error, 0.9):.2f})."
    )
    return Report(text, {"parameters": frame})


def _end() -> str:
    from experiments.findings.calibration.aims import END

    return END


def _phi(others: Sequence[str], vague: pd.DataFrame) -> str:
    return f", φ (`{PHI}`) among them" if PHI in others or PHI in set(vague["parameter"]) else ""


def _listed(names: pd.Series) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


def _by_section(names: Sequence[str]) -> str:
    grouped = groupby(names, lambda name: name.partition(".")[0])
    return "; ".join(f"`{section}` " + ", ".join(name.partition(".")[2] for name in some) for section, some in grouped)


def emulators_frame(found: Campaign) -> pd.DataFrame:
    """A row a number: how its emulator does on runs that it has not seen, luck, tolerance, discrepancy."""
    luck = found.base.std(axis=0, ddof=1)
    place = {aim.row.id: number for number, aim in enumerate(found.asked.aims)}
    rows = []
    bank = found.bank
    for aim, emulator, check, far in zip(bank.aims, bank.emulators, bank.checks, bank.discrepancy, strict=True):
        tolerance = min(aim.sides)
        rows.append(
            {
                "row": aim.row.id, "what": aim.row.what, "r2": check.r2, "coverage": check.coverage,
                "held_out": check.runs, "noise": np.sqrt(emulator.luck) / tolerance,
                "seeds": luck[place[aim.row.id]] / tolerance, "discrepancy": far,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _emulators(found: Campaign) -> Report:
    frame = emulators_frame(found)
    lines = [
        [row["row"], number(row["r2"]), f"{row['coverage']:.0%}", number(row["noise"]), number(row["seeds"]),
         number(row["discrepancy"])]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    head = ["number", "R²", "coverage of 95%", "noise of a run", "of it luck of seeds", "discrepancy"]
    poor = frame[frame["r2"] < 0.5]
    text = (
        f"Emulators of the last wave on {int(frame['held_out'].max())} runs of all waves that they have not seen: "
        f"median R² {frame['r2'].median():.2f}, median coverage of the 95% interval {frame['coverage'].median():.0%}; "
        f"{len(poor)} of {len(frame)} have an R² below .5. Noise, luck and discrepancy are in tolerances; noise is "
        f"what a run has beside the parameters that act, luck of seeds and the parameters that are drawn.\n\n"
        f"{table(head, lines)}"
    )
    return Report(text, {"emulators": frame})


def _confirmed(found: Campaign) -> Report:
    """Real runs of the posterior's rows beside what emulators said, and beside the first wave and the baseline."""
    bank = found.bank
    place = {aim.row.id: number for number, aim in enumerate(found.asked.aims)}
    columns = [place[aim.row.id] for aim in bank.aims]
    shares = found.asked.space.only(found.acting).shares(found.posterior)
    mean, doubt = bank(shares)
    real = found.confirmed[:, columns]
    with np.errstate(invalid="ignore"):
        standard = (real - mean) / np.sqrt(doubt + bank.luck)
    sets = {"first wave": found.waves[0].values[:, columns], "posterior": real, "baseline": found.base[:, columns]}
    rows = []
    for number_, aim in enumerate(bank.aims):
        inside = {name: float(np.nanmean(aim.inside(of[:, number_]))) for name, of in sets.items()}
        away = {name: float(np.nanmedian(aim.distance(of[:, number_]))) for name, of in sets.items()}
        one = standard[:, number_][np.isfinite(standard[:, number_])]
        rows.append(
            {
                "row": aim.row.id, "bias": float(one.mean()), "spread": float(one.std()),
                "coverage": float((np.abs(one) <= 1.96).mean()),
                **{f"inside_{name}": value for name, value in inside.items()},
                **{f"distance_{name}": value for name, value in away.items()},
            }
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    of_table = frame[~frame["row"].str.startswith("R ")]
    lines = [
        [row["row"], f"{row['bias']:+.1f}".replace("-", "−"), f"{row['coverage']:.0%}",
         *(f"{row[f'inside_{name}']:.0%}" for name in sets),
         *(number(row[f"distance_{name}"], "+.1f") for name in sets)]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    head = ["number", "bias of emulator", "coverage of 95%", *(f"inside, {name}" for name in sets),
            *(f"distance, {name}" for name in sets)]  # fmt: skip
    text = (
        f"{len(real)} rows of the posterior run anew, one seed each. Of what emulators say, real runs are inside the "
        f"95% interval {frame['coverage'].mean():.0%} of the time; bias is the mean error in the emulator's standard "
        f"deviations, and beyond ±.5 in {int((frame['bias'].abs() > 0.5).sum())} of {len(frame)}. Single runs have "
        f"{of_table['inside_posterior'].mean():.0%} of the {len(of_table)} numbers of the table inside, those of the "
        f"first wave {of_table['inside_first wave'].mean():.0%}, the baseline's "
        f"{of_table['inside_baseline'].mean():.0%}. Distances are medians, in tolerances.\n\n{table(head, lines)}"
    )
    return Report(text, {"confirmation": frame})


def _planted(found: Campaign, planted: Planted) -> Report:
    frame = planted.table.reset_index()
    count = len(planted.truth)
    lines = [
        [f"`{row['parameter']}`", f"{row['coverage']:.0%}", number(row["width"]), number(row["correlation"])]
        for row in frame.to_dict("records")
    ]
    error = np.sqrt(0.8 * 0.2 / count)
    head = ["parameter", "inside", "mean width [of the range]", "correlation of medians with truth"]
    odd = frame[(frame["coverage"] - 0.8).abs() > 2.0 * error]
    text = (
        f"{count} worlds anywhere in the ranges, each run once; to each number a draw of the size that the posterior "
        f"believes, and the emulators of the last wave, which have not seen these runs, find the parameters again. "
        f"80% intervals hold the truth in {planted.coverage:.0%} of all cases; by parameter 80% ± {2 * error:.0%} is "
        f"luck, and {len(odd)} of {len(frame)} are outside that. A width of {INTERVAL[1] - INTERVAL[0]:.1f} is that "
        f"of the range.\n\n{table(head, lines)}"
    )
    return Report(text, {"planted": frame})


def densities(axis: Axis, shares: Float, bins: int = 20) -> tuple[Float, Float]:
    """Edges in the parameter's unit and density over the even one, for a figure."""
    edges = np.linspace(0.0, 1.0, bins + 1)
    counts, _ = np.histogram(shares, edges)
    return axis.values(edges), counts / len(shares) * bins
