"""``python -m tests.support PORT``: a private MariaDB to try things on, until ctrl-C.

The address is ``mysql+pymysql://root@127.0.0.1:PORT/``; everything is gone afterwards.
"""

from __future__ import annotations

import signal
import sys

from .mariadb import Server

server = Server(port=int(sys.argv[1]))
print(f"mysql+pymysql://root@127.0.0.1:{sys.argv[1]}/", flush=True)
# blocked only now, or the server would inherit it and not stop either
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
signal.sigwait({signal.SIGINT, signal.SIGTERM})
server.stop()
