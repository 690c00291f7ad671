"""What every place of computing has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self


class Ended(SystemExit):
    """A worker was told to end; work that ends by itself is another thing."""


@dataclass(frozen=True)
class Place(ABC):
    """A place where chunks are computed, as settings; :meth:`start` makes the executor.

    Attributes:
        chunk: Tasks (one seed at one point) in a chunk; None to let the engine choose.
        deadline: Longest silence in seconds, without one chunk finished, before the study is given up for now;
            None to wait forever.
    """

    chunk: int | None = None
    deadline: float | None = None

    SETTINGS: ClassVar[tuple[str, ...]] = ()
    # What starting a chunk costs is worth about this much work [s].
    WORTH: ClassVar[float] = 10.0

    @classmethod
    @abstractmethod
    def checked(cls, chunk: int | None, deadline: float | None, given: Mapping[str, Any]) -> Self:
        """From settings.

        Raises:
            ExperimentError: A setting is not allowed.
        """

    @property
    @abstractmethod
    def slots(self) -> int:
        """Chunks that can be computed at once, as far as is known."""

    @property
    def window(self) -> int | None:
        """Chunks handed out at once; None for all."""
        return None

    @abstractmethod
    def start(self, scratch: Path) -> Executor:
        """An executor; ``scratch`` is a folder, not yet there, for what it must keep in files meanwhile.

        Raises:
            ExperimentError: It cannot be reached or is not installed.
        """
