"""The scorecard of the claims: in what share of the space each holds."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.findings.claims.verdicts import DEPENDS, FAILS_WIDELY, HARDLY, HOLDS_WIDELY, WIDELY
from experiments.plots.picture import canvas, keep, letters, scale, styled, title, unit_of
from experiments.plots.style import BLACK, BLUE, ORANGE, OTHERS, VERMILLION
from experiments.plots.worlds import findings
from experiments.questions.settings import check_instance, refuse

_LOOKS = {HOLDS_WIDELY: (BLUE, "o"), DEPENDS: (ORANGE, "D"), FAILS_WIDELY: (VERMILLION, "s")}
_LEAST, _ROW, _WIDEST = 0.8, 0.21, 74


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
    if "over" in frame and frame["over"].nunique() > 1:
        over = " and ".join(map(str, frame["over"].unique()))
        raise refuse("frame", f"one over {over}", "the rows of one of them, frame[frame['over'] == 'prior']")
    rows = frame.drop_duplicates("id").reset_index(drop=True)
    figure, (axes,) = canvas(inches=_LEAST + _ROW * len(rows))
    for edge in (HARDLY, WIDELY):
        axes.axvline(100 * edge, color=OTHERS, lw=0.8, ls="--")
    for place, row in rows.iterrows():
        at = float(place)  # type: ignore[arg-type]
        if row["kind"] not in _LOOKS:
            axes.text(50, at, str(row["kind"]), ha="center", va="center", fontsize="small", color="0.35")
            continue
        values = {name: row[name] for name in ("share", "share_low", "share_high")}
        keep(axes, None, f"{row['id']} {row['claim']}", [str(row["kind"])], values)
        colour, mark = _LOOKS[row["kind"]]
        axes.plot([100 * row["share_low"], 100 * row["share_high"]], [at, at], color=BLACK, lw=1.1 * scale())
        axes.plot(100 * row["share"], at, mark, color=colour, mec=BLACK, mew=0.7, ms=5.5 * scale(), zorder=3)
    axes.set_yticks(
        range(len(rows)), [_short(f"{row['id']}  {row['claim']}") for _, row in rows.iterrows()], fontsize="x-small"
    )
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(-3, 103)
    axes.set_xlabel("share of draws in which it holds [%]")
    unit_of(axes, "1")
    title(figure, "Which claims about open weights hold, and how widely?", "Over the space of the parameters")
    keys = [
        Line2D([], [], color=colour, marker=mark, ls="", mec=BLACK, mew=0.7, ms=5.5 * scale(),
               label=kind.replace(" on", ""))
        for kind, (colour, mark) in _LOOKS.items()
    ]  # fmt: skip
    keys += [Line2D([], [], color=BLACK, lw=1.1, label="95% interval")]
    figure.keys |= {str(key.get_label()): key for key in keys}
    findings(figure, f"Marks: share of draws of the parameters in which a claim's tests hold; dashed: {HARDLY:.0%} and "
             f"{WIDELY:.0%}, below and above which it fails or holds widely.")  # fmt: skip
    return figure


def _short(text: str) -> str:
    most = letters(_WIDEST)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
