"""The dashboard in a browser: it loads, plays, obeys, and its twins are one world until something differs."""

from __future__ import annotations

import importlib
import re
import time
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import sim
from experiments.pages.dashboard.sliders import sliders

SAME = "both worlds are the same to the last bit"
STATE, ERROR = "[data-test=state]", "[data-test=error]"
LATE = 40  # months after which every slider shows
# The bound on a month on the page, in bare months of one market; rounds are for a noisy machine.
MOST_BARE_MONTHS, ROUNDS, MONTHS = 3.0, 3, 24


@pytest.fixture(scope="module")
def address(served: Callable[..., Any]) -> Iterator[str]:
    with served("weightshift") as found:
        yield found


def opened(watched: Any, address: str) -> Any:
    """The page at month 0 of small worlds."""
    watched.page.goto(address)
    watched.page.wait_for_selector("[data-test=headlines]")
    fill(watched.page, "developers", "1000")
    reads(watched.page, "1,000 developers")
    return watched.page


def fill(page: Any, name: str, text: str) -> None:
    page.fill(f"[data-test={name}]", text)
    page.press(f"[data-test={name}]", "Tab")


def reads(page: Any, text: str) -> str:
    """Wait until the state says something; returns all that it says."""
    page.wait_for_function(
        "([place, text]) => document.querySelector(place).textContent.includes(text)", arg=[STATE, text]
    )
    return page.inner_text(STATE)


def month(page: Any) -> int:
    found = re.search(r"month (\d+) of", page.inner_text(STATE))
    assert found is not None
    return int(found[1])


def differences(page: Any) -> list[str]:
    return page.locator("[data-test=headlines] tbody tr td:last-child").all_inner_texts()


def lines(page: Any, side: int) -> list[str]:
    """What is drawn of a world, coloured lines alone."""
    return (
        page.locator(f".world >> nth={side}")
        .locator("path[stroke-width='2']")
        .evaluate_all("(all) => all.map((path) => path.getAttribute('d'))")
    )


@pytest.mark.parametrize("command", ["weightshift", "solara"])
def test_it_loads_and_asks_nobody_else(command: str, served: Callable[..., Any], watched: Any) -> None:
    with served(command) as address:
        watched.page.goto(address)
        watched.page.wait_for_selector("[data-test=headlines]")
        assert "2022-11, month 0 of 85; seed 0, 20,000 developers" in watched.page.inner_text(STATE)
        assert {urllib.parse.urlsplit(url).hostname for url in watched.requests} <= {"127.0.0.1", "localhost", None, ""}
        watched.page.goto("about:blank")  # before the server ends, which the page would complain of


def test_nobody_is_told_that_it_runs() -> None:
    settings = pytest.importorskip("solara.server.settings")
    importlib.reload(importlib.import_module("experiments.dashboard"))
    assert settings.telemetry.mixpanel_enable is False
    assert settings.main.mode == "production"  # else its pages report as well


def test_it_steps_plays_and_begins_anew(watched: Any, address: str) -> None:
    page = opened(watched, address)
    for number in (1, 2):
        page.click("[data-test=step]")
        reads(page, f"month {number} of")
    page.select_option("[data-test=speed]", "as fast as it can")
    page.click("[data-test=play]")
    page.wait_for_function("document.querySelectorAll('figure.chart path').length && /month ([3-9]|[1-9]\\d) of/"
                           f".test(document.querySelector('{STATE}').textContent)")  # fmt: skip
    page.click("[data-test=play]")
    page.wait_for_function("document.querySelector('[data-test=play]').textContent === 'Play'")
    page.wait_for_timeout(300)
    paused = month(page)
    page.wait_for_timeout(500)
    assert month(page) == paused
    page.click("[data-test=reset]")
    reads(page, "month 0 of")


