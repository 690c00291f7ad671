"""Figures of a study: ``python -m experiments.figures study=outputs/first_run [kinds=prices,startups] [size=slide]``.

Every kind that the study has the numbers for, as PDF, SVG and PNG, with the numbers drawn as CSV and the caption as
text beside each, into figures_wide in the study's folder, or figures_column, figures_slide; with grey=true into
figures_wide_grey and so on. Sizes: column (3.5 inches), wide (7), slide (13.3 by 7.5). What cannot be drawn, and why,
is said in one line each. docs/gallery.md shows every kind; gallery=docs makes its pictures anew, in some minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from experiments import terminal
from experiments.questions.settings import ExperimentError, check_choice, check_names, check_path, refuse
from experiments.results.files import cannot_write, whole_folder
from experiments.results.folder import open_results

SETTINGS = {"study": "", "kinds": "all", "size": "wide", "grey": "false", "gallery": ""}
ALL = "all"


@terminal.door()
def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the figures; returns the exit code."""
    asked = terminal.settings(arguments, SETTINGS, __doc__)
    if asked is None:
        return 0
    if asked["gallery"]:
        return _gallery(check_path("gallery", asked["gallery"]), asked["kinds"])
    from experiments import plots  # a second to import, so only when something is drawn

    if not asked["study"]:
        raise refuse("study", "", "the folder of a study, study=outputs/<name>")
    folder = check_path("study", asked["study"])
    kinds = _kinds(asked["kinds"])
    size = check_choice("size", asked["size"], tuple(plots.SIZES))
    grey = terminal.flag_of(asked, "grey")
    runs = open_results(folder)
    if not len(runs.runs):
        raise ExperimentError(f"{folder}: no run of this study has finished, so there is nothing to draw")
    target = folder / f"figures_{size}{'_grey' * grey}"
    reasons: dict[str, str] = {}
    try:
        with whole_folder(target) as temporary:
            paths = plots.draw_all(runs, temporary, kinds, size=size, grey=grey, reasons=reasons)
            if not paths:
                raise ExperimentError("; ".join(f"{name} is not drawn: {reason}" for name, reason in reasons.items()))
    except OSError as error:
        raise cannot_write(target, error, "study") from None
    names = sorted({path.stem for path in paths})
    terminal.say(f"{len(names)} figure{'s' * (len(names) != 1)} in {target}: {', '.join(names)}")
    terminal.say(*(f"not drawn: {name}: {reason}" for name, reason in reasons.items()))
    return 0


def _kinds(given: str) -> tuple[str, ...] | None:
    from experiments.plots import KINDS

    return None if given == ALL else check_names("kinds", given.split(","), tuple(KINDS))


def _gallery(docs: Path, kinds: str) -> int:
    from experiments.pages import gallery

    paths = gallery.draw(docs, _kinds(kinds), say=partial(terminal.say))
    terminal.say(f"{len(paths)} pictures in {docs / gallery.FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
