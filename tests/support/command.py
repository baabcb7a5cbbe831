"""``python -m tests.support.command``: the commands that standard input names.

Each line is one, as in ``portal token list``. They run in one process, since starting
Python for each would take longer than all of them.
"""

from __future__ import annotations

import shlex
import sys
from contextlib import suppress

from bridge.cli import main as bridge
from portal.cli import main as portal

COMMANDS = {"bridge": bridge, "portal": portal}

if __name__ == "__main__":
    for line in sys.stdin:
        program, *args = shlex.split(line)
        with suppress(SystemExit):
            COMMANDS[program](args)
