"""The regression check of CI: ratios within one run, compared with those of results.json.

Only ratios are compared, for a machine's speed is no regression; and only beyond ``TOLERANCE``, for machines differ in
what they do fast.
"""

from __future__ import annotations

from typing import Any

from benchmarks import harness

TOLERANCE = 1.4


def main(before: dict[str, Any]) -> int:
    """Run core, limit and whole-array NumPy; 1 if weightshift has lost ground, or chooses otherwise than C."""
    names = ["core", "limit", "compiled", "numpy_plain"]
    now = harness.race(names, 200_000, 3, 7)
    then = before["details"]["adoption"]["1000000"]
    lost = False
    for name in names[1:]:
        if "counts" not in now.get(name, {}) or "counts" not in then.get(name, {}):
            continue
        ratio, kept = (seen[name]["ratio_to_core"]["median"] for seen in (now, then))
        # How long the other takes over how long weightshift takes: smaller is worse.
        worse = name != "compiled" and ratio * TOLERANCE < kept
        worse |= name == "compiled" and ratio > kept * TOLERANCE
        lost |= worse
        print(f"{harness.ENGINES[name].title}: {ratio:.3f} of the core's time, {kept:.3f} before{' LOST' * worse}")
    for name in ("limit", "compiled"):
        if "counts" in now.get(name, {}) and now[name]["counts"] != now["core"]["counts"]:
            print(f"{harness.ENGINES[name].title}: other choices than the core's")
            lost = True
    return int(lost)
