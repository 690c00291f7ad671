"""The page of the dashboard: one widget whose template, script and style stand beside this file."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import yaml

import sim
from experiments.pages.charts import part
from experiments.pages.dashboard import panels
from experiments.pages.dashboard.player import SPEEDS, Player, Status
from experiments.pages.dashboard.sliders import STEPS, differences, sliders
from experiments.pages.dashboard.twins import Asked, Twins
from experiments.questions.scenarios import names, scenario

_FOLDER = "experiments.pages.dashboard"


@functools.cache
def page() -> Any:
    """The page as a Solara component; every tab of a browser that opens it has worlds of its own.

    Raises:
        ImportError: Solara is not installed.
    """
    import solara

    widget = _widget()
    first = Asked()

    @solara.component
    def Page() -> Any:
        element = widget.element(offered=offered(), start=_as_text(first))

        def begin() -> Any:
            shown = solara.get_widget(element)
            player = shown.player = Player(first, shown.show)
            return player.close

        solara.use_effect(begin, [])
        return element

    return Page


def offered() -> dict[str, Any]:
    """What can be chosen on the page."""
    return {
        "sliders": [asdict(one) for one in sliders()],
        "scenarios": [{"name": name, "why": scenario(name).why} for name in names()],
        "speeds": list(SPEEDS),
        "steps": STEPS,
    }


def template() -> str:
    """The page as one Vue component."""
    script = "\n".join((part("charts.js"), part("page.js", _FOLDER)))
    style = "\n".join((part("charts.css"), part("page.css", _FOLDER)))
    body = part("page.html", _FOLDER)
    return f"<template>\n{body}</template>\n<script>\n{script}</script>\n<style>\n{style}</style>\n"


def asked_of(given: Mapping[str, Any], months: int) -> Asked:
    """What the page asks for, as it was typed; whether it can be the worlds themselves say."""
    params = differences({str(address): float(value) for address, value in given["params"].items()})
    seed, developers = (_whole(given[name]) for name in ("seed", "developers"))
    return Asked(str(given["scenario"]), params, seed, developers, months)


def _whole(text: Any) -> Any:
    """A whole number if it is one; else what was typed, for the worlds to refuse."""
    try:
        return int(str(text).replace(",", "").replace("_", ""))
    except ValueError:
        return str(text)


def _as_text(asked: Asked) -> dict[str, Any]:
    return {
        "scenario": asked.scenario, "params": dict(asked.params), "seed": str(asked.seed),
        "developers": str(asked.developers),
    }  # fmt: skip


def file_of(setup: sim.Scenario) -> str:
    """A scenario as a file that `scenario_file=` reads."""
    return str(yaml.safe_dump(setup.model_dump(exclude_defaults=True), sort_keys=False, allow_unicode=True, width=100))


@functools.cache
def _widget() -> Any:
    """The class of the widget, made when it is first needed: its base comes with the extra ``dashboard``."""
    import ipyvue
    import traitlets

    class Dashboard(ipyvue.VueTemplate):
        """The page: ``page`` and ``status`` are shown; methods ``vue_…`` are what its controls call."""

        template = traitlets.Unicode(template()).tag(sync=True)
        offered = traitlets.Dict().tag(sync=True)
        start = traitlets.Dict().tag(sync=True)
        page = traitlets.Dict(None, allow_none=True).tag(sync=True)
        status = traitlets.Dict(asdict(Status())).tag(sync=True)
        player: Player

        def show(self, twins: Twins | None, status: Status) -> None:
            with self.hold_sync():
                self.status = asdict(status)
                if twins is not None and not status.busy:
                    self.page = {**panels.page(twins), "file": file_of(twins.setup)}

        def vue_ask(self, given: Mapping[str, Any]) -> None:
            self.player.ask(asked_of(given, Asked().months))

        def vue_play(self, speed: str) -> None:
            self.player.play(SPEEDS[speed])

        def vue_pause(self, *_: Any) -> None:
            self.player.pause()

        def vue_step(self, *_: Any) -> None:
            self.player.step()

        def vue_reset(self, *_: Any) -> None:
            self.player.reset()

    return Dashboard
