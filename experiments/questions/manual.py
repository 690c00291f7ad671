"""What can be asked on the command line, as text: settings, scenarios and parameters with their units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources

import sim
from experiments.questions.scenarios import names, scenario
from sim.inputs.display import number

COMMAND = "python -m experiments.run"
TRIES = (
    f"{COMMAND} scenario=no_deepseek seeds=5 months=36 params.talent.mobility=0.03",
    f"{COMMAND} design=latin_hypercube design.points=100 design.params=[talent,finance.elasticity]",
    f"{COMMAND} seeds=auto effect=open_lag precision=0.5 scenario=no_deepseek",
    f"{COMMAND} -m scenario=no_deepseek,meta_closes",
    f"{COMMAND} --cfg job        prints every setting and parameter as YAML",
)
_CONF = "experiments.conf"
_SETTING = re.compile(r"([a-z_]+): (\S+) +# (.*)")
_GROUPS = ("design", "executor")
_WIDTH = 110


def manual(own: Mapping[str, Iterable[str]] | None = None) -> list[str]:
    """Lines of ``--help``.

    Args:
        own: Choices from a folder of the user's, by group.
    """
    lines = ["One experiment with weightshift; each scenario is run beside the baseline, seed by seed.", ""]
    lines += [f"{COMMAND} setting=value …", "", "Settings, and their defaults:"]
    lines += [f"  {f'{name}={default}':<22}{what}" for name, default, what in _settings()]
    for group in _GROUPS:
        lines.append(f"  {f'{group}={_choices(group)[0]}':<22}one of {', '.join(_choices(group))}")
    lines += ["", "Parameters: params.ADDRESS=VALUE; default, unit and what it is (docs/parameters.md has sources):"]
    lines += list(_parameters())
    lines += ["", "Scenarios: scenario=NAME, or a file of your own with scenario_file=mine.yaml:"]
    lines += [f"  {name:<24}{_short(scenario(name).why, _WIDTH - 26)}" for name in names()]
    lines += [f"  {group}={name:<{23 - len(group)}}your own" for group, found in (own or {}).items() for name in found]
    return [*lines, "", *("Try: " + "\n     ".join(TRIES)).splitlines()]


def words() -> list[str]:
    """Everything that a command line may begin with, for a shell to complete."""
    found = [f"{name}=" for name, _, _ in _settings()]
    found += [f"{group}={choice}" for group in _GROUPS for choice in _choices(group)]
    found += [f"scenario={name}" for name in names()]
    return found + [f"params.{row['address']}=" for row in sim.Parameters().table()]


def _settings() -> Iterator[tuple[str, str, str]]:
    """Name, default and meaning of each setting, from the file that sets the defaults."""
    for line in resources.files(_CONF).joinpath("config.yaml").read_text("utf-8").splitlines():
        if found := _SETTING.fullmatch(line):
            yield found[1], found[2], found[3]


def _choices(group: str) -> list[str]:
    """Choices of a group, the default first."""
    known = sorted(file.name.removesuffix(".yaml") for file in resources.files(_CONF).joinpath(group).iterdir())
    text = resources.files(_CONF).joinpath("config.yaml").read_text("utf-8")
    default = re.search(rf"- {group}: (\w+)", text)
    first = default[1] if default else known[0]
    return [first, *(name for name in known if name != first and not name.startswith("_"))]


def _parameters() -> Iterator[str]:
    for row in sim.Parameters().table():
        value = f"{number(row['default'])} {row['unit'] if row['unit'] != '1' else ''}".rstrip()
        yield f"  {row['address']:<42}{value:<24}{_short(row['doc'], _WIDTH - 42)}"


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"
