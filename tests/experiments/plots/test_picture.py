"""What stands beside the panels: titles, captions, sizes, the numbers drawn; the same in every file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import experiments as ex
from experiments import plots
from experiments.plots.picture import COLUMNS, SIZES, Picture
from experiments.plots.placing import spread
from experiments.plots.worlds import region, world
from experiments.results.results import Results

Make = Callable[..., Results]


def changed(runs: Results, **more: object) -> Results:
    """The same runs under another provenance."""
    return Results(runs.tables, runs.runs, runs.points, runs.months, runs.kept, runs.provenance | more)


def test_no_two_worlds_share_a_title(made_up: Make) -> None:
    runs = made_up(14, ("baseline", "no_open_weights", "no_deepseek"), seeds=2)
    others = [
        changed(runs, params={"talent.mobility": 0.03}),
        changed(runs, params={"talent.mobility": 0.04}),
        changed(runs, params=dict.fromkeys("abc", 1.0), question="0123456789"),
        changed(runs, without=["awareness"]),
    ]
    titles = []
    for study in (runs, *others):
        for name in runs.scenarios:
            figure = plots.frontier_and_lag(study, name)
            assert isinstance(figure, Picture)
            titles.append(figure.heading)
            assert "How good is the best model" in figure.heading and name.replace("_", " ") in figure.heading.lower()
    assert len(set(titles)) == len(titles)
    assert world(others[0], "baseline") == "Baseline with talent.mobility 0.03"


def test_the_caption_says_what_the_figure_is_made_of(small: Results) -> None:
    figure = plots.shares_by_openness(small)
    assert isinstance(figure, Picture)
    told = small.provenance
    for words in (
        "Baseline, 2 seeds, 300 developers.", "bands: 10–90% of runs", f"weightshift {told['versions']['weightshift']}",
        f"code {told['code'][:8]}",
    ):  # fmt: skip
        assert words in figure.caption
    shown = next(text for text in figure.texts if text.get_gid() == "caption")
    assert " ".join(shown.get_text().split()) == " ".join(figure.caption.split())


def test_files_hold_title_caption_and_numbers(small: Results, tmp_path: Path) -> None:
    figure = plots.prices(small)
    assert isinstance(figure, Picture)
    paths = {path.suffix: path for path in plots.save(figure, tmp_path, "prices")}
    text = paths[".txt"].read_text("utf-8")
    assert figure.question in text and figure.world in text and figure.caption in text
    assert figure.question in paths[".svg"].read_text("utf-8")
    assert b"What does a fixed capability cost?" in paths[".png"].read_bytes()
    assert b"What does a fixed capability cost?" in paths[".pdf"].read_bytes()
    table = pd.read_csv(paths[".csv"], keep_default_na=False)
    assert tuple(table.columns) == COLUMNS
    rows = table[(table["series"] == "no open weights") & (table["panel"] == "GPT-4 level, listed")]
    rows = rows[rows["statistic"] == "mean"]
    wide = small.wide("no_open_weights", "price_gpt4_level").mean(axis=1).dropna()
    np.testing.assert_allclose(rows["value"].astype(float), wide, rtol=1e-9)
    assert set(rows["unit"]) == {"$/Mtok"} and rows["at"].iloc[-1] == "2024-01"


@pytest.mark.parametrize("draw", [
    plots.shares_by_lab, plots.shares_by_region_and_openness, plots.startups, plots.talent_alluvial,
    plots.talent_between_regions, plots.release_timeline, plots.margins, plots.targets,
    lambda runs, **more: plots.effect_of_scenario(runs, "no_open_weights", **more),
])  # fmt: skip
@pytest.mark.parametrize("size", SIZES)
def test_a_size_is_a_size_and_every_number_has_its_unit(
    size: str, draw: Callable[..., Picture], small: Results
) -> None:
    figure = draw(small, size=size)
    assert figure.get_figwidth() == SIZES[size].width
    assert SIZES[size].height is None or figure.get_figheight() == pytest.approx(SIZES[size].height)
    assert len(figure.data) and np.isfinite(figure.data["value"].astype(float)).all()
    assert (figure.data["unit"] != "").all(), figure.data[figure.data["unit"] == ""]
    # The size was for this figure alone.
    assert plots.prices(small).get_figwidth() == SIZES["wide"].width


def test_europe_is_named_in_full(small: Results, tmp_path: Path) -> None:
    assert region("EU") == "Europe and rest of the world"
    for draw in (plots.talent_between_regions, plots.talent_alluvial, plots.release_timeline):
        for more in ({"by": "region"},) if draw is plots.talent_alluvial else ({},):
            figure = draw(small, **more)
            said = " ".join(
                text.get_text().replace("\n", " ") for text in figure.findobj(lambda a: hasattr(a, "get_text"))
            )
            said += figure.data.to_csv()
            assert "Europe and rest of the world" in said
            assert not re.search(r"\b(EU|CN)\b", said)


@pytest.mark.parametrize("kind", [
    "talent_alluvial", "startups", "targets", "release_timeline", "effect_of_scenario", "shares_by_region_and_openness",
])  # fmt: skip
def test_drawn_twice_every_file_has_the_same_bytes(kind: str, small: Results, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        ((name, draw),) = plots.drawings(small, [kind])[0]
        paths = plots.save(draw(), tmp_path / folder, name)
    for path in paths:
        assert path.read_bytes() == (tmp_path / "a" / path.name).read_bytes(), path.name
    pdf = next(path for path in paths if path.suffix == ".pdf").read_bytes()
    assert b"/Type3" not in pdf and b"FontFile2" in pdf


def test_what_can_be_changed_on_a_figure_is_still_laid_out(small: Results, tmp_path: Path) -> None:
    figure = plots.margins(small)
    FigureCanvasAgg(figure).draw()
    before = figure.axes[0].get_position().x0
    figure.axes[0].set_ylabel("two\nlines")
    plots.save(figure, tmp_path, "changed", ["png"])
    assert figure.axes[0].get_position().x0 > before


@pytest.mark.parametrize("number", [1, 2, 9, 40])
def test_names_are_spread_as_little_as_needed(number: int) -> None:
    luck = np.random.default_rng(number)
    wanted, heights = luck.random(number), np.full(number, 0.8 / number)
    found = np.array(spread(wanted.tolist(), heights.tolist()))
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(found[order]) >= 0.8 / number - 1e-9).all()
    assert (found >= 0.0).all() and (found <= 1.0).all()
    assert spread([0.2, 0.9], [0.05, 0.05]) == pytest.approx([0.2, 0.9])


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda runs: plots.prices(runs, size="poster"), "size=poster"),
        (lambda runs: plots.prices(runs, grey="yes"), "grey="),
        (lambda runs: plots.draw_all(runs, "x", ["pictures"]), "kinds=pictures"),
        (lambda runs: plots.draw_all(runs, "x", ["prices"], formats=["jpeg"]), "formats=jpeg"),
        (lambda runs: plots.draw_all(runs, "x", "prices", size="poster"), "size=poster"),
        (lambda runs: plots.talent_alluvial(runs, by="age"), "by=age"),
        (lambda runs: plots.effect_of_scenario(runs, "baseline"), "against=baseline"),
        (lambda _: plots.payoff_matrix(3), "game=3"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(
    call: Callable[[Results], object], line: str, small: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ex.ExperimentError, match=re.escape(line)) as caught:
        call(small)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
