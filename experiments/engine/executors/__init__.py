"""Where chunks are computed: this process, processes of this machine, Dask, Slurm.

Every executor is a :class:`concurrent.futures.Executor`: ``submit`` gives a future, and a future that raises is
work that was lost. What was done is judged by the shards in the store, never by what a worker says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.engine.executors.dask_cluster import DaskCluster
from experiments.engine.executors.jobs import LostJob
from experiments.engine.executors.local import Local
from experiments.engine.executors.place import Place
from experiments.engine.executors.slurm import Slurm
from experiments.questions.settings import check_choice, check_mapping, number, refuse, whole

KINDS: dict[str, type[Local | DaskCluster | Slurm]] = {"local": Local, "dask": DaskCluster, "slurm": Slurm}
_SHARED = ("kind", "chunk", "deadline")
CHUNK = (1, 100_000)
_ALLOWED = "local, or settings like {'kind': 'dask', 'address': 'tcp://HOST:8786'}"

__all__ = ["KINDS", "DaskCluster", "Local", "LostJob", "Place", "Slurm", "place_of"]


def place_of(given: str | Mapping[str, Any]) -> Place:
    """The place that its kind or its settings describe; what is not given has its default.

    Raises:
        ExperimentError: A setting is unknown or not allowed.
    """
    given = {"kind": given} if isinstance(given, str) else check_mapping("executor", given, _ALLOWED)
    kind = KINDS[check_choice("executor.kind", given.get("kind"), KINDS)]
    keys = (*_SHARED, *kind.SETTINGS)
    if not set(given) <= set(keys):
        raise refuse("executor", ", ".join(map(str, given)), "the keys " + ", ".join(keys))
    chunk, deadline = given.get("chunk"), given.get("deadline")
    chunk = None if chunk is None else whole("executor.chunk", chunk, *CHUNK)
    deadline = None if deadline is None else number("executor.deadline", deadline, 1.0, 1e9)
    return kind.checked(chunk, deadline, given)
