"""Who is calling: the client's address behind proxies that are known.

``X-Forwarded-For`` is a list that everybody on the way may write; only what a trusted
proxy added to it counts. Read from the right, the first address that is no trusted
proxy is the client's.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNIX = "unix"
_SUBSCRIBER_BITS = 64  # of IPv6: one customer has so many addresses to choose from


@dataclass(frozen=True)
class Proxies:
    """The proxies whose word counts: networks, and whoever uses the unix socket."""

    networks: tuple[Network, ...] = ()
    unix: bool = False

    @classmethod
    def of(cls, names: tuple[str, ...]) -> Proxies:
        """Read addresses, networks and the word ``unix``; ValueError names a wrong."""
        found = []
        for name in names:
            if name == _UNIX:
                continue
            try:
                found.append(ipaddress.ip_network(name, strict=False))
            except ValueError:
                raise ValueError(
                    f"{name!r} is no address or network; write 127.0.0.1, ::1, "
                    "10.0.0.0/8 or unix"
                ) from None
        return cls(tuple(found), _UNIX in names)

    def trusts(self, address: str) -> bool:
        """True for one of them; an empty address is the other end of a unix socket."""
        if not address:
            return self.unix
        parsed = parse(address)
        return parsed is not None and any(
            parsed.version == network.version and parsed in network
            for network in self.networks
        )


def client_address(peer: str, forwarded: str, proxies: Proxies) -> str:
    """The client's address; ``peer`` itself unless it is a trusted proxy.

    ``forwarded`` is the header ``X-Forwarded-For``. What is no address ends the
    search: nothing to the left of it can be believed.
    """
    nearest = peer
    for entry in reversed(forwarded.split(",")):
        if not proxies.trusts(nearest):
            break
        found = parse(entry)
        if found is None:
            break
        nearest = str(found)
    return nearest


def subscriber(address: str) -> str:
    """What one customer of a provider has: the address, or the network of an IPv6."""
    parsed = parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        network = ipaddress.ip_network((parsed, _SUBSCRIBER_BITS), strict=False)
        return str(network)
    return str(parsed) if parsed else address


def parse(text: str) -> Address | None:
    """An address as proxies write it, with a port or in brackets; None for any other.

    An IPv4 address in IPv6's clothes is the IPv4 address.
    """
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
