"""A real nginx in front of an app, with rules that block what a test wants blocked."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from .servers import free_port

_CONFIG = """
daemon off;
user root;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 64m;
  proxy_cache_path {folder}/kept keys_zone=kept:1m;
  server {{
    listen 127.0.0.1:{port}{tls};
    location / {{
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      {rules}
      proxy_pass http://127.0.0.1:{upstream};
    }}
  }}
}}
"""


def binary() -> str | None:
    """The installed nginx; None without one."""
    found = shutil.which("nginx") or "/usr/sbin/nginx"
    return found if Path(found).exists() else None


needs_nginx = pytest.mark.skipif(binary() is None, reason="nginx is not installed")


class Nginx:
    """One nginx before ``upstream`` (a port); ``rules`` go into its location.

    With ``certificate`` (public and private file) it listens by https.
    """

    def __init__(
        self,
        folder: Path,
        upstream: int,
        rules: str = "",
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.port = free_port()
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        self.folder = folder / f"nginx-{self.port}"
        self.folder.mkdir()
        tls = ""
        if certificate:
            public, private = certificate
            tls = f" ssl; ssl_certificate {public}; ssl_certificate_key {private}"
        file = self.folder / "nginx.conf"
        file.write_text(
            _CONFIG.format(
                folder=self.folder,
                port=self.port,
                tls=tls,
                rules=rules,
                upstream=upstream,
            ),
            "utf-8",
        )
        program = binary()
        assert program is not None
        self.process = subprocess.Popen(
            [program, "-c", str(file), "-p", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    log = (self.folder / "error.log").read_text("utf-8", "replace")
                    self.stop()
                    raise RuntimeError(f"nginx did not start:\n{log}") from None
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(15)
