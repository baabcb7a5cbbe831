"""How the drop-ins for a persistent object cache write their keys.

Each puts a salt, the site, the group and the key together in its own way. The common
ones are recognised by what stands in ``wp-content/object-cache.php``; for others the
configuration gives the form.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..common.config import BridgeConfig
from .cache_keys import Key

_READ_BYTES = 256 * 1024
_NETWORK_SITE = re.compile(r".*_([0-9]+)_", re.DOTALL)


@dataclass(frozen=True)
class Form:
    """``head`` + group + ``middle`` + key + ``tail``.

    ``dashes``: a colon within a part becomes a dash. ``counter`` is the key under which
    the drop-in keeps a number that stands in ``head`` for ``{flush}``: it counts up
    when the whole cache is flushed.
    """

    head: str
    middle: str = ":"
    tail: str = ""
    dashes: bool = False
    counter: str = ""

    def written(self, keys: Iterable[Key], flush: str = "") -> list[str]:
        """The keys as the drop-in writes them; each once."""
        head, middle, tail = self.head.replace("{flush}", flush), self.middle, self.tail
        if self.dashes:
            keys = [(group, key.replace(":", "-")) for group, key in keys]
        return list(dict.fromkeys(f"{head}{g}{middle}{k}{tail}" for g, k in keys))


@dataclass(frozen=True)
class DropIn:
    """A drop-in that is installed; ``name`` is "" for one that we do not know."""

    name: str


# name: what stands in the file and in no other. The flush number tells two plugins
# apart that have one name.
_MARKS = {
    "redis-cache": "Redis Object Cache Drop-In",
    "wp-redis": "WP_REDIS_USE_CACHE_GROUPS",
    "wp-memcached": "flush_number_v4",
    "memcached": "memcached_servers",
}


def find_drop_in(config: BridgeConfig) -> DropIn | None:
    """The drop-in beside the upload folder, else beside ``wp-config.php``; or None."""
    folders = [config.uploads.parent]
    if config.wp_config is not None:
        folders.append(config.wp_config.parent / "wp-content")
    for folder in folders:
        file = folder / "object-cache.php"
        try:
            changed = file.stat().st_mtime_ns
        except OSError:
            continue
        return _recognise(file, changed)
    return None


@functools.lru_cache(maxsize=8)
def _recognise(file: Path, _changed: int) -> DropIn:
    try:
        with file.open("rb") as opened:
            text = opened.read(_READ_BYTES).decode("utf-8", "replace")
    except OSError:
        return DropIn("")
    return DropIn(next((name for name, mark in _MARKS.items() if mark in text), ""))


def form_of(config: BridgeConfig, name: str) -> Form:
    """The form of a drop-in's keys in this shop; ``name`` is one of ``DROP_INS``."""
    # blanks are taken out of keys, by all of them
    salt = "".join(config.object_cache_salt.split())
    prefix = config.table_prefix
    found = _NETWORK_SITE.fullmatch(prefix)
    if found or config.network_prefix:
        # in a network the site's number stands for the prefix of its tables
        site = f"{found[1] if found else 1}:"
    elif name == "wp-redis":
        site = ""
    else:
        bare = prefix.strip("_-:$") if name == "redis-cache" else prefix
        site = f"{bare}:"
    if name == "wp-memcached":
        salt = salt and f"{salt}:"
        counter = f"{salt}_:{site}WP_Object_Cache:flush_number_v4"
        return Form(f"{salt}{{flush}}:{site}", counter=counter)
    return Form(f"{salt}{site}", dashes=name == "redis-cache")


def form_of_template(template: str) -> Form:
    """A form that was written out: ``shop:{group}:{key}``."""
    head, _, rest = template.partition("{group}")
    middle, _, tail = rest.partition("{key}")
    return Form(head, middle, tail)
