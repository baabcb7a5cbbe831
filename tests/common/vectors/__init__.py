"""What PHP itself answers, recorded once by ``make.php``; the tests need no PHP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read(name: str) -> list[Any]:
    """The rows of one recorded table."""
    file = Path(__file__).with_name(f"{name}.json")
    rows: list[Any] = json.loads(file.read_text("utf-8"))
    return rows
