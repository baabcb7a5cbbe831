"""The client's address is the one a trusted proxy vouches for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.common.addresses import Proxies, client_address, subscriber

NOBODY = Proxies()
LOCAL = Proxies.of(("127.0.0.1", "::1", "10.0.0.0/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("198.51.100.1", "", "198.51.100.1"),
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::1", "203.0.113.9", "203.0.113.9"),
        # what stands to the left was written by the client
        ("127.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "192.0.2.1,203.0.113.9 , 10.1.2.3", "203.0.113.9"),
        ("127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3"),
        ("127.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("127.0.0.1", '"[2001:db8::9]:4711"', "2001:db8::9"),
        ("127.0.0.1", "2001:DB8::9", "2001:db8::9"),
        ("::ffff:127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, ", "127.0.0.1"),
        ("", "203.0.113.9", ""),
    ],
)
def test_the_nearest_that_is_no_proxy_counts(
    peer: str, forwarded: str, expected: str
) -> None:
    assert client_address(peer, forwarded, LOCAL) == expected


def test_without_trusted_proxies_the_header_counts_for_nothing() -> None:
    assert client_address("127.0.0.1", "203.0.113.9", NOBODY) == "127.0.0.1"


def test_whoever_uses_the_unix_socket_can_be_trusted() -> None:
    proxies = Proxies.of(("unix",))
    assert client_address("", "203.0.113.9", proxies) == "203.0.113.9"
    assert client_address("127.0.0.1", "203.0.113.9", proxies) == "127.0.0.1"


@given(st.text(), st.text())
def test_any_text_is_survived(peer: str, forwarded: str) -> None:
    found = client_address(peer, forwarded, LOCAL)
    assert found == peer or forwarded
    subscriber(found)


@given(st.text(), st.ip_addresses())
def test_what_the_client_wrote_never_hides_its_own_address(
    written: str, address: object
) -> None:
    client = str(address)
    if LOCAL.trusts(client):
        return
    seen = client_address("127.0.0.1", f"{written}, {client}", LOCAL)
    assert seen == client_address("127.0.0.1", client, LOCAL)


def test_one_customer_has_a_network_of_ipv6() -> None:
    assert subscriber("2001:db8:1:2::1") == subscriber("2001:db8:1:2:ffff::9")
    assert subscriber("2001:db8:1:3::1") != subscriber("2001:db8:1:2::1")
    assert subscriber("192.0.2.1") == "192.0.2.1"
    assert subscriber("fe80::1%eth0") == "fe80::/64"
    assert subscriber("") == ""


@pytest.mark.parametrize("name", ["localhost", "10.0.0.0/33", "1.2.3", "*"])
def test_what_is_no_address_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="is no address or network; write"):
        Proxies.of((name,))
