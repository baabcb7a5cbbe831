"""Benchmarks: ``python -m tests.bench NAME``. Not collected by pytest.

Each has a MariaDB of its own that flushes at every commit, a fixed seed, a warm-up and
several runs of which the median counts. Absolute numbers belong to the machine; keep
ratios, and compare only what ran in the same hour.
"""
