"""The scorecard: a row for each claim, as Markdown, HTML and a table, with links to what is behind it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

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
    Verdict,
)
from experiments.findings.validation.report import Report, number, table
from experiments.questions.scenarios import names

TABLE = "verdicts"
_HEAD = ("", "claim", "verdict", "holds in", "effect (10–90% of draws)", "asked for", "depends on", "mechanism")
_MOST = 5
_LINK = re.compile(r"\[`([^`]*)`\]\(([^)]*)\)")


def frame(found: Sequence[Verdict]) -> pd.DataFrame:
    """One row a test, of a claim without any one row."""
    return pd.DataFrame(list(_records(found)))


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


def report(found: Sequence[Verdict], what: str, seeds: int, developers: int, root: str = "") -> Report:
    """The scorecard in Markdown and the table behind it.

    Args:
        found: A verdict for each claim.
        what: What was drawn, like ``16 draws from all ranges``.
        seeds: Of each draw.
        developers: Simulated developers.
        root: Path from where the text stands to the folder with ``docs`` and ``sim``, for its links.
    """
    lines = [_summary(found, what, seeds, developers), "", table(_HEAD, list(_rows(found, root)))]
    return Report("\n".join(lines), {TABLE: frame(found)})


def _summary(found: Sequence[Verdict], what: str, seeds: int, developers: int) -> str:
    counts = [f"{sum(one.kind == kind for one in found)} {word}" for kind, word in (
        (HOLDS_WIDELY, "hold widely"), (DEPENDS, "depend"), (FAILS_WIDELY, "fail widely"))]  # fmt: skip
    left = sum(one.kind not in (HOLDS_WIDELY, DEPENDS, FAILS_WIDELY) for one in found)
    more = f", {left} not judged" if left else ""
    return (
        f"**Of {len(found)} claims {', '.join(counts)}{more}**; {what}, {seeds} {'seed' if seeds == 1 else 'seeds'} "
        f"each, {developers:,} developers, the same seeds on both sides of each comparison. A claim holds in a draw if "
        f"every test has the sign asked for and the size of the threshold, in the mean over seeds; *widely* from "
        f"{100 * WIDELY:.0f}% of the draws on, *fails widely* up to {100 * HARDLY:.0f}%. After the share is its 95% "
        f"interval. *Depends on*: rank correlations of the margin over the draws; of those named a tenth "
        f"({FALSE:g}) may be chance; + holds sooner at high values."
    )


def _rows(found: Sequence[Verdict], root: str) -> Iterator[list[str]]:
    for one in found:
        share = _share(one)
        depends = ", ".join(
            f"[`{name}`]({root}docs/parameters.md#{name}) {number(float(rank), '+.2f')}"
            for name, rank in one.depends["rank"].head(_MOST).items()
        )
        mechanisms = ", ".join(f"[`{place}`]({root}{place.partition(':')[0]})" for place in one.claim.mechanisms)
        record = f"[{one.claim.id}]({root}experiments/findings/claims/{one.claim.id}.yaml)"
        last = [depends or "–", mechanisms or "–"]
        if not one.tested:
            yield [record, one.claim.claim, f"**{one.words}**", "–", "–", "–", *last]
        for place, tested in enumerate(one.tested):
            head = [record, one.claim.claim, f"**{one.words}**", share] if not place else [""] * 4
            yield [*head, _effect(tested, root), _asked(tested), *(last if not place else ["", ""])]


def _share(one: Verdict) -> str:
    low, high = one.band
    return f"{100 * one.share:.0f}% ({100 * low:.0f} to {100 * high:.0f})" if np.isfinite(one.share) else "–"


def _effect(tested: Compared, root: str) -> str:
    form = "+.1f" if tested.unit in (PER_CENT, "months") else "+.3f"
    mean, low, high = (number(value, form) for value in _spread(tested))
    words = in_words(tested.test)
    for name in {side.name for side in tested.test.setups if side is not None} & set(names()):
        words = words.replace(f"`{name}`", f"[`{name}`]({root}docs/scenarios.md#{name})")
    return f"{words}: {mean} ({low} to {high}){_unit(tested)}"


def _unit(tested: Compared) -> str:
    return {"1": "", "share": "", PER_CENT: " %"}.get(tested.unit, f" {tested.unit}")


def _asked(tested: Compared) -> str:
    return f"{'≥ +' if tested.test.sign == '+' else '≤ −'}{tested.threshold:g}{_unit(tested)}"


def page(found: Sequence[Verdict], what: str, seeds: int, developers: int, root: str = "") -> str:
    """The scorecard as one page of HTML that fetches nothing."""
    rows = []
    for one in found:
        share = _share(one)
        depends = ", ".join(
            _link(f"{root}docs/parameters.md#{name}", f"{name} {number(float(rank), '+.2f')}")
            for name, rank in one.depends["rank"].head(_MOST).items()
        )
        mechanisms = ", ".join(_link(root + place.partition(":")[0], place) for place in one.claim.mechanisms)
        tests = "<br>".join(_LINK.sub(
            lambda found: _link(found[2], found[1]),
            html.escape(f"{_effect(tested, root)}; asked {_asked(tested)}"),
        ).replace("`", "") for tested in one.tested)  # fmt: skip
        record = _link(f"{root}experiments/findings/claims/{one.claim.id}.yaml", one.claim.id)
        cells = [record, html.escape(one.claim.claim), f"<b>{html.escape(one.words)}</b>", share, tests, depends]
        rows.append("<tr>" + "".join(f"<td>{cell or '–'}</td>" for cell in (*cells, mechanisms)) + "</tr>")
    columns = ("", "claim", "verdict", "holds in", "effects (10–90% of draws)", "depends on", "mechanism")
    head = "".join(f"<th>{name}</th>" for name in columns)
    summary = html.escape(_summary(found, what, seeds, developers)).replace("*", "")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Claims</title><style>'
        "body{font:15px sans-serif;margin:2em;max-width:80em}td,th{border-bottom:1px solid #ccc;padding:.4em;"
        "text-align:left;vertical-align:top}table{border-collapse:collapse}</style></head><body><h1>Claims</h1>"
        f'<p>{summary}</p><p><img src="claims_scorecard.svg" alt="share of draws in which each claim holds"></p>'
        f"<table><tr>{head}</tr>{''.join(rows)}</table></body></html>\n"
    )


def _link(target: str, words: str) -> str:
    return f'<a href="{html.escape(target, quote=True)}">{html.escape(words)}</a>'
