"""Every block that is kept for something, from its first address to its last, in each way to write it."""

from __future__ import annotations

import ipaddress
import random

import pytest

from webapp.images.public_addresses import CLOUDS, IPV4_SPECIAL, IPV6_SPECIAL, is_public

# Written out here as well, so that a block that is taken out of the module's table is missed.
REGISTRY = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.0/29",
    "192.0.0.8/32",
    "192.0.0.9/32",
    "192.0.0.10/32",
    "192.0.0.170/32",
    "192.0.0.171/32",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.88.99.2/32",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "::1/128",
    "::/128",
    "::ffff:0:0/104",
    "::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001::/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:2::/48",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]
METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.0.23",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "192.80.8.124",
    "161.26.0.10",
    "166.9.1.1",
    "199.36.153.8",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::a9fe:a9fe",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.0",
    "192.88.98.255",
    "192.88.100.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2001:db9::1",
    "2003::1",
    "2a00:1450:4001:830::200e",
]


def ends(block: str) -> list[str]:
    network = ipaddress.ip_network(block)
    return [str(network[0]), str(network[network.num_addresses // 2]), str(network[-1])]


def carried(address: str) -> list[str]:
    """IPv6 addresses that stand for an IPv4 one."""
    number = int(ipaddress.IPv4Address(address))
    bases = [int(ipaddress.IPv6Address(base)) for base in ("::ffff:0:0", "64:ff9b::")]
    return [str(ipaddress.IPv6Address(base | number)) for base in bases]


@pytest.mark.parametrize("block", [*REGISTRY, *(one for one, _ in (*IPV4_SPECIAL, *IPV6_SPECIAL, *CLOUDS))])
def test_no_address_of_a_special_block_is_public(block):
    for address in ends(block):
        assert not is_public(address)
        assert not is_public(f"{address}%eth0")
        if ":" not in address:
            assert not any(is_public(other) for other in carried(address))


@pytest.mark.parametrize("address", METADATA)
def test_no_metadata_address_is_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["localhost", "", "1.2.3", "0x7f000001", "2130706433", "127.1", "::1::", "[::1]"])
def test_what_is_no_address_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_neighbours_are_public(address):
    assert is_public(address)
    if ":" not in address:
        assert all(is_public(other) for other in carried(address))


def test_nothing_is_public_that_python_calls_private():
    draw = random.Random(7)
    tried: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    tried += [ipaddress.IPv4Address(draw.getrandbits(32)) for _ in range(20_000)]
    tried += [ipaddress.IPv6Address(draw.getrandbits(128)) for _ in range(20_000)]
    private = [ip for ip in tried if not ip.is_global]
    assert len(private) > 1000
    assert not [ip for ip in private if is_public(str(ip))]
