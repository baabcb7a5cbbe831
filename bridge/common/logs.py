"""Where the log goes and what of it."""

from __future__ import annotations

import logging


def start_logging(level: str) -> None:
    """Log to standard error from ``level`` up, as ``[server] log_level`` names it.

    A server that has set up logging of its own (gunicorn's ``--log-config``) keeps it.
    """
    logging.basicConfig(level=level.upper())
    # its lines hold addresses with their query strings, and what it warns of we tell
    logging.getLogger("urllib3").setLevel(logging.ERROR)
