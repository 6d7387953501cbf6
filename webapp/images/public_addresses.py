"""Which IP addresses are public: all but those that a registry or a cloud reserves.

Tables and not Python's own `is_global`, which knows another part of the registries in each of its versions.
"""

from __future__ import annotations

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# IANA's special-purpose registry, and multicast. Those that it calls globally reachable are here as well: what answers
# there are relays and name servers, never a web site.
# https://www.iana.org/assignments/iana-ipv4-special-registry
IPV4_SPECIAL = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private use"),
    ("100.64.0.0/10", "shared address space; Alibaba's metadata is 100.100.100.200"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link local; most clouds' metadata"),
    ("172.16.0.0/12", "private use"),
    ("192.0.0.0/24", "IETF protocol assignments; Oracle's older metadata is 192.0.0.192"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "AMT relays"),
    ("192.88.99.0/24", "6to4 relays"),
    ("192.168.0.0/16", "private use"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarks"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved, and the limited broadcast"),
)
# https://www.iana.org/assignments/iana-ipv6-special-registry; what is outside 2000::/3 need not be listed.
IPV6_SPECIAL = (
    ("2001::/23", "IETF protocol assignments: Teredo, PCP and TURN anycast, benchmarks, AMT, AS112, ORCHID, DETs"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3fff::/20", "documentation"),
)
IPV6_UNICAST = ipaddress.ip_network("2000::/3")
"""The one part of IPv6 that addresses of the public internet are given out from."""

# Addresses that look public and lead, from inside a cloud, to its metadata or to services for its own machines.
# The others' (169.254.169.254, fd00:ec2::254, fd20:ce::254, 100.100.100.200) are in the tables above.
CLOUDS = (
    ("168.63.129.16/32", "Azure: the machine's own host"),
    ("161.26.0.0/16", "IBM Cloud: services"),
    ("166.8.0.0/14", "IBM Cloud: service endpoints"),
    ("192.80.8.124/32", "Equinix Metal: metadata"),
    ("199.36.153.0/24", "Google Cloud: private access to its services"),
)

_REFUSED = tuple(ipaddress.ip_network(block) for block, _ in (*IPV4_SPECIAL, *IPV6_SPECIAL, *CLOUDS))
_MAPPED = ipaddress.ip_network("::ffff:0:0/96")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet; False for what is no address.

    IPv6 addresses that only carry an IPv4 address (mapped, NAT64) are what that one is. Those of older ways to do so
    (6to4, Teredo, IPv4-compatible) are not public at all: nobody serves pictures there any more.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if ip in _MAPPED or ip in _NAT64:
        ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.version == 6 and ip not in IPV6_UNICAST:
        return False
    return not any(ip in block for block in _REFUSED)
