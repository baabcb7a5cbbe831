"""The benchmarks run, check what they measure, and end with numbers for programs."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.bench.report import Timing
from tests.support.servers import ROOT


def test_a_small_refresh_benchmark_ends_with_its_numbers() -> None:
    words = ["refresh", "--items", "100", "--runs", "1", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", *words],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    assert "two calls at once" in done.stdout
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["benchmark"] == "refresh" and found["items"] == 100
    for name in (
        "items_per_s",
        "limit_items_per_s",
        "ratio_to_limit",
        "statements_per_call",
        "peak_rss_mb",
        "one_percent_items_per_s",
        "none_change_items_per_s",
        "two_at_once_items_per_s",
        "category_none_items_per_s",
        "category_one_items_per_s",
    ):
        assert found[name] > 0, name


def test_the_median_run_counts() -> None:
    timing = Timing((3.0, 1.0, 2.0), tuple(float(n) for n in range(1, 21)))
    assert timing.seconds == 2.0
    assert 19 <= timing.p95 <= 20
    assert Timing((1.0,)).p95 == 0
