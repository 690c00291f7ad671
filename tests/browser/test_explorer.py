"""The explorer in a browser, opened from a file: it says what the study says, by the keyboard too, and asks nobody."""

from __future__ import annotations

import csv
import itertools
import re
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

import experiments as ex
from experiments.pages.explorer import page as explorer_page
from experiments.pages.explorer.scorecard import scorecard
from experiments.pages.explorer.study import MEASURES, PHI
from experiments.results.results import Results
from tests.experiments.pages.test_explorer import HEADER, ROWS

SCENARIOS, PHIS, LAST = ["baseline", "no_open_weights", "no_deepseek"], [0.0, 0.3, 0.6], "2026-06"
READY = "body[data-ready='1']"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return ex.ensemble(
        SCENARIOS, seeds=3, months=43, developers=300, workers=1, progress=False,
        design={"kind": "grid", "params": {PHI: PHIS}}, measures=[*MEASURES, "labs.share_tokens"],
        outputs=tmp_path_factory.mktemp("explorer"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def file(results: Results, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("file")
    (folder / "verdicts.csv").write_text("\n".join((HEADER, *ROWS)) + "\n")
    return explorer_page.write(results, folder, scorecard(str(folder))).as_uri()


@pytest.fixture
def page(watched: Any, file: str) -> Any:
    watched.page.goto(file)
    watched.page.wait_for_selector(READY)
    yield watched.page
    assert [url for url in watched.requests if not url.startswith(("file:", "data:", "blob:"))] == []


def sees(page: Any, **wanted: str) -> None:
    """Wait until the address says so."""
    page.wait_for_function(
        "wanted => { const words = new URLSearchParams(location.hash.slice(1));"
        " return Object.entries(wanted).every(([name, value]) => words.get(name) === value); }",
        arg=wanted,
    )


def view(page: Any) -> dict[str, str]:
    """What the address says."""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.url).fragment))


def tab_to(page: Any, selector: str, most: int = 80) -> None:
    """By the keyboard alone."""
    page.evaluate("document.activeElement.blur()")
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached")


def cell(page: Any, measure: str, column: int) -> str:
    return page.locator(f"#headlines tr[data-measure={measure}] td").nth(column).inner_text()


def lines(page: Any, place: str) -> list[str]:
    return page.locator(f"{place} svg path").evaluate_all("(all) => all.map((path) => path.getAttribute('d'))")


def test_it_says_what_the_study_says(page: Any, results: Results) -> None:
    assert view(page) == {
        "scenario": "no_open_weights", "phi": "0.3", "month": LAST, "show": "levels", "seed": "0",
        "measure": "open_share_tokens",
    }  # fmt: skip
    effect = ex.compare(results, measures=["researchers_labs", "frontier"], by_point=True)
    row = effect.of("researchers_labs", "no_open_weights", point=1).loc[43]
    found = [float(text) for text in re.findall(r"[+-]?[\d.]+", cell(page, "researchers_labs", 2).replace("−", "-"))]
    # Three digits, of which packing may have moved the last by one.
    assert found == pytest.approx([100 * row[name] for name in ("mean", "low", "high")], rel=1e-2)
    assert found[0] == pytest.approx(100 * row["mean"], rel=5e-3) and found[0] > 10
    level = results.load("market", "frontier", scenario="baseline", point=1, month=43)["frontier"].mean()
    assert float(cell(page, "frontier", 0).split()[0]) == pytest.approx(level, rel=5e-3)


def test_every_control_works_by_the_keyboard(page: Any) -> None:
    before = lines(page, "#groups")
    tab_to(page, "#scenario")
    page.keyboard.press("ArrowDown")
    sees(page, scenario="no_deepseek")
    assert (page.inner_text("#why")).startswith("History without DeepSeek")
    assert lines(page, "#groups") != before
    numbers = page.inner_text("#headlines")
    tab_to(page, "#phi")
    page.keyboard.press("ArrowRight")
    sees(page, phi="0.6")
    assert page.get_attribute("#phi", "aria-valuetext") == "φ 0.6"
    assert page.inner_text("#headlines") != numbers
    tab_to(page, "#month")
    page.keyboard.press("ArrowLeft")
    sees(page, month="2026-05")
    assert "2026-05" in page.inner_text("#headlines caption")
    tab_to(page, "[name=show]")
    page.keyboard.press("ArrowRight")
    sees(page, show="difference")
    assert "minus baseline" in page.inner_text("#charts0 .keys >> nth=0")
    worlds = lines(page, "#right")
    tab_to(page, "#seed")
    page.keyboard.press("ArrowDown")
    sees(page, seed="1")
    assert lines(page, "#right") != worlds
    tab_to(page, "#measure")
    page.keyboard.press("ArrowDown")
    sees(page, measure="open_share_users")
    tab_to(page, "#ranking [data-scenario=no_open_weights] button")
    page.keyboard.press("Enter")
    sees(page, scenario="no_open_weights")
    assert page.evaluate("document.activeElement.closest('tr').dataset.scenario") == "no_open_weights"
    tab_to(page, "#kind")
    page.keyboard.press("ArrowDown")
    sees(page, claims="holds widely")
    assert page.locator("#claims tbody tr").count() == 1
    tab_to(page, "#charts0 details summary")
    page.keyboard.press("Enter")
    page.wait_for_selector("#charts0 table caption")
    assert "2023-12" in page.inner_text("#charts0 table")


