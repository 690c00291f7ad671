"""docs/benchmarks.md and its figures, from results.json alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import words
from benchmarks.environments import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
FIGURES = ROOT / "docs" / "figures"
_METADATA = {"Software": None}


def number(value: float) -> str:
    """Three digits that count."""
    if value == 0.0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def verdict(row: Mapping[str, Any]) -> str:
    """Whether the goal is met, in a word."""
    return {True: "met", False: "**missed**", None: ""}[row["met"]]


def goal(row: Mapping[str, Any]) -> str:
    """The goal with its sign."""
    return "" if row["goal"] is None else f"{'≥' if row['least'] else '≤'} {number(row['goal'])}"


def line(row: Mapping[str, Any]) -> str:
    """One row for the terminal."""
    span = f"{number(row['low'])} to {number(row['high'])}"
    end = f"goal {goal(row)}: {verdict(row).strip('*')}" if row["goal"] is not None else ""
    return f"  {row['what']:<62} {number(row['value']):>8} {row['unit']:<9} ({span})  {end}".rstrip()


def table(rows: list[Mapping[str, Any]]) -> str:
    """Rows as a Markdown table."""
    text = ["| what | median | smallest to largest | goal | |", "|---|---|---|---|---|"]
    for row in rows:
        span = f"{number(row['low'])} to {number(row['high'])}" if row["low"] != row["high"] else "one measurement"
        text.append(f"| {row['what']} | {number(row['value'])} {row['unit']} | {span} | {goal(row)} | {verdict(row)} |")
    return "\n".join(text)


def engines(result: Mapping[str, Any]) -> str:
    """Absolute times of all engines, and what was checked of their outcomes."""
    details = result["details"]["adoption"]
    text = ["| engine | 10⁴ developers | 10⁶ developers | outcomes | versions |", "|---|---|---|---|---|"]
    every = {**details["10000"], **details["1000000"]}
    for name, seen in sorted(every.items(), key=lambda item: _cost(details, item[0])):
        if "counts" not in seen:
            text.append(f"| {seen['title']} | | | left out: {seen['left_out']} | |")
            continue
        cells = [_cell(details[size].get(name)) for size in ("10000", "1000000")]
        checks = [one for key, one in details["outcomes"].items() if key.startswith(f"{name}, ")]
        checked = "identical" if checks and all(one["identical"] for one in checks) else ""
        if checks and not checked:
            checked = f"same law: largest of all z {max(one['worst_z'] for one in checks):.1f}"
        versions = ", ".join(
            f"{key} {value}" for key, value in seen["versions"].items() if key not in ("kernel", "bits")
        )
        text.append(f"| {seen['title']} | {cells[0]} | {cells[1]} | {checked or 'the reference'} | {versions} |")
    return "\n".join(text)


def _cost(details: Mapping[str, Any], name: str) -> float:
    for size in ("1000000", "10000"):
        if "counts" in details[size].get(name, {}):
            return float(details[size][name]["ns_per_decision"]["median"])
    return float("inf")


def _cell(seen: Mapping[str, Any] | None) -> str:
    if seen is None or "counts" not in seen:
        return ""
    spread = seen["ns_per_decision"]
    return f"{number(spread['median'])} ns"


def limit(result: Mapping[str, Any]) -> str:
    """How much quicker than the rivals the limit itself is, in words."""
    seen = result["details"]["adoption"]["1000000"]
    rivals = {"mesa": "Mesa's objects", "mesa_frames": "mesa-frames", "starsim": "Starsim"}
    if any("counts" not in seen.get(name, {}) for name in ("limit", *rivals)):
        return "was not measured beside all of them"
    own = seen["limit"]["ratio_to_core"]["median"]
    times = [
        f"{number(seen[name]['ratio_to_core']['median'] / own)} times as quick as {title}"
        for name, title in rivals.items()
    ]
    return f"is {', '.join(times[:-1])} and {times[-1]}"


def mechanisms(result: Mapping[str, Any]) -> str:
    """Where the time of a small run goes."""
    seconds = result["details"]["small_runs"]["seconds_by_mechanism"]
    whole = result["details"]["small_runs"]["cpu"][-1]
    text = ["| mechanism | ms a run | share |", "|---|---|---|"]
    for name, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        text.append(f"| {name} | {1e3 * spent:.0f} | {spent / whole:.0%} |")
    rest = whole - sum(seconds.values())
    text.append(f"| opening, measures, Mesa's data collector | {1e3 * rest:.0f} | {rest / whole:.0%} |")
    return "\n".join(text)


def lines(result: Mapping[str, Any]) -> str:
    """The lines at which developers' choices spend their time."""
    profile = result["details"]["adoption"]["profile"]
    shown = [(where.split(": ", 1), share) for where, share in profile["lines"].items() if share >= 0.01]
    text = ["| line of `sim` | share |", "|---|---|"]
    text += [f"| `{line.split('  #')[0]}` ({place.split(':')[0]}) | {share:.0%} |" for (place, line), share in shown]
    rest = 1.0 - sum(share for _, share in shown)
    return "\n".join([*text, f"| all other lines, none of them 1% | {rest:.0%} |"])


