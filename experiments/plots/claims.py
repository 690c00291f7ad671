"""The scorecard of the claims: in what share of the space each holds."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.findings.claims.verdicts import DEPENDS, FAILS_WIDELY, HARDLY, HOLDS_WIDELY, WIDELY
from experiments.plots.style import BLACK, BLUE, ORANGE, OTHERS, VERMILLION, headline, styled
from experiments.questions.settings import check_instance, refuse

_LOOKS = {HOLDS_WIDELY: (BLUE, "o"), DEPENDS: (ORANGE, "D"), FAILS_WIDELY: (VERMILLION, "s")}
_LEAST, _ROW, _WIDEST = 1.5, 0.25, 78


@styled
def claims_scorecard(frame: pd.DataFrame) -> Figure:
    """Share of the draws in which each claim holds, with its 95% interval; the shape of the mark is the verdict.

    Args:
        frame: The table of verdicts that ``python -m experiments.claims`` writes.

    Raises:
        ExperimentError: It is no such table.
    """
    check_instance("frame", frame, pd.DataFrame, "the table verdicts.csv of experiments.claims")
    missing = [name for name in ("id", "claim", "kind", "share", "share_low", "share_high") if name not in frame]
    if missing or frame.empty:
        raise refuse("frame", f"one without {', '.join(missing) or 'rows'}", "the table verdicts.csv")
    rows = frame.drop_duplicates("id").reset_index(drop=True)
    figure = Figure(figsize=(8.2, _LEAST + _ROW * len(rows)))
    axes = figure.subplots()
    for edge in (HARDLY, WIDELY):
        axes.axvline(100 * edge, color=OTHERS, lw=0.8, ls="--")
    for place, row in rows.iterrows():
        at = float(place)  # type: ignore[arg-type]
        if row["kind"] not in _LOOKS:
            axes.text(50, at, str(row["kind"]), ha="center", va="center", fontsize=7.5, color="0.35")
            continue
        colour, mark = _LOOKS[row["kind"]]
        axes.plot([100 * row["share_low"], 100 * row["share_high"]], [at, at], color=BLACK, lw=1.1)
        axes.plot(100 * row["share"], at, mark, color=colour, mec=BLACK, mew=0.7, ms=5.5, zorder=3)
    axes.set_yticks(
        range(len(rows)), [_short(f"{row['id']}  {row['claim']}") for _, row in rows.iterrows()], fontsize=7
    )
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(-3, 103)
    axes.set_xlabel("share of draws in which it holds [%]")
    headline(figure, "Claims over the space of the parameters")
    keys = [
        Line2D([], [], color=colour, marker=mark, ls="", mec=BLACK, mew=0.7, ms=5.5, label=kind.replace(" on", ""))
        for kind, (colour, mark) in _LOOKS.items()
    ]
    keys += [Line2D([], [], color=BLACK, lw=1.1, label="95% interval")]
    figure.legend(handles=keys, loc="outside lower center", ncols=4)
    return figure


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1].rstrip() + "…"
