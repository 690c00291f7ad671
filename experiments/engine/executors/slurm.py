"""A Slurm cluster, or for trying things out processes of this machine, through submitit: each chunk is a job."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import signal
import subprocess
from abc import ABC
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from experiments.engine.executors.jobs import Job, JobExecutor, Queue
from experiments.engine.executors.place import Place
from experiments.questions.settings import check_choice, number, one_line, refuse, whole

CLUSTERS = ("slurm", "local")
COMMANDS = ("sbatch", "srun", "squeue", "scancel")
# A file that a job has written may show late on a file system shared by machines.
GRACE_SECONDS = {"slurm": 60.0, "local": 1.0}
_ONE_THREAD = "export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1"
_WORD = re.compile(r"[A-Za-z0-9_.,@+-]{1,100}")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Slurm(Place):
    """Job arrays; all nodes must see the output folder under the same path.

    Attributes:
        cluster: ``slurm``, or ``local`` for processes of this machine, started just like jobs.
        jobs: Jobs of an array that may run at the same time.
        minutes: Time limit of a job; when it is over, the finished runs of the chunk are kept.
        memory_gb: Memory of a job [GB].
        cpus: Processors of a job; one is enough.
        partition: Where to queue; None for the cluster's default.
        account: Who pays; None for the user's default.
        array_size: Most jobs in an array; a cluster's MaxArraySize must be larger.
        setup: Lines of shell before each job, such as ``module load python``.
        poll_seconds: How often to look for lost jobs [s].
    """

    cluster: str = "slurm"
    jobs: int = 100
    minutes: int = 60
    memory_gb: int = 4
    cpus: int = 1
    partition: str | None = None
    account: str | None = None
    array_size: int = 1000
    setup: tuple[str, ...] = ()
    poll_seconds: float = 30.0

    SETTINGS: ClassVar[tuple[str, ...]] = (
        "cluster", "jobs", "minutes", "memory_gb", "cpus", "partition", "account", "array_size", "setup",
        "poll_seconds",
    )  # fmt: skip
    # A job waits in a queue and starts an interpreter.
    WORTH: ClassVar[float] = 300.0

    @classmethod
    def checked(cls, chunk: int | None, deadline: float | None, given: Mapping[str, Any]) -> Slurm:
        """From settings; what is not given has its default.

        Raises:
            ExperimentError: A setting is not allowed.
        """
        cluster = check_choice("executor.cluster", given.get("cluster", cls.cluster), CLUSTERS)
        setup = () if given.get("setup") is None else given["setup"]
        if not isinstance(setup, Sequence) or not all(isinstance(line, str) and "\n" not in line for line in setup):
            raise refuse("executor.setup", setup, "a list of lines of shell, like ['module load python']")
        if isinstance(setup, str | bytes) or (setup and cluster == "local"):
            raise refuse("executor.setup", setup, "a list of lines with cluster=slurm, null with cluster=local")
        bounds = {"jobs": 100_000, "minutes": 1_000_000, "memory_gb": 100_000, "cpus": 1024, "array_size": 1_000_000}
        checked: dict[str, Any] = {"cluster": cluster, "setup": tuple(setup)}
        for key, most in bounds.items():
            checked[key] = whole(f"executor.{key}", given.get(key, getattr(cls, key)), 1, most)
        for key in ("partition", "account"):
            checked[key] = _word(f"executor.{key}", given.get(key))
        poll = given.get("poll_seconds", cls.poll_seconds)
        return cls(chunk, deadline, poll_seconds=number("executor.poll_seconds", poll, 0.5, 3600.0), **checked)

    @property
    def slots(self) -> int:
        """Chunks that can be computed at once."""
        return self.jobs

    def start(self, scratch: Path) -> Executor:
        """The executor; what it keeps in ``scratch`` is removed at its end unless jobs were lost.

        Raises:
            ExperimentError: submitit or Slurm's commands are not installed here.
        """
        try:
            import submitit  # noqa: F401
        except ImportError:
            raise refuse("executor.kind", "slurm", "with submitit: pip install 'weightshift[cluster]'") from None
        missing = [name for name in COMMANDS if shutil.which(name) is None] if self.cluster == "slurm" else []
        if missing:
            allowed = f"a machine that has {', '.join(missing)}, like a cluster's login node; or local to try"
            raise refuse("executor.cluster", "slurm", allowed)
        scratch = scratch.resolve()
        queue = _SlurmQueue(self, scratch) if self.cluster == "slurm" else _LocalQueue(self, scratch)
        return JobExecutor(queue, scratch, self.poll_seconds, GRACE_SECONDS[self.cluster])


def _word(setting: str, value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and _WORD.fullmatch(value)):
        raise refuse(setting, value, "one word, or null for the cluster's default")
    return value


class _Placed(Queue, ABC):
    def __init__(self, place: Slurm, scratch: Path) -> None:
        super().__init__(scratch)
        self.place = place


class _SlurmQueue(_Placed):
    _warned = False

    def room(self, out: int) -> int:
        # The next array when the last one ends, so that no node idles and a queue's limits are kept.
        return self.place.array_size if out <= self.place.jobs else 0

    def gone(self, jobs: Iterable[Job]) -> list[Job]:
        known = self._known()
        return [] if known is None else [job for job in jobs if job.handle.job_id not in known]

    def _known(self) -> set[str] | None:
        command = ["squeue", "--me", "--noheader", "--array", "--format=%i"]
        try:
            answer = subprocess.run(
                command, capture_output=True, encoding="utf-8", errors="replace", timeout=60.0, check=True
            )
        except (OSError, subprocess.SubprocessError) as error:
            if not self._warned:
                _LOG.warning("%s", one_line(f"squeue does not answer, so lost jobs are not noticed for now: {error}"))
            self._warned = True
            return None
        self._warned = False
        return set(answer.stdout.split())

    def cancel(self, jobs: Iterable[Job]) -> None:
        ids = [job.handle.job_id for job in jobs]
        for start in range(0, len(ids), 500):
            with contextlib.suppress(OSError, subprocess.SubprocessError):
                subprocess.run(["scancel", *ids[start : start + 500]], capture_output=True, timeout=60.0)

    def _executor(self, folder: Path) -> Any:
        import submitit

        place = self.place
        executor = submitit.SlurmExecutor(folder)
        executor.update_parameters(
            job_name="weightshift",
            array_parallelism=place.jobs,
            time=place.minutes,
            mem=f"{place.memory_gb}GB",
            cpus_per_task=place.cpus,
            signal_delay_s=min(90, 6 * place.minutes),
            partition=place.partition,
            account=place.account,
            setup=[_ONE_THREAD, *place.setup],
            srun_args=[f"--cpus-per-task={place.cpus}"],  # which srun no longer takes from sbatch
        )
        return executor


class _LocalQueue(_Placed):
    def room(self, out: int) -> int:
        return self.place.jobs - out

    def gone(self, jobs: Iterable[Job]) -> list[Job]:
        return [job for job in jobs if job.handle.done()]

    def cancel(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if not job.handle.done():  # so its number is not yet another's
                with contextlib.suppress(OSError):
                    os.kill(int(job.handle.job_id), signal.SIGTERM)

    def _executor(self, folder: Path) -> Any:
        import submitit

        executor = submitit.LocalExecutor(folder)
        executor.update_parameters(timeout_min=self.place.minutes)
        return executor
