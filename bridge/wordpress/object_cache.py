"""A shop's persistent object cache, told what is stale.

WordPress with such a drop-in (``wp-content/object-cache.php``) reads posts, metas,
terms, options and transients from it and not from the database. What we write there is
seen only once its keys are dropped; that is done after the commit, once per call. The
write itself never fails for the cache's sake.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence

from ..common.cache_settings import DROP_INS
from ..common.checks import Cause, Check, failed, ok, warning
from ..common.config import BridgeConfig
from .cache_forms import (
    Form,
    find_drop_in,
    form_of,
    form_of_template,
)
from .cache_keys import ALL_OPTIONS, Key, product_keys
from .cache_servers import CacheFailed, Server, servers_at

AUTO = "auto"
log = logging.getLogger("bizuno_bridge.object_cache")
_CHECK = "object cache"
_LATE = "the shop shows old values until its object cache is flushed"
_COMPARE = (
    "Unless it was just emptied, compare [bridge] object_cache_salt and"
    " object_cache_keys with wp-config.php."
)
_UNSET = (
    "WordPress keeps an object cache (wp-content/object-cache.php), and [bridge]"
    f" object_cache does not say where; {_LATE}."
)
_UNKNOWN = (
    "WordPress's object cache is of a kind that is not known here, so its keys cannot"
    f" be named; {_LATE}."
)


class CacheUnset(Exception):
    """There is an object cache that the configuration does not say enough about."""

    def __init__(self, text: str, key: str) -> None:
        self.text = text
        self.remedy = f"Set [bridge] {key}, then flush the cache once."
        super().__init__(f"{self.text} {self.remedy}")


class ObjectCache:
    """The object cache of one shop, for any number of threads; connects when used."""

    def __init__(self, config: BridgeConfig) -> None:
        self._config = config
        self._servers: list[Server] | None = None
        self._lock = threading.Lock()

    @property
    def servers(self) -> list[Server]:
        """The configured servers of this process."""
        with self._lock:
            if self._servers is None:
                assert self._config.object_cache
                self._servers = servers_at(self._config.object_cache)
            return self._servers

    def form(self) -> Form | None:
        """How keys are written, after one look at the disk and no connection.

        None without a cache; raises CacheUnset when one is there and not configured.
        """
        drop_in = find_drop_in(self._config)
        if not self._config.object_cache:
            if drop_in is not None:
                raise CacheUnset(_UNSET, "object_cache")
            return None
        chosen = self._config.object_cache_keys
        if chosen == AUTO:
            usual = "redis-cache"
            if self._config.object_cache.startswith("memcached:"):
                usual = "memcached"
            chosen = usual if drop_in is None else drop_in.name
        elif chosen not in DROP_INS:
            return form_of_template(chosen)
        if not chosen:
            raise CacheUnset(_UNKNOWN, "object_cache_keys")
        return form_of(self._config, chosen)

    def drop(self, keys: Sequence[Key], form: Form) -> Iterator[str]:
        """Drop keys everywhere; yields a sentence for each server that failed.

        A cache in which none of them was, and WordPress's options are not either, is
        probably looked for under wrong names; that is told as well.
        """
        for server in self.servers:
            try:
                flush = _flush_number(server, form)
                written = form.written(keys, flush)
                dropped = server.drop(written)
                if dropped == 0 and (lost := _nothing_held(server, form, flush)):
                    yield f"The object cache: {lost} {_COMPARE}"
            except CacheFailed as exc:
                yield (
                    f"The object cache, {server.name}, {exc}; {_LATE}. Look after that"
                    " server, then flush the cache."
                )
            else:
                log.debug("%s: %s keys, %s there", server.name, len(written), dropped)

    def close(self) -> None:
        """Close every connection of this process."""
        for server in self._servers or ():
            server.close()
        self._servers = None

    def checks(self, ident: int | None = None) -> Iterator[Check]:
        """How it is and what it holds of product ``ident``; empty without a cache."""
        try:
            form = self.form()
        except CacheUnset as exc:
            yield warning(_CHECK, exc.text, exc.remedy, Cause.SETTING)
            return
        if form is None:
            return
        for server in self.servers:
            try:
                yield _check(server, form, ident)
            except CacheFailed as exc:
                remedy = "Look after that server, then flush the cache."
                text = f"{server.name} {exc}; {_LATE}."
                yield failed(_CHECK, Cause.CANNOT_REACH, text, remedy)


def _check(server: Server, form: Form, ident: int | None) -> Check:
    flush = _flush_number(server, form)
    if lost := _nothing_held(server, form, flush):
        return warning(_CHECK, lost, _COMPARE, Cause.SETTING)
    if ident is None:
        return ok(_CHECK, f"{server.name} is in use")
    found = server.held(form.written(product_keys(ident), flush))
    return ok(_CHECK, f"{server.name} holds {found} entries of product {ident}")


def _nothing_held(server: Server, form: Form, flush: str) -> str:
    """A sentence when even what every page view caches is not there; else empty."""
    (options,) = form.written([ALL_OPTIONS], flush)
    found = server.held([options])
    return "" if found else f"{server.name} holds nothing under {options}."


def _flush_number(server: Server, form: Form) -> str:
    """The number that is part of every key; empty where the form has none."""
    if not form.counter:
        return ""
    return (server.read(form.counter) or b"").decode("ascii", "replace")
