"""Hydra, kept small: it composes, we validate, and every refusal is one line on standard error."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import hydra
import yaml
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep
from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig

import sim
from experiments import sweep
from experiments.questions import typed
from experiments.questions.groups import GROUPS, LOOKED_UP, read_groups
from experiments.questions.manual import manual
from experiments.questions.plugins import load
from experiments.questions.settings import ExperimentError, one_line, refuse
from experiments.terminal import REFUSED, USER_ERRORS, report, say
from sim.parameters.moved import MOVED
from sim.parameters.tree import SECTIONS
from sim.parameters.words import meant

CONFIG = "experiments.conf"
SETTINGS = (
    "name",
    "outputs",
    "seeds",
    "months",
    "developers",
    "scenarios",
    "scenario_file",
    "without",
    "plugins",
    "measures",
    "draws",
    "figures",
    "effect",
    "against",
    "precision",
    "at",
    "most_seeds",
    "params",
    "scenario",
    "design",
    "executor",
)
_CONFIG_DIR = ("--config-dir", "-cd")
_HELP = {"--help", "-h"}
# They compose, or even unpickle, what is in a folder of somebody else's.
_ELSEWHERE = ("config_path", "config_name", "config_dir", "experimental_rerun")
_SEARCH_PATH = "hydra.searchpath"
# Hydra 1.3 warns without a version base, 1.4 warns with one.
_HYDRA = {"version_base": "1.3"} if hydra.__version__.startswith("1.3") else {}


def call(task: Callable[[DictConfig], None], arguments: Sequence[str]) -> int:
    """Compose the settings from command-line arguments and hand them to ``task``, once or for each of ``-m``.

    Returns:
        0, or 2 after one line on standard error if Hydra cannot compose; of several jobs the highest of their codes,
        but 1 if one was refused and others are written.
    """
    code = 0
    sweep.begin()
    try:
        arguments, folder = _without_config_dir(typed.in_order(arguments))
        _check_flags(arguments)
        load(_plugins(arguments))  # before composing: they may bring parameters
        if _HELP & set(arguments):
            say(*manual({} if folder is None else read_groups(folder)))
            return 0
        _register()
        with _registered(folder):
            if _plain(arguments):
                with hydra.initialize_config_module(CONFIG, **_HYDRA):  # Hydra's main composes twice
                    task(hydra.compose("config", overrides=list(arguments)))
            else:
                with _as_command_line(arguments), sweep.tidied(arguments) as notes:
                    job = partial(sweep.job, notes, task)
                    hydra.main(config_path=f"pkg://{CONFIG}", config_name="config", **_HYDRA)(job)()
    except sweep.JobFailed as failed:  # in another process, whose words may have gone to a log
        report(failed.line or f"a job ended with exit code {failed.code}")
        code = failed.code
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0
    except USER_ERRORS as error:
        report(error)
        code = REFUSED
    except Exception as error:  # Hydra, OmegaConf, YAML and the file system all have their own ways to refuse
        report(explain(error, arguments))
        code = REFUSED
    return sweep.outcome(code)


def _plain(arguments: Sequence[str]) -> bool:
    """Whether a command is one job and settings of ours alone, for which nothing of Hydra is needed but to compose."""
    return not any(word.startswith("-") or _key(word).startswith("hydra") for word in arguments)


def _register() -> None:
    """Have Hydra know all parameters; there may be more than the last time."""
    store = ConfigStore.instance()
    # Hydra 1.4 takes a second registration for a mistake.
    store.repo.get("params", {}).pop("defaults.yaml", None)
    store.store(group="params", name="defaults", node=sim.Parameters().to_dict())


def _without_config_dir(arguments: Sequence[str]) -> tuple[list[str], Path | None]:
    """The arguments but for ``--config-dir``, which Hydra does not get to see, and the folder that it names."""
    words, rest = list(arguments), []
    folders: list[Path] = []
    while words:
        word = words.pop(0)
        flag, given, value = word.partition("=")
        if flag not in _CONFIG_DIR:
            rest.append(word)
            continue
        if not given:
            value = words.pop(0) if words else ""
        if not os.path.isdir(value) or folders:
            raise refuse(_CONFIG_DIR[0], value, "a folder that exists, once")
        folders.append(Path(value))
    return rest, folders[0] if folders else None


@contextlib.contextmanager
def _registered(folder: Path | None) -> Iterator[None]:
    """While a command is composed, the settings of a folder stand beside those that come with the project."""
    given = {} if folder is None else read_groups(folder)
    known = ConfigStore.instance()
    before = {group: dict(items) for group, items in known.repo.items() if isinstance(items, dict)}
    for group, trees in given.items():
        for name, tree in trees.items():
            known.store(group=group, name=name, node=tree)
    try:
        yield
    finally:
        for group in given:
            known.repo[group] = before.get(group, {})


def _check_flags(arguments: Sequence[str]) -> None:
    from hydra._internal.utils import get_args_parser

    def error(message: str) -> NoReturn:
        raise ExperimentError(f"{message}; allowed: setting=value, -m, --config-dir, --cfg job, --help")

    parser = get_args_parser()
    setattr(parser, "error", error)  # noqa: B010
    asked = parser.parse_args(list(arguments))
    if asked.package is not None:
        raise refuse("--package", asked.package, "nothing of the kind; settings have one package")
    for name in _ELSEWHERE:
        if getattr(asked, name) is not None:
            flag = "--" + name.replace("_", "-")
            raise refuse(flag, getattr(asked, name), "settings from a folder with --config-dir FOLDER, written so")
    for word in asked.overrides:
        key, _, value = word.partition("=")
        if _key(word).startswith(_SEARCH_PATH):
            raise refuse(_SEARCH_PATH, value, "settings from a folder with --config-dir FOLDER")
        if (doubled := _doubled(value)) is not None:
            raise refuse(_key(word), doubled, "each key once")
        if LOOKED_UP in word and not _key(word).startswith("hydra"):
            raise refuse(_key(word), value, "a value; nothing is looked up")
        if value.replace(" ", "") == "{}":  # which Hydra would add to what is there, and so leave it
            raise refuse(_key(word), value, f"something in it; ~{_key(word)} takes away what is there")
        if not (_key(word) and (value or word.startswith("~") or "=" in word)):
            raise refuse("argument", word, "setting=value, for example months=60")
        # Hydra would merge several choices of a group, take none, or stumble over what is no word.
        if key in GROUPS and (not value[:1].isalpha() or value == "null"):
            raise refuse(key, value, "the name of one choice; python -m experiments.run --help lists them")


def _doubled(text: str) -> str | None:
    """The first key that stands twice in a mapping ``{a: 1, a: 2}`` of a value; Hydra would take the last."""
    inside: list[set[str] | None] = []  # keys so far of each mapping, None for each list
    quote, token, at_key = "", "", False
    for letter in text:
        if quote:
            token, quote = (token, "") if letter == quote else (token + letter, quote)
        elif letter in "'\"":
            quote = letter
        elif letter in "{[(":
            inside.append(set() if letter == "{" else None)
            token, at_key = "", letter == "{"
        elif letter in "}])":
            inside, at_key = inside[:-1], False
        elif letter == ",":
            token, at_key = "", bool(inside) and inside[-1] is not None
        elif letter == ":" and at_key and (known := inside[-1]) is not None:
            key, at_key = token.strip(), False
            if key in known:
                return key
            known.add(key)
        else:
            token += letter
    return None


@contextlib.contextmanager
def _as_command_line(arguments: Sequence[str]) -> Iterator[None]:
    # Hydra reads sys.argv, and prints errors itself unless it is asked for the full ones.
    argv, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = ["experiments.run", *arguments]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = argv
        if full is None:
            os.environ.pop("HYDRA_FULL_ERROR", None)
        else:
            os.environ["HYDRA_FULL_ERROR"] = full


def explain(error: Exception, arguments: Sequence[str]) -> str:
    """One line for what went wrong while composing: the setting, its value and what is allowed."""
    if isinstance(error, MissingConfigException) and error.missing_cfg_file and error.options:
        group, _, choice = error.missing_cfg_file.rpartition("/")
        return str(refuse(group, choice, "one of " + ", ".join(sorted(error.options))))
    if isinstance(error, OverrideParseException):
        return _explain_unreadable(str(error.override))
    if isinstance(error, ConfigCompositionException):
        return _explain_override(error, arguments)
    if isinstance(error, yaml.YAMLError):
        mark = getattr(error, "problem_mark", None)
        where = f"{mark.name}, line {mark.line + 1}" if mark is not None else "a settings file"
        problem = getattr(error, "problem", None) or "it cannot be read"
        return f"{where}: not a YAML file of settings: {problem}"
    if isinstance(error, OSError):
        return str(refuse("file", error.filename, f"one that can be used ({error.strerror})"))
    return str(error) or type(error).__name__


def _explain_override(error: Exception, arguments: Sequence[str]) -> str:
    text = str(error)
    quoted = text.split("'")[1] if text.count("'") >= 2 else ""
    word = next((word for word in arguments if _key(word) == quoted), "")
    value = word.partition("=")[2] or "…"
    if "Ambiguous value" in text:
        word = next((word for word in arguments if word in text), word)
        return str(refuse(_key(word), word.partition("=")[2], "one value; for several runs add -m"))
    if "Could not append" in text:
        return str(refuse(word or quoted, value, f"{quoted}={value} without the +, since this setting exists"))
    if not quoted:
        return text
    inside = re.search(rf"full_key: ({re.escape(quoted)}\.\S+)", str(error.__cause__))
    missing = inside[1] if inside else quoted
    address = re.sub(r"^(scenario\.)?params\.", "params.", missing)
    if inside and (address == missing or address in _settings()) and not missing.startswith("params."):
        return str(refuse(quoted, value, f"+{quoted}={value}, since {missing} is not there yet"))
    return f"{quoted}={value} is not allowed: {unknown(address)}"


def _explain_unreadable(word: str) -> str:
    key, _, value = word.partition("=")
    known = _settings()
    if key.lstrip("+~") not in known:
        return f"{one_line(word, 120)} is not allowed: {unknown(key.lstrip('+~'))}"
    signs = f"""text with signs in it goes into quotes, "{key}='a (b)'\""""
    return str(refuse(key, value, f"setting=value as Hydra reads it, like seeds=[3,5]; {signs}"))


