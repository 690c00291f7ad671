"""The explorer's page: one HTML file with its data, script and style inside, which asks nobody for anything."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

from experiments.pages.charts import part
from experiments.pages.explorer.content import content
from experiments.questions.settings import ExperimentError
from experiments.results.files import cannot_write, write_atomically
from experiments.results.results import Results

FILE = "explorer.html"
# The page is to be sent around; larger than this it would be a burden.
MOST_BYTES = 5_000_000
_FOLDER = "experiments.pages.explorer"


def html(results: Results, claims: Sequence[dict[str, Any]] | None) -> str:
    """The page.

    Args:
        results: Of the explorer's study, complete.
        claims: Rows of the scorecard; None if there are none, and the page says so.

    Raises:
        ExperimentError: Runs are missing.
    """
    data = {**content(results), "claims": None if claims is None else list(claims)}
    # A text that ended the script early, or began a comment, would be in somebody's name of a claim.
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True, trim_blocks=True)
    return environment.from_string(part("page.html", _FOLDER)).render(
        data=text,
        script="\n".join((part("charts.js"), part("view.js", _FOLDER), part("page.js", _FOLDER))),
        style="\n".join((part("charts.css"), part("page.css", _FOLDER))),
        study=data["study"], seeds=len(data["seeds"]), dates=data["dates"], edge=data["dates"][data["edge"]],
        scenarios=len(data["scenarios"]) - 1, claims=claims is not None,
    )  # fmt: skip


def write(results: Results, folder: Path, claims: Sequence[dict[str, Any]] | None) -> Path:
    """Write ``explorer.html`` into the study's folder; returns its path.

    Raises:
        ExperimentError: Runs are missing, the page would be too large, or the folder cannot be written.
    """
    page = html(results, claims).encode("utf-8")
    if len(page) > MOST_BYTES:
        raise ExperimentError(
            f"the page would have {len(page):,} bytes, more than {MOST_BYTES:,}; ask for fewer months or values of φ"
        )
    path = folder / FILE
    try:
        write_atomically(path, lambda temporary: temporary.write_bytes(page))
    except OSError as error:
        raise cannot_write(folder, error, "study") from None
    return path
