"""One command, several stores: in parallel, and none stops another."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bridge.common.config import Config, StoreConfig
from bridge.common.errors import Problem, Unprocessable

from ..books import Books
from .jobs import Job
from .output import Output
from .push import Ending, Options, Push, label_of
from .report import Report

Make = Callable[[StoreConfig], Job]


def pick_stores(config: Config, name: str | None) -> list[StoreConfig]:
    """The store of this name, or all; raises Unprocessable for an unknown one."""
    if name is None:
        return list(config.stores)
    found = [store for store in config.stores if store.name == name]
    if not found:
        known = ", ".join(store.name or "(unnamed)" for store in config.stores)
        raise Unprocessable(f"There is no section [store:{name}]; there is: {known}.")
    return found


def store_of(config: Config, label: str) -> StoreConfig:
    """The store of a run; raises Unprocessable if it is configured no more."""
    for store in config.stores:
        if label_of(store) == label:
            return store
    raise Unprocessable(f"The store {label} of this run is not configured any more.")


@dataclass
class Pushes:
    """The pushes of one command; a person's ctrl-C ends all of them in order."""

    books: Books
    output: Output
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(
        self, stores: Sequence[StoreConfig], make: Make, options: Options
    ) -> list[Ending]:
        """Push to each store; a Problem is raised for one store, reported of many."""
        if len(stores) == 1:
            with _terminated_is_interrupted():
                return [self._one(stores[0], make, options)]
        with (
            _terminated_is_interrupted(),
            ThreadPoolExecutor(max_workers=len(stores)) as pool,
        ):
            running = [
                pool.submit(self._one_of_many, store, make, options) for store in stores
            ]
            try:
                wait(running)
            except KeyboardInterrupt:
                self._stop.set()
            return [push.result() for push in running]

    def _one_of_many(self, store: StoreConfig, make: Make, options: Options) -> Ending:
        try:
            return self._one(store, make, options)
        except Problem as exc:
            self.output.line(label_of(store), f"Error: {exc.text}")
            self.output.event(label_of(store), "error", {"text": exc.text})
            return Ending("stopped", good=False)

    def _one(self, store: StoreConfig, make: Make, options: Options) -> Ending:
        job = make(store)
        report = Report(self.output, label_of(store), job.kind)
        push = Push(
            self.books,
            store,
            job,
            report,
            options,
            pause=self._pause,
            check=self._check,
        )
        return push.go()

    def _pause(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def _check(self) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt


@contextmanager
def _terminated_is_interrupted() -> Iterator[None]:
    """Let SIGTERM end a push as orderly as ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
