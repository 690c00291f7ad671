"""A browser without a screen, and what it complains of. Needs the extra ``browser`` and Chromium of the system."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
# Pictures are kept to be looked at.
PICTURES = ROOT / "outputs" / "browser"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SECONDS_TO_START = 120


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium, driven by Playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra browser")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, and what went wrong on it."""

    page: Any
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def picture(self, name: str, width: int) -> Path:
        """A picture of the whole page at a width."""
        path = PICTURES / f"{name}_{width}.png"
        self.page.set_viewport_size({"width": width, "height": 900})
        height = self.page.evaluate("Math.max(...[...document.querySelectorAll('*')].map((e) => e.scrollHeight))")
        self.page.set_viewport_size({"width": width, "height": min(height + 20, 6000)})
        self.page.wait_for_timeout(300)  # charts are drawn anew at the new width
        self.page.screenshot(path=str(path))
        assert path.stat().st_size > 20_000
        return path

    def fits(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        return self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.fixture
def watched(chromium: Any) -> Iterator[Watched]:
    """A new page; at the end nothing may have been complained of, and nobody else asked."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    found = Watched(page)
    page.on("console", lambda message: found.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on("requestfailed", lambda request: found.errors.append(f"failed: {request.url}"))
    page.on("request", lambda request: found.requests.append(request.url))
    yield found
    page.close()
    assert found.errors == []


@pytest.fixture(scope="session")
def served() -> Callable[..., Any]:
    """Serves the dashboard by one of its commands; ``with served("solara") as address``."""

    @contextmanager
    def serve(command: str) -> Iterator[str]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        scripts = Path(sys.executable).parent
        words = {
            "weightshift": [sys.executable, "-m", "experiments.command", "dashboard", f"port={port}", "open=false"],
            "solara": [str(scripts / "solara"), "run", "experiments/dashboard.py", "--port", str(port),
                       "--no-open", "--no-check-version"],
        }[command]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        process = subprocess.Popen(words, cwd=ROOT, env=environment, start_new_session=True)
        try:
            address = f"http://localhost:{port}"
            _wait(address, process)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(timeout=30)
        assert code == 0 or command == "solara"  # where Ctrl-C is an error

    return serve


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until:
        assert process.poll() is None, "the server has ended"
        try:
            direct.open(address, timeout=10).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"nobody answers at {address}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder need a browser."""
    for item in items:
        if Path(str(item.fspath)).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def pictures() -> Path:
    """The folder of pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES
