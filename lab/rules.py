"""The nftables rules of a box, as text. Pure.

Linux translates a flow to the port it comes from as long as no other flow to the same destination has it: one machine
behind one box sees endpoint-independent mapping and address and port-dependent filtering. The other kinds are made
of that: by choosing ports at random for each flow, or by letting in what the wanted filter would.
"""

from lab.topology import Box, Nat

# How long a mapping is kept open by what goes out; RFC 4787 REQ-5 asks for two minutes at least.
CONE_TIMEOUT = "300s"

# Packets from inside, marked by where the answer may come from.
CONE_STATE = f"""
  map mapped {{ type inet_service : ipv4_addr; flags dynamic,timeout; timeout {CONE_TIMEOUT}; size 65535; }}
  set contacted {{ type ipv4_addr . inet_service; flags dynamic,timeout; timeout {CONE_TIMEOUT}; size 65535; }}
  chain remember {{
    type filter hook forward priority filter - 10; policy accept;
    iifname "inside" meta nfproto ipv4 meta l4proto udp update @mapped {{ udp sport : ip saddr }}
    iifname "inside" meta nfproto ipv4 meta l4proto udp update @contacted {{ ip daddr . udp sport }}
  }}
"""

LETS_IN = {
    Nat.FULL_CONE: 'iifname "outside" meta nfproto ipv4 meta l4proto udp dnat ip to udp dport map @mapped',
    Nat.RESTRICTED: 'iifname "outside" meta nfproto ipv4 ip saddr . udp dport @contacted '
    "dnat ip to udp dport map @mapped",
}


def box_rules(box: Box) -> str:
    """Everything that the box does with packets."""
    lets_in = LETS_IN.get(box.nat)
    return f"""
table inet box {{
  {CONE_STATE if lets_in else ""}
  chain inspect {{
    type filter hook prerouting priority mangle; policy accept;
    {_lines(box.inspects)}
  }}
  chain may_leave {{
    {_lines(box.may_leave)}
    drop
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname != "outside" jump may_leave
    ct status dnat accept
    meta l4proto ipv6-icmp accept
  }}
  chain input {{
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname != "outside" accept
    meta l4proto {{ icmp, ipv6-icmp }} accept
  }}
  chain arriving {{
    type nat hook prerouting priority dstnat; policy accept;
    {lets_in or ""}
  }}
  chain leaving {{
    type nat hook postrouting priority srcnat; policy accept;
    {_leaving(box.nat)}
  }}
}}
"""


def _leaving(nat: Nat) -> str:
    match nat:
        case Nat.NONE:
            return ""
        case Nat.SYMMETRIC:
            return 'oifname "outside" meta nfproto ipv4 masquerade fully-random'
        case _:
            return 'oifname "outside" meta nfproto ipv4 masquerade'


def _lines(rules: tuple[str, ...]) -> str:
    return "\n    ".join(rules)