def test_twins_are_one_world_until_something_differs(watched: Any, address: str) -> None:
    page = opened(watched, address)
    play_to_the_end(page)
    assert SAME in page.inner_text(STATE)
    assert set(differences(page)) <= {"0", "0 points", "–"}
    assert lines(page, 0) == lines(page, 1) != []
    page.select_option("[data-test=scenario]", "no_open_weights")
    assert "scenario no_open_weights" in reads(page, "they differ since 2023-0")
    assert lines(page, 0) != lines(page, 1)
    assert "−" in differences(page)[0]  # open weights have less of the market
    page.select_option("[data-test=scenario]", "baseline")
    reads(page, SAME)
    assert lines(page, 0) == lines(page, 1)


def play_to_the_end(page: Any) -> None:
    page.select_option("[data-test=speed]", "as fast as it can")
    page.click("[data-test=play]")
    reads(page, "month 85 of 85")


def test_every_slider_acts(watched: Any, address: str) -> None:
    """Beside a scenario, for φ is about the difference of rents; by the keyboard alone."""
    page = opened(watched, address)
    page.select_option("[data-test=scenario]", "no_deepseek")
    page.select_option("[data-test=speed]", "as fast as it can")
    page.click("[data-test=play]")
    page.wait_for_function(
        f"Number(/month (\\d+) of/.exec(document.querySelector('{STATE}').textContent)[1]) >= {LATE}"
    )
    page.click("[data-test=play]")
    page.wait_for_function("document.querySelector('[data-test=play]').textContent === 'Play'")
    page.wait_for_timeout(500)
    before = lines(page, 1)
    for one in sliders():
        page.focus(f"[id='{one.address}']")
        page.keyboard.press("End" if one.default < one.high else "Home")
        end = one.high if one.default < one.high else one.low
        reads(page, f"{one.address} = {end:.4g}")
        assert lines(page, 1) != before, one.address
        page.click(f"[aria-label='Default of {one.name}']")
        page.wait_for_function("!document.querySelector('[data-test=state]').textContent.includes('=')")
        assert lines(page, 1) == before, one.address


def test_what_cannot_be_is_said_in_a_line(watched: Any, address: str) -> None:
    page = opened(watched, address)
    fill(page, "developers", "7")
    page.wait_for_selector(ERROR)
    said = page.inner_text(ERROR)
    assert "developers = 7 is not allowed" in said and "\n" not in said and len(said) < 300
    fill(page, "developers", "many")
    page.wait_for_selector(f"{ERROR}:has-text('many')")
    fill(page, "developers", "1200")
    reads(page, "1,200 developers")
    page.wait_for_selector(ERROR, state="detached")


def test_pictures(watched: Any, address: str) -> None:
    page = opened(watched, address)
    play_to_the_end(page)
    page.select_option("[data-test=scenario]", "no_open_weights")
    reads(page, "they differ since")
    for width in (1280, 800, 480):
        watched.picture("dashboard", width)
        assert watched.fits()


@pytest.mark.slow  # other work on the machine decides as well
def test_a_month_takes_no_longer_than_three_bare_ones(watched: Any, address: str) -> None:
    """Both worlds, charts and all, at 20,000 developers."""
    page = watched.page
    page.goto(address)
    page.wait_for_selector("[data-test=headlines]")
    page.select_option("[data-test=speed]", "as fast as it can")
    page.select_option("[data-test=scenario]", "no_open_weights")
    reads(page, "no_open_weights")
    market = sim.Market(rng=0, developers=20_000)
    bare, shown = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        market.run(MONTHS)
        bare.append((time.perf_counter() - start) / MONTHS)
        first, start = month(page), time.perf_counter()
        page.click("[data-test=play]")
        page.wait_for_function(
            "([place, last]) => Number(/month (\\d+) of/.exec(document.querySelector(place).textContent)[1]) >= last",
            arg=[STATE, first + MONTHS],
        )
        last = month(page)
        shown.append((time.perf_counter() - start) / (last - first))
        page.click("[data-test=play]")
        page.wait_for_function("document.querySelector('[data-test=play]').textContent === 'Play'")
        page.wait_for_timeout(500)
    print(f"bare {1000 * min(bare):.1f} ms, on the page {1000 * min(shown):.1f} ms")
    assert min(shown) <= MOST_BARE_MONTHS * min(bare)
