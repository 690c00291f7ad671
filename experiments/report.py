"""A report on a study, in one file: ``python -m experiments.report study=outputs/first_run [pdf=true]``.

What was asked, what came out in sentences and figures, what the baseline misses, and an appendix that leads each number
to its measure, run, parameter and source. It is written into the study's folder.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments import terminal
from experiments.pages import report
from experiments.questions.settings import check_path, refuse
from experiments.results.folder import open_results

SETTINGS = {"study": "", "pdf": "false"}


@terminal.door()
def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report; returns the exit code."""
    asked = terminal.settings(arguments, SETTINGS, __doc__)
    if asked is None:
        return 0
    if not asked["study"]:
        raise refuse("study", "", "the folder of a study, study=outputs/<name>")
    folder = check_path("study", asked["study"])
    written = report.write(open_results(folder), folder, as_pdf=terminal.flag_of(asked, "pdf"))
    terminal.say(*(f"written to {path}" for path in written))
    return 0


if __name__ == "__main__":
    sys.exit(main())