def _plugins(arguments: Sequence[str]) -> list[str]:
    """The plugins that a command line names, of all jobs; what Hydra cannot read is left for it to refuse."""
    found: list[str] = []
    for word in arguments:
        if _key(word) != "plugins":
            continue
        with contextlib.suppress(HydraException):
            value = OverridesParser.create().parse_override(word).value()
            for choice in value.list if isinstance(value, ChoiceSweep) else [value]:
                names = choice if isinstance(choice, list) else [] if choice is None else [choice]
                found += [str(getattr(name, "text", name)) for name in names]
    return found


def _key(word: str) -> str:
    return word.partition("=")[0].lstrip("+~")


def unknown(key: str) -> str:
    """Why a key is no setting, and what took its place or which one may be meant."""
    address = key.removeprefix("params.")
    if address in MOVED:
        return f"there is no such setting any more; {MOVED[address]}"
    if key in (known := _settings()):  # of another choice of its group, or of one that is taken away
        return f"this choice of {key.partition('.')[0]} has no such setting; allowed: those that --cfg job shows"
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.8)
    if not close and key.partition(".")[0] not in set(SETTINGS) - {"params"}:
        sentences = {row["address"]: row["doc"] for row in sim.Parameters().table()}
        close = [f"params.{found}" for found in meant(address, sentences)]
    close = close or difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    hint = f"did you mean {' or '.join(close)}?" if close else "allowed: " + ", ".join(SETTINGS)
    return f"there is no such setting; {hint}"


