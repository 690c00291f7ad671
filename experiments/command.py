"""One command for every door: ``weightshift run scenario=no_deepseek`` is ``python -m experiments.run …``."""

from __future__ import annotations

import ast
import difflib
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import resources

from experiments import terminal
from experiments.questions.settings import refuse

COMPLETION = "completion"
SHELLS = ("bash", "zsh")
# The main job under the name that a newcomer looks for.
_RENAMED = {"main_job": "first-run"}
_SCRIPT = """# eval "$(weightshift completion {shell})"
_weightshift() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} door=${{COMP_WORDS[1]}}
  COMP_WORDBREAKS=${{COMP_WORDBREAKS//=/}}
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "{doors}" -- "$word"))
  elif [[ $door == run ]]; then
    COMPREPLY=($(compgen -W "{settings}" -- "$word"))
    [[ ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}}
complete -F _weightshift weightshift
"""


def doors() -> Mapping[str, tuple[str, str]]:
    """Name of each door → its module and what it is for, the first line of its docstring."""
    found = {}
    for file in sorted(resources.files("experiments").iterdir(), key=lambda file: file.name):
        text = file.read_text("utf-8") if file.name.endswith(".py") else ""
        stem = file.name.removesuffix(".py")
        if "\nif __name__ ==" in text and stem != "command":
            summary = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
            found[_RENAMED.get(stem, stem)] = (f"experiments.{stem}", summary)
    return found


@terminal.door(terminal.KEPT)
def main(arguments: Sequence[str] | None = None) -> int:
    """Open one of the doors; returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    known = doors()
    if not words or words[0] in ("--help", "-h"):
        rows = [(name, what) for name, (_, what) in known.items()]
        rows.append((COMPLETION, f"A script that completes these in a shell: {' or '.join(SHELLS)}."))
        terminal.say("weightshift DOOR …, or DOOR --help", "", *terminal.aligned(rows))
        return 0
    name, *rest = words
    if name == COMPLETION:
        if len(rest) != 1 or rest[0] not in SHELLS:
            raise refuse(COMPLETION, " ".join(rest), f"one of {', '.join(SHELLS)}")
        terminal.say(*_completion(rest[0], list(known)).splitlines())
        return 0
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise refuse("weightshift", name, f"one of {', '.join([*known, COMPLETION])}{hint}")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())  # modules of the user's own, as with python -m
    code: int = importlib.import_module(known[name][0]).main(rest)
    return code


def _completion(shell: str, names: list[str]) -> str:
    from experiments.questions.manual import words

    head = "autoload -U +X bashcompinit && bashcompinit\n" if shell == "zsh" else ""
    return head + _SCRIPT.format(shell=shell, doors=" ".join([*names, COMPLETION]), settings=" ".join(words()))


if __name__ == "__main__":
    sys.exit(main())
