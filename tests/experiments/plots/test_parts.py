"""The figure of parts: bars where the numbers are, an interval and its seeds at each, read without colour."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import experiments as ex
from experiments.findings.ablate import summary_of
from experiments.findings.shapley import Parts
from experiments.plots.grey import lightness

UNITS = {"frontier": "OOM", "open_share_tokens": "1"}


@pytest.fixture
def parts() -> Parts:
    """Two measures of three seeds, made up."""
    rows, pairs = [], []
    values = {"talent": [0.3, 0.2, 0.25], "entry": [-0.1, -0.12, -0.11], "rest": [0.0, 0.02, 0.01]}
    values["total"] = np.sum(list(values.values()), axis=0).tolist()
    for measure in UNITS:
        for part, numbers in values.items():
            series = pd.Series(numbers, pd.Index([0, 1, 2], name="seed"))
            found = summary_of(series)
            rows.append({"measure": measure, "part": part, **{end: found[end] for end in ("mean", "low", "high")}})
            pairs.append(series.rename((measure, part)))
    wide = pd.concat(pairs, axis=1).T
    wide.index = pd.MultiIndex.from_tuples(list(wide.index), names=["measure", "part"])
    return Parts(pd.DataFrame(rows).set_index(["measure", "part"]), wide, "a minus b", "2025-12", UNITS)


def test_a_bar_for_each_part_and_for_what_they_add_up_to(parts: Parts) -> None:
    (axes,) = ex.plots.parts_of_whole(parts).axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["talent", "entry", "rest", "total"]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([0.25, -0.11, 0.01, 0.15])
    # A waterfall: each bar starts where the last one ended, the total at zero.
    assert [bar.get_x() for bar in axes.patches] == pytest.approx([0.0, 0.25, 0.14, 0.0])
    seeds = [line.get_xdata() for line in axes.lines if line.get_gid() == "pairs"]
    assert seeds[1].tolist() == pytest.approx([0.25 - 0.1, 0.25 - 0.12, 0.25 - 0.11])
    assert axes.get_xlabel() == "frontier [OOM]"
    assert axes.figure.question == "What carries it? Frontier, 2025-12"  # type: ignore[union-attr]
    assert axes.figure.world == "A minus b"  # type: ignore[union-attr]


def test_wholes_are_told_from_parts_in_grey(parts: Parts) -> None:
    (axes,) = ex.plots.parts_of_whole(parts).axes
    # What raises it, what lowers it, and wholes.
    assert [bar.get_hatch() for bar in axes.patches] == [None, "....", "////", "////"]
    grey = [lightness(bar.get_facecolor()) for bar in axes.patches]
    assert max(grey[:2]) < 0.7 < min(grey[2:])


def test_shares_are_shown_as_points(parts: Parts) -> None:
    figure = ex.plots.parts_of_whole(parts, "open_share_tokens")
    FigureCanvasAgg(figure).draw()
    (axes,) = figure.axes
    assert axes.get_xlabel() == "open share tokens [points]"
    assert {"0", "10", "20"} <= {tick.get_text() for tick in axes.get_xticklabels()}


def test_nothing_overlaps_and_files_are_the_same_every_time(parts: Parts, tmp_path: Path) -> None:
    first = ex.plots.save(ex.plots.parts_of_whole(parts), tmp_path / "a", "parts")
    again = ex.plots.save(ex.plots.parts_of_whole(parts), tmp_path / "b", "parts")
    assert [path.suffix for path in first] == [".pdf", ".svg", ".png", ".csv", ".txt"]
    for one, other in zip(first, again, strict=True):
        assert one.read_bytes() == other.read_bytes()
    figure = ex.plots.parts_of_whole(parts)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [tick.get_window_extent(canvas.get_renderer()) for tick in figure.axes[0].get_yticklabels()]
    assert not any(one.overlaps(other) for one, other in pairwise(boxes))


def test_a_measure_that_is_not_there_is_refused(parts: Parts) -> None:
    with pytest.raises(ex.ExperimentError, match="measure=hhi is not allowed; allowed: one of frontier, open_share_t"):
        ex.plots.parts_of_whole(parts, "hhi")
