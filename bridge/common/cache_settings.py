"""Settings of WordPress's persistent object cache: where it is, how its keys look."""

from __future__ import annotations

import re
from importlib.util import find_spec
from urllib.parse import urlsplit

from .settings import one_of

# the drop-ins whose form of keys is known
DROP_INS = ("redis-cache", "wp-redis", "wp-memcached", "memcached")
# scheme: our extra, and the library it brings
_LIBRARIES = {
    "redis": ("redis", "redis"),
    "rediss": ("redis", "redis"),
    "unix": ("redis", "redis"),
    "memcached": ("memcached", "pymemcache"),
}


def cache_address(value: str) -> str:
    """A Redis or Memcached address; never shown, it may hold a password."""
    scheme, _, rest = value.partition("://")
    if scheme not in _LIBRARIES or not rest:
        raise ValueError(
            "write redis://:password@host:6379/0, unix:///path/redis.sock?db=0 or "
            "memcached://host:11211, several of these separated by commas"
        )
    try:
        # in a list of servers no port is a number; each is looked at by itself
        for part in rest.split(",") if scheme == "memcached" else [rest]:
            _ = urlsplit(f"//{part}").port  # read, it is checked
    except ValueError:
        raise ValueError("the port is no number from 0 to 65535") from None
    extra, library = _LIBRARIES[scheme]
    if find_spec(library) is None:
        raise ValueError(
            f"the library for it is missing: pip install 'bizuno-bridge[{extra}]'"
        )
    return value


def cache_keys(value: str) -> str:
    """The name of a drop-in, ``auto``, or a text with {group} and then {key}."""
    if re.fullmatch(r"[a-z0-9-]+", value):
        return one_of("auto", *DROP_INS)(value)
    if not re.fullmatch(r"[^{}\s]*\{group\}[^{}\s]*\{key\}[^{}\s]*", value):
        raise ValueError(
            f"{value!r} is neither auto, {', '.join(DROP_INS)}, nor a text with "
            "{group} and after it {key} such as shop:{group}:{key}"
        )
    return value
