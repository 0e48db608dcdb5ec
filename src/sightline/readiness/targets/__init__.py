"""One file per firewall, proxy or cloud: permits → its rules, each escaping its own syntax and declaring its losses.

Pure, like all of `readiness`; a target knows nothing of another target. To write one, read `target.py` (what it is),
`addresses.py` (permits by address family), `names.py`, `comments.py` and `losses.py`; then add it to `TARGETS`.
"""

from sightline.readiness.targets import (
    check_point,
    cisco_asa,
    cisco_ios,
    edl,
    fortigate,
    iptables,
    juniper_srx,
    mikrotik,
    nftables,
    opnsense,
    pac,
    palo_alto,
    pf,
    pfsense,
    squid,
    windows,
    zscaler,
)
from sightline.readiness.targets.target import Target

_ALL: tuple[Target, ...] = (
    check_point.TARGET,
    cisco_asa.TARGET,
    cisco_ios.TARGET,
    edl.TARGET,
    fortigate.TARGET,
    iptables.TARGET,
    juniper_srx.TARGET,
    mikrotik.TARGET,
    nftables.TARGET,
    opnsense.TARGET,
    pac.TARGET,
    palo_alto.TARGET,
    pf.TARGET,
    pfsense.TARGET,
    squid.TARGET,
    windows.TARGET,
    zscaler.TARGET,
)

TARGETS: dict[str, Target] = {one.name: one for one in sorted(_ALL, key=lambda one: one.name)}
"""Every target by name, in alphabetical order."""
