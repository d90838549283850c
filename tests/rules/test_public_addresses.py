"""Which addresses anybody on the Internet has, and which lead inside."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from domain.rules.public_addresses import is_public, unwrapped


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",  # metadata of a cloud
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",  # another cloud's
        "169.254.169.254",  # and of most
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.9",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",  # Teredo
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_what_leads_inside_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2001:4860:4860::8888",
        "2606:4700:4700::1111",
        "2a00:1450:4001::1",
    ],
)
def test_what_anybody_reaches_is_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_an_address_in_another_one_is_taken_out() -> None:
    assert unwrapped(ip_address("::ffff:10.0.0.1")) == ip_address("10.0.0.1")
    assert unwrapped(ip_address("64:ff9b::a00:1")) == ip_address("10.0.0.1")
    assert unwrapped(ip_address("2606:4700::1")) == ip_address("2606:4700::1")
