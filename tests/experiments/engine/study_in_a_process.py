"""A study as a process of its own, for tests that do to it what may happen to a process.

Takes the arguments of ``ex.ensemble`` as JSON. Says "ready" when everything is imported, starts when a line comes in,
and at the end says how many runs it lived through itself.
"""

from __future__ import annotations

import json
import sys

import experiments as ex
import sim


def main() -> None:
    """Run the study."""
    lived = 0
    run = sim.Market.run

    def counted(market: sim.Market, months: int) -> sim.Record:
        nonlocal lived
        lived += 1
        return run(market, months)

    sim.Market.run = counted  # type: ignore[method-assign]
    print("ready", flush=True)
    sys.stdin.readline()
    ex.ensemble(**json.loads(sys.argv[1]), progress=False)
    print(lived, flush=True)


if __name__ == "__main__":
    main()
