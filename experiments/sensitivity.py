"""Which parameters a study's result depends on: ``python -m experiments.sensitivity study=outputs/x measure=frontier``.

Saltelli's and Morris's blocks give their indices, any other sample of points rank correlations. With
``against=baseline`` it is about the same-seed effect, without about the level; ``measure=`` may name a month or window,
``hhi@2027-01..2027-12``. With ``where='< 0'`` the region of the parameters in which that holds is peeled off too.
Sentences are printed; the table and a tornado go into a folder of their own in the study's, named by what was asked.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from types import ModuleType

from experiments import terminal
from experiments.findings.discovery import discover
from experiments.findings.sensitivity import sensitivity
from experiments.questions.settings import check_path, refuse
from experiments.results.files import cannot_write, whole_folder, write_data
from experiments.results.folder import open_results

SETTINGS = {"study": "", "measure": "", "scenario": "", "against": "", "where": ""}


@terminal.door()
def main(arguments: Sequence[str] | None = None) -> int:
    """Print, tabulate and draw what a result depends on; returns the exit code."""
    from experiments import plots

    asked = terminal.settings(arguments, SETTINGS, __doc__)
    if asked is None:
        return 0
    for name, wanted in (("study", "the folder of a study, study=outputs/<name>"), ("measure", "measure=frontier")):
        if not asked[name]:
            raise refuse(name, "", wanted)
    folder = check_path("study", asked["study"])
    results = open_results(folder)
    measure, where, scenario, against = (asked[name] or None for name in ("measure", "where", "scenario", "against"))
    found = sensitivity(results, str(measure), scenario=scenario, against=against)
    region = discover(results, f"{measure} {where}", scenario=scenario, against=against) if where else None
    terminal.say(found.describe(), *([region.describe()] if region else []))
    asked_of = "_".join(filter(None, [scenario, f"minus_{against}" if against else "", measure, where]))
    target = folder / f"sensitivity_{re.sub(r'[^A-Za-z0-9.-]+', '_', asked_of).strip('_')}"
    try:
        with whole_folder(target) as temporary:
            write_data(temporary / "sensitivity.csv", found.frame.to_csv())
            plots.save(plots.tornado(found), temporary, "tornado")
            if region:
                plots.save(plots.peeling(region), temporary, "region")
    except OSError as error:
        raise cannot_write(folder, error, "study") from None
    terminal.say(f"written to {target}")
    return 0


class _StillAFunction(ModuleType):
    """Importing this door makes it ``experiments.sensitivity``, which stays the function that it is otherwise."""

    __call__ = staticmethod(sensitivity)


sys.modules[__name__].__class__ = _StillAFunction


if __name__ == "__main__":
    sys.exit(main())
