"""The gallery: every kind of figure with one picture, one line and the call that makes it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from experiments import plots
from experiments.engine.ensemble import ensemble
from experiments.findings.calibration.space import Space
from experiments.findings.claims import scorecard, verdicts
from experiments.findings.claims.records import claims
from experiments.findings.discovery import discover
from experiments.findings.openness import payoffs, why
from experiments.findings.sensitivity import sensitivity
from experiments.findings.shapley import shapley
from experiments.findings.validation.report import asked_of
from experiments.questions.draws import POSTERIOR, Draws
from experiments.questions.measures import MARKET
from experiments.questions.scenarios import BASELINE
from experiments.results.files import cannot_write, whole_folder
from experiments.results.results import Results

FOLDER = "figures/gallery"
_OTHER = "no_open_weights"
_DEVELOPERS, _FEW, _MONTHS, _DPI = 2000, 500, 37, 100
_PARAMS = ("adoption.price_sensitivity", "finance.elasticity", "training.teaching", "talent.mobility")
_MECHANISMS = ("talent", "finance", "contribution", "entry")
_CLAIMS = ("K01", "K03", "K05", "K07", "K08", "K17")


def page(made: str) -> str:
    """The gallery as Markdown.

    Args:
        made: The line that says what made it.
    """
    lines = [
        "# Gallery",
        "",
        made,
        "",
        f"{len(plots.KINDS)} kinds of figures, each a function in `ex.plots`. `python -m experiments.figures "
        "study=outputs/first_run` draws all that a study has the numbers for, `kinds=prices,startups` some; "
        "`size=column`, `wide` or `slide`; `grey=true` without colours. Each comes as PDF, SVG and PNG, with the "
        "numbers drawn as CSV and its caption as text. In Python every function takes `size=` and `grey=`, the figure "
        "has `.data` and `.caption`, and `ex.plots.save(figure, folder, name)` writes all of it. Below, `runs` are "
        "results of `ex.ensemble` or `ex.open`, of small studies here; `python -m experiments.figures gallery=docs` "
        "draws the pictures anew.",
    ]
    for name, kind in plots.KINDS.items():
        lines += ["", f"## {name}", "", f"{kind.what} `{kind.call}`", "", f"![{name}]({FOLDER}/{name}.png)"]
    return "\n".join(lines) + "\n"


def draw(docs: Path, kinds: Iterable[str] | None, say: Callable[[str], Any]) -> list[Path]:
    """Draw a small picture of some kinds, all of them if None, from small studies; returns the paths.

    Raises:
        ExperimentError: The folder cannot be written.
    """
    chosen = tuple(plots.KINDS) if kinds is None else tuple(kinds)
    target, paths = docs / FOLDER, []
    try:
        with tempfile.TemporaryDirectory() as outputs:
            of_kind = _Small(Path(outputs))
            for name in chosen:
                say(f"{name} …")
                figure = of_kind.figure(name)
                with whole_folder(target) as temporary:  # each by itself, since some take minutes
                    paths += plots.save(figure, temporary, name, ("png",), beside=False, dpi=_DPI)
    except OSError as error:
        raise cannot_write(target, error, "gallery") from None
    return [target / path.name for path in paths]


class _Small:
    """Studies that are large enough to see something, and the figure of each kind that they give."""

    def __init__(self, outputs: Path) -> None:
        self.more: dict[str, Any] = {"workers": 1, "progress": False, "outputs": outputs}
        self.outputs = outputs
        self.runs = cache(self._runs)
        self.design = cache(self._design)

    def figure(self, name: str) -> Figure:
        """The figure of a kind."""
        of_finding: dict[str, Callable[[], Figure]] = {
            "effect_against": lambda: plots.effect_against(
                self.design(), "spend", _PARAMS[0], scenario=_OTHER, against=BASELINE
            ),
            "heat_map": lambda: plots.heat_map(self.design(), "spend", *_PARAMS[:2], scenario=_OTHER, against=BASELINE),
            "tornado": lambda: plots.tornado(sensitivity(self.design(), "spend", against=BASELINE)),
            "peeling": self._peeling,
            "parts_of_whole": self._parts,
            "payoff_matrix": lambda: plots.payoff_matrix(
                payoffs(["Meta", "DeepSeek"], seeds=3, months=72, developers=_FEW, **self.more)
            ),
            "why": lambda: plots.why(why(months=60, developers=_FEW)),
            "claims_scorecard": self._scorecard,
            "posterior": _posterior,
        }
        if name in of_finding:
            return of_finding[name]()
        return next(iter(self._of_study(name)))()

    def _of_study(self, name: str) -> Iterator[Callable[[], Figure]]:
        found, _ = plots.drawings(self.runs(), [name])
        for _, drawing in found:
            yield drawing

    def _runs(self) -> Results:
        return ensemble([BASELINE, _OTHER], seeds=8, months=60, developers=_DEVELOPERS, **self.more)

    def _design(self) -> Results:
        design = {"kind": "latin_hypercube", "params": list(_PARAMS), "points": 48, "seeds": "common"}
        return ensemble(
            [BASELINE, _OTHER],
            seeds=1,
            months=_MONTHS,
            developers=_FEW,
            design=design,
            measures=["spend"],
            **self.more,
        )

    def _peeling(self) -> Figure:
        """Where spend is in the upper half."""
        last = self.design().load(MARKET, "spend", scenario=BASELINE, month=_MONTHS)
        condition = f"spend > {last['spend'].median():.4g}"
        return plots.peeling(discover(self.design(), condition, scenario=BASELINE))

    def _parts(self) -> Figure:
        asked: dict[str, Any] = {"seeds": 4, "months": 37, "measures": "frontier", "developers": _FEW}
        return plots.parts_of_whole(shapley(_OTHER, mechanisms=_MECHANISMS, **asked, **self.more))

    def _scorecard(self) -> Figure:
        from experiments.engine.executors import Local

        wanted = [claim for claim in claims() if claim.id in _CLAIMS]
        asked = asked_of((0,), _FEW, self.outputs, Local(workers=1))
        space = verdicts.prior_space(10)
        found = verdicts.verdicts(asked, wanted, space.design)
        return plots.claims_scorecard(scorecard.frame([verdicts.Judged(space, tuple(found))]))


def _posterior() -> Figure:
    """Of the rows that are shipped, the parameters that are narrowed most."""
    drawn = Draws.of(POSTERIOR)
    assert drawn is not None
    known = set(Space.of().names)
    space = Space.of([name for name in map(str, drawn.table.columns) if name in known])
    shares = space.shares(drawn.table)
    order = shares.std(axis=0).argsort(kind="stable")
    return plots.posterior([space.names[place] for place in order], shares[:, order], space.default[order])
