"""Make an environment of its own for every rival: ``python -m benchmarks.environments [name …]``.

Rivals are no dependency of weightshift, not even an optional one: some pin an old NumPy, and all are heavy. Each gets
a virtual environment in ``benchmarks/.environments/``, which git ignores; delete the folder to be rid of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOME = Path(__file__).parent / ".environments"

# What each environment installs; versions are pinned where a rival's interface changes with them.
PACKAGES: dict[str, tuple[str, ...]] = {
    "weightshift": (f"{ROOT}[fast]",),
    "mesa": ("mesa>=3.3,<4", "networkx>=3", "numpy>=2.0"),
    "mesa_frames": ("mesa-frames==0.1.0a0",),
    "starsim": ("starsim>=3,<4",),
    "agentpy": ("agentpy==0.1.5",),
    "jax": ("jax>=0.4.30",),
    "numba": ("numba>=0.61",),
}


def python(name: str) -> str | None:
    """The interpreter of an environment, or None if it has not been made.

    weightshift itself falls back on the running interpreter.
    """
    folder = HOME / name
    interpreter = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if (folder / "installed.json").exists():
        return str(interpreter)
    return sys.executable if name == "weightshift" else None


def make(name: str) -> bool:
    """Create one environment and install its packages; False if its packages cannot be had."""
    folder, packages = HOME / name, PACKAGES[name]
    done = folder / "installed.json"
    if done.exists() and json.loads(done.read_text("utf-8")) == list(packages):
        print(f"{name}: ready")
        return True
    print(f"{name}: installing {', '.join(packages)}")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    interpreter = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    answer = subprocess.run(install, capture_output=True, text=True)
    if answer.returncode:
        lines = [line for line in answer.stderr.splitlines() if line.startswith("ERROR")] or [answer.stderr[-300:]]
        print(f"{name}: left out, its packages cannot be installed: {lines[0]}")
        return False
    done.write_text(json.dumps(list(packages)), "utf-8")
    return True


def main() -> None:
    """Make the environments named on the command line, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.environments", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of: {', '.join(PACKAGES)}")
    names = parser.parse_args().names or list(PACKAGES)
    for name in names:
        if name not in PACKAGES:
            parser.error(f"no environment named {name!r}; there are {', '.join(PACKAGES)}")
    made = [make(name) for name in names]
    sys.exit(0 if all(made) else 1)


if __name__ == "__main__":
    main()
