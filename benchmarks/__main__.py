"""``python -m benchmarks`` in two minutes; ``--full`` for the numbers of the page; ``--check`` for CI."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import check, machine, page, rows
from benchmarks.harness import available

RESULTS = Path(__file__).with_name("results.json")


def measure(full: bool, world: bool) -> dict[str, Any]:
    """All rows, printed as they come, with the machine's own speed before and after."""
    result: dict[str, Any] = {
        "full": full,
        "machine": machine.describe(),
        "environments": available(),
        "speed_before": machine.measure(),
        "load_before": machine.load(),
        "rows": [],
        "details": {},
    }
    for name, measured, details in rows.everything(full, world):
        start = perf_counter()
        for row in measured:
            print(page.line(row.record()), flush=True)
            result["rows"].append({"part": name, **row.record()})
        result["details"][name] = details
        result.setdefault("seconds", {})[name] = perf_counter() - start
    result["speed_after"] = machine.measure()
    result["load_after"] = machine.load()
    return result


def again(name: str, result: dict[str, Any]) -> str:
    """The results with one part measured anew, fully, in its old place."""
    measured, details = rows.PARTS[name](True)
    for row in measured:
        print(page.line(row.record()), flush=True)
    place = next((place for place, row in enumerate(result["rows"]) if row["part"] == name), len(result["rows"]))
    kept = [row for row in result["rows"] if row["part"] != name]
    kept[place:place] = [{"part": name, **row.record()} for row in measured]
    result["rows"], result["details"][name] = kept, details
    result.setdefault("measured_again", {})[name] = {"load": machine.load()}
    return as_text(result)


def as_text(result: dict[str, Any]) -> str:
    """Results as they stand in their file."""
    return json.dumps(result, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Measure, and write or check."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="more rounds, and write results.json and the page")
    parser.add_argument("--world", action="store_true", help="with the developers of the world, 60 months, twice")
    parser.add_argument("--check", action="store_true", help="compare a few ratios with results.json; for CI")
    parser.add_argument("--page", action="store_true", help="write the page and its figures again from results.json")
    parser.add_argument("--only", choices=rows.PARTS, help="measure one part again and replace it in results.json")
    given = parser.parse_args()
    if given.check:
        return check.main(json.loads(RESULTS.read_text("utf-8")))
    if given.only:
        RESULTS.write_text(again(given.only, json.loads(RESULTS.read_text("utf-8"))), "utf-8")
    elif not given.page:
        missing = [name for name, ready in available().items() if not ready]
        if missing:
            print(f"not installed, so left out: {', '.join(missing)} (python -m benchmarks.environments)")
        result = measure(given.full, given.world)
        if not given.full:
            return 0
        RESULTS.write_text(as_text(result), "utf-8")
    page.write(json.loads(RESULTS.read_text("utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
