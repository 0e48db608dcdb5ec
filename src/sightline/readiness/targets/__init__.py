"""One file per firewall, proxy or cloud: permits → its rules, each escaping its own syntax and declaring its losses.

Pure, like all of `readiness`; a target knows nothing of another target. To write one, read `target.py` (what it is),
`addresses.py` (permits by address family), `names.py`, `comments.py` and `losses.py`; then add it to `TARGETS`.
"""

from sightline.readiness.targets import (
    aws_network_firewall,
    aws_security_group,
    azure_firewall,
    azure_nsg,
    check_point,
    cilium,
    cisco_asa,
    cisco_ios,
    edl,
    fortigate,
    gcp,
    iptables,
    juniper_srx,
    kubernetes,
    mikrotik,
    nftables,
    opnsense,
    pac,
    palo_alto,
    pf,
    pfsense,
    squid,
    terraform_aws,
    terraform_azure,
    terraform_gcp,
    windows,
    zscaler,
)
from sightline.readiness.targets.target import Target

_ALL: tuple[Target, ...] = (
    aws_network_firewall.TARGET,
    aws_security_group.TARGET,
    azure_firewall.TARGET,
    azure_nsg.TARGET,
    check_point.TARGET,
    cilium.TARGET,
    cisco_asa.TARGET,
    cisco_ios.TARGET,
    edl.TARGET,
    fortigate.TARGET,
    gcp.TARGET,
    iptables.TARGET,
    juniper_srx.TARGET,
    kubernetes.TARGET,
    mikrotik.TARGET,
    nftables.TARGET,
    opnsense.TARGET,
    pac.TARGET,
    palo_alto.TARGET,
    pf.TARGET,
    pfsense.TARGET,
    squid.TARGET,
    terraform_aws.TARGET,
    terraform_azure.TARGET,
    terraform_gcp.TARGET,
    windows.TARGET,
    zscaler.TARGET,
)

TARGETS: dict[str, Target] = {one.name: one for one in sorted(_ALL, key=lambda one: one.name)}
"""Every target by name, in alphabetical order."""
