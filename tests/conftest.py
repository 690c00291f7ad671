"""What all tests assume of the process that runs them."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """A shell that starts tests in the background lets them ignore Ctrl-C, and their children would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
