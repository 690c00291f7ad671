"""What the dashboard shows of two worlds: a table of headline numbers and charts, as plain data for the page."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import sim
from experiments.pages.charts import DASHES, LABS, percent, plain
from experiments.pages.dashboard.twins import Asked, Twins
from experiments.plots.style import BLACK, BLUE, OTHERS, VERMILLION
from experiments.plots.worlds import label
from experiments.questions.scenarios import BASELINE


class Line(NamedTuple):
    """One line of a chart: a measure and its name."""

    measure: str
    name: str


class Panel(NamedTuple):
    """One chart of either world."""

    name: str
    title: str
    unit: str
    lines: tuple[Line, ...]
    log: bool = False


PANELS = (
    Panel("open", "Open weights' share of the market", "", (
        Line("open_share_tokens", "of tokens"), Line("open_share_users", "of users"),
        Line("open_share_spend", "of spend"))),
    Panel("frontier", "Best capability", "OOM, GPT-3.5 = 0", (
        Line("frontier", "all models"), Line("open_frontier", "open weights"), Line("china_frontier", "China"))),
    Panel("lag", "Behind the frontier", "months", (
        Line("open_lag_step", "open weights"), Line("china_lag", "China behind the US"))),
    Panel("prices", "Prices", "$/Mtok, log", (
        Line("frontier_price", "best model"), Line("price_gpt4_level", "GPT-4's level"),
        Line("price_gpt35_level", "GPT-3.5's level")), log=True),
    Panel("talent", "Researchers, shares of all", "", (
        Line("researchers_labs", "at labs"), Line("researchers_us", "in the US"),
        Line("researchers_china", "in China"))),
)  # fmt: skip
# Numbers beside each other in the table; what they are called, and whether as per cent.
HEADLINES = (
    Line("open_share_tokens", "Open weights' share of tokens"),
    Line("frontier", "Best capability [OOM]"),
    Line("open_lag_step", "Lag of open weights [months]"),
    Line("price_gpt4_level", "GPT-4's level [$/Mtok]"),
    Line("hhi", "Concentration (HHI)"),
    Line("spend", "Spend [$bn/year]"),
    Line("researchers_labs", "Researchers at labs"),
    Line("startups", "Startups"),
)
_COLOURS = (BLUE, VERMILLION, BLACK)


def page(twins: Twins) -> dict[str, Any]:
    """Both worlds to this month: ``state`` in words, a row a headline number, a chart of each world for every panel."""
    month, edge = twins.month, min(sim.calendar.LAST_HISTORICAL_MONTH, twins.asked.months)
    return {
        "month": month,
        "date": sim.date_of(month),
        "names": ["Baseline", changed_name(twins.asked)],
        "state": state(twins),
        "rows": [_row(twins, line) for line in HEADLINES],
        "dates": [sim.date_of(at) for at in range(1 + (edge if month <= edge else twins.asked.months))],
        "edge": edge,
        "panels": [_panel(twins, panel) for panel in PANELS] + [_labs(twins)],
    }


def changed_name(asked: Asked) -> str:
    """The changed world in a few words."""
    changes = len(asked.params)
    words = "Baseline again" if asked.scenario == BASELINE else label(asked.scenario).capitalize()
    return f"{words}, {changes} slider{'s' * (changes != 1)} moved" if changes else words


def state(twins: Twins) -> str:
    """In a line: which worlds, which month, and since when they differ."""
    asked = twins.asked
    values = ", ".join(f"{address} = {value:.4g}" for address, value in asked.params.items())
    differs = (
        "both worlds are the same to the last bit"
        if twins.parted is None
        else f"they differ since {sim.date_of(twins.parted)}"
    )
    changed = f"scenario {asked.scenario}{f' with {values}' if values else ''}"
    luck = f"seed {asked.seed}, {asked.developers:,} developers"
    return f"{sim.date_of(twins.month)}, month {twins.month} of {asked.months}; {luck}; {changed}; {differs}."


def _row(twins: Twins, line: Line) -> dict[str, Any]:
    values = [float(record.series(line.measure)[twins.month]) for record in _records(twins)]
    found = plain([*values, values[1] - values[0]])
    return {"name": line.name, "measure": line.measure, "percent": percent(line.measure), "values": found}


def _records(twins: Twins) -> tuple[sim.Record, sim.Record]:
    return twins.baseline.record, twins.changed.record


def _panel(twins: Twins, panel: Panel) -> dict[str, Any]:
    worlds = [
        [
            {"name": line.name, "colour": colour, "dash": dash,
             "values": plain(record.series(line.measure)[: twins.month + 1])}
            for line, colour, dash in zip(panel.lines, _COLOURS, DASHES, strict=False)
        ]
        for record in _records(twins)
    ]  # fmt: skip
    return {
        "id": panel.name, "title": panel.title, "unit": panel.unit, "scale": "log" if panel.log else "linear",
        "percent": percent(panel.lines[0].measure), "floor": panel.name == "lag", "stacked": False, "worlds": worlds,
    }  # fmt: skip


def _labs(twins: Twins) -> dict[str, Any]:
    worlds = []
    for record in _records(twins):
        shares = record.labs["share_tokens"][: twins.month + 1]
        known = {name: shares[:, record.lab_names.index(name)] for name in LABS if name in record.lab_names}
        rest = shares.sum(axis=1) - np.sum(list(known.values()), axis=0)
        series = [{"name": name, "colour": LABS[name], "values": plain(values)} for name, values in known.items()]
        worlds.append([*series, {"name": "others", "colour": OTHERS, "values": plain(np.maximum(rest, 0.0))}])
    return {
        "id": "labs", "title": "Share of tokens by lab", "unit": "", "scale": "linear", "percent": True,
        "floor": True, "stacked": True, "worlds": worlds,
    }  # fmt: skip