def flat(result: Mapping[str, Any]) -> str:
    """How little of a small run any line or function bears, in words."""
    profile = result["details"]["small_runs"]["profile"]
    by_line, by_function = sorted(profile["lines"].values())[::-1], profile["functions"]
    hottest = [f"`{name}` {share:.0%}" for name, share in list(by_function.items())[:8]]
    return (
        f"of {profile['samples']:,} samples of the processor, the hottest line has {by_line[0]:.1%}, the ten hottest "
        f"{sum(by_line[:10]):.0%} and the hundred hottest {sum(by_line[:100]):.0%}; by function, what each calls not "
        f"counted: {', '.join(hottest)}"
    )


def machine(result: Mapping[str, Any]) -> str:
    """The machine in one sentence, with its own speed in the same run."""
    what, before, after = result["machine"], result["speed_before"], result["speed_after"]
    passes = ", ".join(
        f"{name.replace('_', ' ')} {before['ns_per_element'][name]:.3f} and {after['ns_per_element'][name]:.3f}"
        for name in before["ns_per_element"]
    )
    again = result.get("measured_again", {})
    alone = f" Measured again since, alone: {', '.join(again)}." if again else ""
    return (
        f"{what['cores']} cores, {what['architecture']}, vector features {', '.join(what['vector_features'])}; "
        f"Python {what['python']}, NumPy {what['numpy']}. Before and after the run, ns an element: {passes}; "
        f"a NumPy call on forty numbers {before['ns_per_call']:.0f} and {after['ns_per_call']:.0f} ns; "
        f"memory copied at {before['memory_gb_per_s']:.0f} and {after['memory_gb_per_s']:.0f} GB/s; load average "
        f"{result['load_before']:.1f} and {result['load_after']:.1f}.{alone}"
    )


def write(result: Mapping[str, Any]) -> None:
    """The page and its figures."""
    figures(result)
    parts = {
        "table": table(result["rows"]),
        "engines": engines(result),
        "limit": limit(result),
        "mechanisms": mechanisms(result),
        "lines": lines(result),
        "flat": flat(result),
        "machine": machine(result),
    }
    PAGE.write_text(words.PAGE.format(**parts), "utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")


def figures(result: Mapping[str, Any]) -> None:
    """Engines side by side, and growth with developers."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    FIGURES.mkdir(exist_ok=True)
    details = result["details"]["adoption"]
    names = [name for name in {**details["10000"], **details["1000000"]} if _cost(details, name) < float("inf")]
    names.sort(key=lambda name: -_cost(details, name))
    figure, axes = pyplot.subplots(figsize=(7.0, 0.34 * len(names) + 1.0), layout="constrained")
    for size, label, colour, shift in (
        ("10000", "10⁴ developers", "#56B4E9", 0.2),
        ("1000000", "10⁶", "#0072B2", -0.2),
    ):
        places = [place for place, name in enumerate(names) if "counts" in details[size].get(name, {})]
        costs = [details[size][names[place]]["ns_per_decision"]["median"] for place in places]
        axes.barh([place + shift for place in places], costs, 0.38, color=colour, label=label)
    titles = [(details["10000"].get(name) or details["1000000"][name])["title"] for name in names]
    axes.set_yticks(range(len(names)), titles)
    axes.set_xscale("log")
    axes.set_xlabel("processor time a decision [ns]")
    axes.legend(frameon=False, loc="upper right")
    axes.spines[["top", "right"]].set_visible(False)
    _save(figure, "benchmarks_engines.png")
    months = {int(size): seen for size, seen in result["details"]["growth"]["months"].items()}
    figure, axes = pyplot.subplots(figsize=(6.0, 3.6), layout="constrained")
    other = {size: seen["seconds"]["month"] - seen["seconds"]["adoption"] for size, seen in months.items()}
    axes.plot(list(months), [seen["seconds"]["adoption"] for seen in months.values()], "o-", label="adoption")
    axes.plot(list(other), list(other.values()), "s-", color="#D55E00", label="everything else")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("developers")
    axes.set_ylabel("a month [s]")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    _save(figure, "benchmarks_growth.png")
    pyplot.close("all")


def _save(figure: Any, name: str) -> Path:
    path = FIGURES / name
    figure.savefig(path, dpi=150, metadata=_METADATA)
    return path
