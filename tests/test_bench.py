"""The benchmarks run, check what they measure, and end with numbers for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.bench.report import Timing
from tests.support.servers import ROOT


def bench(name: str) -> tuple[str, dict[str, Any]]:
    """What a small benchmark prints, and the numbers at its end."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench", name),
            *("--items", "100", "--runs", "1", "--json"),
        ],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["benchmark"] == name and found["items"] == 100
    return done.stdout, found


def test_a_small_refresh_benchmark_ends_with_its_numbers() -> None:
    shown, found = bench("refresh")
    assert "two calls at once" in shown
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


def test_a_small_orders_benchmark_ends_with_its_numbers() -> None:
    _, found = bench("orders")
    others = found["variants"]
    assert sorted(others) == [
        "journal_10_clients_1",
        "journal_10_clients_8",
        "journal_12_clients_1",
    ]
    for numbers in (found, *others.values()):
        for name in ("orders_per_s", "p50_ms", "p95_ms", "limit_per_s"):
            assert numbers[name] > 0, name
        ratio = numbers["orders_per_s"] / numbers["limit_per_s"]
        assert abs(numbers["ratio_to_limit"] - ratio) < 0.01


def test_the_median_run_counts() -> None:
    timing = Timing((3.0, 1.0, 2.0), tuple(float(n) for n in range(1, 21)))
    assert timing.seconds == 2.0
    assert 19 <= timing.p95 <= 20
    assert Timing((1.0,)).p95 == 0


def test_a_small_update_benchmark_ends_with_its_numbers() -> None:
    _, found = bench("update")
    for name in ("simple", "picture", "variations", "picture_later"):
        assert found[f"{name}_ms"] > 0 and found[f"{name}_again_ms"] > 0, name
