"""The scorecard: a row for each claim, as Markdown and a table, with links to what is behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.findings.claims.judge import PER_CENT, in_words
from experiments.findings.claims.verdicts import (
    DEPENDS,
    FAILS_WIDELY,
    FALSE,
    HARDLY,
    HOLDS_WIDELY,
    WIDELY,
    Compared,
    Judged,
    Verdict,
)
from experiments.findings.validation.report import Report, number, table
from experiments.questions.scenarios import names

TABLE = "verdicts"
_HEAD = ("", "claim", "verdict", "holds in", "effect (10–90% of draws)", "asked for", "depends on", "mechanism")
MOST = 5


@dataclass(frozen=True)
class Place:
    """Where the scorecard stands, for its links.

    Attributes:
        root: Path from there to the folder with ``docs`` and ``sim``, with a slash at its end.
        studies: Start of the paths from there to the folders of the runs; empty for no links to them.
    """

    root: str = ""
    studies: str = ""

    def runs(self, over: str, one: Verdict) -> list[tuple[str, str]]:
        """Name and path of the folders of the runs behind a verdict."""
        if not self.studies:
            return []
        paths = [f"{self.studies}_{over}_{month}" for month in one.months]
        return [(path.rpartition("/")[2], f"{path}/provenance.json") for path in paths]


def frame(judged: Sequence[Judged]) -> pd.DataFrame:
    """One row a space and test, of a claim without any one row."""
    return pd.DataFrame([{"over": one.space.name, **row} for one in judged for row in _records(one.found)])


def _records(found: Sequence[Verdict]) -> Iterator[dict[str, object]]:
    for one in found:
        low, high = one.band
        head = {
            "id": one.claim.id, "claim": one.claim.claim, "kind": one.kind, "verdict": one.words, "share": one.share,
            "share_low": low, "share_high": high, "reversed": one.reversed, "draws": len(one.margin),
            "depends": "; ".join(f"{name} {rank:+.2f}" for name, rank in one.depends["rank"].items()),
        }  # fmt: skip
        for tested in one.tested or (None,):
            yield head | ({} if tested is None else _of_test(tested))


def _of_test(tested: Compared) -> dict[str, object]:
    mean, low, high = _spread(tested)
    test = tested.test
    return {
        "measure": test.measure, "labs": ",".join(test.labs), "scenario": test.setups[0].name,
        "window": " to ".join(test.window), "sign": test.sign, "mean": mean, "q10": low, "q90": high,
        "unit": tested.unit, "threshold": tested.threshold,
        "without_number": int((~np.isfinite(tested.effects)).sum()),
    }  # fmt: skip


def _spread(tested: Compared) -> tuple[float, float, float]:
    effects = tested.effects[np.isfinite(tested.effects)]
    if not len(effects):
        return float("nan"), float("nan"), float("nan")
    low, high = np.quantile(effects, [0.1, 0.9])
    return float(effects.mean()), float(low), float(high)


def report(judged: Sequence[Judged], seeds: int, developers: int, place: Place) -> Report:
    """The scorecard in Markdown and the table behind it.

    Args:
        judged: The claims over each space.
        seeds: Of each draw.
        developers: Simulated developers.
        place: Where the text stands.
    """
    lines = [f"{how(seeds, developers)}\n"]
    if len(judged) > 1:
        head = ["", "claim", *(name for one in judged for name in (f"over the {one.space.name}", "holds in"))]
        lines += [*(summary(one) + "\n" for one in judged), table(head, list(_glance(judged, place)))]
    for one in judged:
        lines += [f"### Over the {one.space.name}\n"] * (len(judged) > 1) + [f"{summary(one)}\n"] * (len(judged) == 1)
        lines.append(table([*_HEAD, *["runs"] * bool(place.studies)], list(_rows(one, place))))
    return Report("\n".join(lines), {TABLE: frame(judged)})


def _glance(judged: Sequence[Judged], place: Place) -> Iterator[list[str]]:
    for same in zip(*(one.found for one in judged), strict=True):
        claim = same[0].claim
        yield [
            _record(claim.id, place),
            claim.claim,
            *(cell for one in same for cell in (f"**{one.kind}**", share(one))),
        ]


def how(seeds: int, developers: int) -> str:
    """What a verdict is, and of how many runs."""
    return (
        f"{seeds} {'seed' if seeds == 1 else 'seeds'} each, {developers:,} developers, the same seeds on both sides of "
        "each comparison. A claim holds in a draw if every test has the sign asked for and the size of the threshold, "
        f"in the mean over seeds; *widely* from {100 * WIDELY:.0f}% of the draws on, *fails widely* up to "
        f"{100 * HARDLY:.0f}%. After the share is its 95% interval. *Depends on*: rank correlations of the margin over "
        f"the draws; of those named a tenth ({FALSE:g}) may be chance; + holds sooner at high values."
    )


def summary(one: Judged) -> str:
    """How many claims come out how over one space."""
    counts = [f"{sum(verdict.kind == kind for verdict in one.found)} {word}" for kind, word in (
        (HOLDS_WIDELY, "hold widely"), (DEPENDS, "depend"), (FAILS_WIDELY, "fail widely"))]  # fmt: skip
    left = sum(verdict.kind not in (HOLDS_WIDELY, DEPENDS, FAILS_WIDELY) for verdict in one.found)
    more = f", {left} not judged" if left else ""
    return f"**Of {len(one.found)} claims {', '.join(counts)}{more}**; {one.space.what}."


def _rows(judged: Judged, place: Place) -> Iterator[list[str]]:
    for one in judged.found:
        depends = ", ".join(
            f"[`{name}`]({place.root}docs/parameters.md#{name}) {number(float(rank), '+.2f')}"
            for name, rank in one.depends["rank"].head(MOST).items()
        )
        mechanisms = ", ".join(f"[`{path}`]({place.root}{path.partition(':')[0]})" for path in one.claim.mechanisms)
        runs = ", ".join(f"[`{name}`]({path})" for name, path in place.runs(judged.space.name, one))
        last = [depends or "–", mechanisms or "–", *[runs or "–"] * bool(place.studies)]
        head = [_record(one.claim.id, place), one.claim.claim, f"**{one.words}**"]
        if not one.tested:
            yield [*head, "–", "–", "–", *last]
        for row, tested in enumerate(one.tested):
            first = [*head, share(one)] if not row else [""] * 4
            yield [*first, effect(tested, place), asked(tested), *(last if not row else [""] * len(last))]


def _record(identity: str, place: Place) -> str:
    return f"[{identity}]({place.root}experiments/findings/claims/{identity}.yaml)"


def share(one: Verdict) -> str:
    """Share of the draws in which a claim holds, and its interval."""
    low, high = one.band
    return f"{100 * one.share:.0f}% ({100 * low:.0f} to {100 * high:.0f})" if np.isfinite(one.share) else "–"


def effect(tested: Compared, place: Place) -> str:
    """What is compared, with links to scenarios and measure, and what came out."""
    form = "+.1f" if tested.unit in (PER_CENT, "months") else "+.3f"
    mean, low, high = (number(value, form) for value in _spread(tested))
    words, measure = in_words(tested.test), tested.test.measure
    anchor = measure if "." in measure else f"market.{measure}"
    words = words.replace(f"`{measure}`", f"[`{measure}`]({place.root}docs/measures.md#{anchor})", 1)
    for name in {side.name for side in tested.test.setups if side is not None} & set(names()):
        words = words.replace(f"`{name}`", f"[`{name}`]({place.root}docs/scenarios.md#{name})")
    return f"{words}: {mean} ({low} to {high}){unit(tested)}"


def unit(tested: Compared) -> str:
    """Of its effects, after a space."""
    return {"1": "", "share": "", PER_CENT: " %"}.get(tested.unit, f" {tested.unit}")


def asked(tested: Compared) -> str:
    """The effect from which on it holds."""
    return f"{'≥ +' if tested.test.sign == '+' else '≤ −'}{tested.threshold:g}{unit(tested)}"
