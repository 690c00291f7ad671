"""The figure of residuals: every model is a dot, open ones are hollow, the farthest have names that do not collide."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from experiments.plots.residuals import NAMED, residuals
from experiments.plots.style import year


@pytest.fixture
def of_models() -> pd.DataFrame:
    """Forty flagships and ten light models, every third with open weights."""
    luck = np.random.default_rng(3)
    number = np.arange(50)
    return pd.DataFrame(
        {
            "tier": np.where(number < 40, "flagship", "light"),
            "month": luck.integers(0, 38, 50),
            "model": [f"Model {k}" for k in number],
            "open": number % 3 == 0,
            "residual": luck.normal(0.0, 0.3, 50),
        }
    )


def test_every_model_is_a_dot_at_its_date(of_models: pd.DataFrame) -> None:
    figure = residuals(of_models)
    for axes, tier in zip(figure.axes, ("flagship", "light"), strict=True):
        rows = of_models[of_models["tier"] == tier]
        lines = [
            line for line in axes.get_lines() if line.get_transform() == axes.transData and line.get_marker() != ""
        ]
        by_marker = {line.get_marker(): line for line in lines if line.get_marker() in "oD"}
        for open_, marker in ((False, "o"), (True, "D")):
            some = rows[rows["open"] == open_]
            np.testing.assert_allclose(by_marker[marker].get_ydata(), some["residual"])
            np.testing.assert_allclose(by_marker[marker].get_xdata(), year(some["month"]))
        assert by_marker["D"].get_markerfacecolor() == "white" != by_marker["o"].get_markerfacecolor()


def test_the_farthest_have_names_inside_that_do_not_collide(of_models: pd.DataFrame) -> None:
    figure = residuals(of_models)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    for axes, tier in zip(figure.axes, ("flagship", "light"), strict=True):
        rows = of_models[of_models["tier"] == tier]
        farthest = rows.iloc[rows["residual"].abs().argsort()[::-1]]["model"].tolist()
        texts = [text for text in axes.texts if text.get_text().startswith("Model")]
        names = [text.get_text() for text in texts]
        assert set(names) <= set(farthest[:NAMED]) and farthest[0] in names
        assert len(names) >= min(NAMED, len(rows)) - 3
        boxes = [text.get_window_extent(canvas.get_renderer()) for text in texts]
        assert not any(one.overlaps(other) for k, one in enumerate(boxes) for other in boxes[:k])
        frame = axes.get_window_extent()
        assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 + 1 for box in boxes)


def test_the_band_is_the_rms(of_models: pd.DataFrame) -> None:
    figure = residuals(of_models)
    flagships = of_models[of_models["tier"] == "flagship"]["residual"]
    rms = float(np.sqrt((flagships**2).mean()))
    assert f"shaded: ± rms of {rms:.2f}" in [text.get_text() for text in figure.axes[0].texts]


def test_no_light_model_is_no_reason_to_fail(of_models: pd.DataFrame) -> None:
    figure = residuals(of_models[of_models["tier"] == "flagship"])
    assert figure.axes[1].get_title(loc="left") == "Light models"