def test_a_link_restores_the_view(page: Any, chromium: Any) -> None:
    page.select_option("#scenario", "no_deepseek")
    page.locator("#phi").press("Home")
    page.locator("#month").press("Home")
    page.check("[name=show][value=difference]")
    page.select_option("#measure", "frontier")
    page.select_option("#seed", "2")
    page.select_option("#kind", "fails widely")
    sees(page, claims="fails widely")
    wanted = view(page)
    link, numbers, drawn = page.input_value("#link"), page.inner_text("#headlines"), lines(page, "main")
    other = chromium.new_page(viewport={"width": 1280, "height": 900})
    other.goto(link)
    other.wait_for_selector(READY)
    assert view(other) == wanted == {
        "scenario": "no_deepseek", "phi": "0", "month": "2022-11", "show": "difference", "seed": "2",
        "measure": "frontier", "claims": "fails widely",
    }  # fmt: skip
    assert other.inner_text("#headlines") == numbers and lines(other, "main") == drawn
    other.close()


def test_a_link_that_says_nonsense_shows_the_first_view(watched: Any, file: str) -> None:
    watched.page.goto(f"{file}#scenario=%3Cb%3E&phi=7&month=1999-01&seed=-1&show=x&measure=y&claims=z")
    watched.page.wait_for_selector(READY)
    assert view(watched.page)["scenario"] == "no_open_weights" and view(watched.page)["month"] == LAST


def test_data_can_be_taken_along(page: Any, results: Results) -> None:
    for button, scenarios, phis in (("#this-view", 2, 1), ("#everything", 3, 3)):
        with page.expect_download() as found:
            page.click(button)
        with Path(found.value.path()).open(newline="") as text:
            rows = list(csv.DictReader(text))
        assert len(rows) == scenarios * phis * len(MEASURES) * 44
    spend = results.load("market", "spend", scenario="no_deepseek", point=2, month=43)["spend"].mean()
    wanted = {"scenario": "no_deepseek", "phi": "0.6", "measure": "spend", "date": LAST}
    (row,) = (row for row in rows if wanted.items() <= row.items())
    assert float(row["mean"]) == pytest.approx(spend, rel=1e-3)
    assert float(row["q10"]) <= float(row["mean"]) <= float(row["q90"]) and row["minus_baseline"]


def test_twins_have_the_same_luck(page: Any, results: Results) -> None:
    text = page.inner_text("#parted")
    assert "The worlds are the same to 20" in text
    page.select_option("#scenario", "no_deepseek")
    sees(page, scenario="no_deepseek")
    assert page.inner_text("#parted") != text
    left = page.locator("#left [data-chart=frontier] path[stroke-width='2']").get_attribute("d")
    ghost = page.locator("#right [data-chart=frontier] path[stroke-width='1.2']").get_attribute("d")
    assert left == ghost


def test_prices_have_a_log_axis(page: Any) -> None:
    ticks = page.locator("#groups [data-chart=price_gpt35_level] .plot text[text-anchor=end]").all_text_contents()
    values = [float(tick) for tick in ticks if "20" not in tick]
    assert len(values) >= 2 and all(b / a >= 2 for a, b in itertools.pairwise(values))


def test_who_does_not_see_it_is_told(page: Any) -> None:
    """Every control has a name, every chart words, every table a caption and heads."""
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('select, input, button')]
        .filter((one) => !(one.labels && one.labels.length) && !one.textContent.trim()).map((one) => one.outerHTML)"""
    )
    assert unnamed == []
    charts = page.locator("svg[role=img]").evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label'))")
    assert len(charts) == len(MEASURES) + 12
    assert all(LAST in words and ":" in words for words in charts)
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.locator("[role=status]").count() >= 2


def test_a_click_on_a_chart_chooses_its_month(page: Any) -> None:
    page.locator("#groups [data-chart=frontier] .plot svg").click(position={"x": 53, "y": 100})
    sees(page, month="2022-11")


def test_pictures(watched: Any, page: Any) -> None:
    for width in (1280, 800, 480):
        watched.picture("explorer", width)
        assert watched.fits()
    page.check("[name=show][value=difference]")
    watched.picture("explorer_difference", 1280)