def _settings() -> tuple[str, ...]:
    return (*SETTINGS, "executor.workers", *(f"params.{row['address']}" for row in sim.Parameters().table()))


def overrides(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a composed tree that are not at their defaults, by dotted address.

    Raises:
        ExperimentError: A parameter was deleted from the tree.
    """
    defaults = {row["address"]: row["default"] for row in sim.Parameters().table()}
    given = dict(_leaves(tree, ""))
    # Of a plugin that settings name, and no command line, the sections came too late to be in the tree.
    late = [name for name in SECTIONS.later if name not in tree]
    there = [address for address in defaults if address.split(".")[0] not in late]
    gone = [address for address in there if address not in given and not _has_parent(address, given)]
    if gone:
        raise refuse(f"params.{gone[0]}", "", "a value; a parameter cannot be deleted")
    for address, value in given.items():
        # Pydantic would take true for 1.
        if isinstance(value, bool) and not isinstance(defaults.get(address, False), bool):
            raise refuse(f"params.{address}", value, "a number or a word")
    return {
        address: value
        for address, value in given.items()
        if address not in defaults or isinstance(value, bool) or value != defaults[address]
    }


def _leaves(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _has_parent(address: str, given: Mapping[str, Any]) -> bool:
    return any(address.startswith(f"{other}.") for other in given)
