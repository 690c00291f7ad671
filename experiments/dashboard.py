"""Two worlds with the same luck in a browser, with sliders: ``python -m experiments.dashboard [port=8765]``.

``solara run experiments/dashboard.py`` opens the same page. It is served to this machine alone, fetches nothing from
the internet, and nobody is told that it runs. It needs the extra ``weightshift[dashboard]``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from experiments import terminal
from experiments.pages.dashboard import view
from experiments.questions.settings import ExperimentError, refuse

SETTINGS = {"port": "8765", "open": "true"}
HOST = "127.0.0.1"
# Where a script would be fetched from that solara-assets does not have: nobody answers there, so it fails at once.
NOWHERE = "http://127.0.0.1:9/"
PORTS = (1024, 65535)  # below are those of the system
_LOOK_SECONDS = 0.1  # between two looks whether the server is up
# Distributions of the extra: who serves, and who has the scripts of the widgets on this machine.
EXTRA = ("solara", "ipyvuetify", "solara-assets")
# From its second version on ipyvuetify asks for scripts that solara-assets does not have.
WIDGETS = 2


def _private() -> None:
    """Tell nobody and fetch nothing: unless told not to, Solara reports that it runs, and so do its pages."""
    from solara import settings as of_page
    from solara.server import settings

    of_page.assets.proxy, of_page.assets.cdn = True, NOWHERE
    settings.telemetry.mixpanel_enable = False
    settings.main.mode = "production"
    settings.assets.fontawesome_enabled = False
    settings.theme.show_banner = False


Page: Any = None
if importlib.util.find_spec("solara") is not None:
    _private()
    Page = view.page()


@terminal.door()
def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the dashboard until Ctrl-C; returns the exit code."""
    asked = terminal.settings(arguments, SETTINGS, __doc__)
    if asked is None:
        return 0
    port, open_browser = terminal.whole_of(asked, "port", PORTS), terminal.flag_of(asked, "open")
    _check_extra()
    _check_free(port)
    _serve(port, open_browser)
    return 0


def _check_extra() -> None:
    try:
        versions = {name: metadata.version(name) for name in EXTRA}
    except metadata.PackageNotFoundError as error:
        missing = f"{error.name} is not installed"
    else:
        if int(versions["ipyvuetify"].partition(".")[0]) < WIDGETS:
            return
        missing = f"ipyvuetify {versions['ipyvuetify']} is too new"
    raise ExperimentError(f"{missing} and the dashboard needs it; allowed: pip install 'weightshift[dashboard]'")


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that has just ended does not count
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise refuse("port", port, f"one that is free on this machine ({error.strerror})") from None


def _serve(port: int, open_browser: bool) -> None:
    """Serve this file until Ctrl-C, as ``solara run`` would, to this machine alone."""
    os.environ["SOLARA_APP"] = str(Path(__file__).resolve())
    os.environ["SERVER_NAME"], os.environ["SERVER_PORT"] = HOST, str(port)
    import uvicorn
    from solara.server import starlette

    server = uvicorn.Server(uvicorn.Config(starlette.app, host=HOST, port=port, log_level="error"))
    threading.Thread(target=_announce, args=(server, f"http://localhost:{port}", open_browser), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):  # which is how it ends
        server.run()


def _announce(server: Any, address: str, open_browser: bool) -> None:
    while not server.started:
        time.sleep(_LOOK_SECONDS)
    terminal.say(f"the dashboard is at {address}; Ctrl-C ends it")
    if open_browser:
        webbrowser.open(address)


if __name__ == "__main__" and vars(sys.modules["__main__"]) is globals():  # not while Solara reads this file
    sys.exit(main())
