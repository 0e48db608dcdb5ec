"""The named topologies. To add one: write it down here; the drawings, the grid and the tests find it."""

from lab.profiles import profile_box
from lab.topology import Box, Nat, Program, Rung, Side, Topology, Wire

# ── boxes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

FULL_CONE = Box("full-cone NAT", Nat.FULL_CONE)
RESTRICTED = Box("restricted NAT", Nat.RESTRICTED)
PORT_RESTRICTED = Box("port-restricted NAT", Nat.PORT_RESTRICTED)
SYMMETRIC = Box("symmetric NAT", Nat.SYMMETRIC)
SHORT_UDP = Box(
    "NAT that forgets UDP after 30 s",
    sysctls=("net.netfilter.nf_conntrack_udp_timeout=30", "net.netfilter.nf_conntrack_udp_timeout_stream=30"),
)

NO_UDP = Box("firewall: no UDP", may_leave=("meta l4proto tcp accept",))
ONLY_443 = Box("firewall: only 443", may_leave=("tcp dport 443 accept", "udp dport 443 accept"))
ONLY_TCP_443 = Box("firewall: only TCP 443", may_leave=("tcp dport 443 accept",))
PROXY = Box("firewall: only through the proxy", may_leave=(), program=Program.PROXY)
PROXY_WITH_PASSWORD = Box("firewall: only through the proxy", may_leave=(), program=Program.PROXY_WITH_PASSWORD)

# The first payload of a connection decides for all of it. @ih is what comes after the TCP header; a packet without
# payload has no such byte and matches neither rule. 0x16 is a TLS handshake record (RFC 8446 §5.1).
ONLY_TLS = (
    "tcp dport 443 ct mark 0 @ih,0,8 0x16 ct mark set 1",
    "tcp dport 443 ct mark 0 @ih,0,8 != 0x16 reject with tcp reset",
)
INSPECTED = Box("deep inspection: on 443 only TLS", may_leave=("tcp dport 443 accept",), inspects=ONLY_TLS)
INTERCEPTED = Box(
    "firewall that opens TLS and looks into it",
    may_leave=("tcp dport 443 accept",),
    inspects=ONLY_TLS,
    program=Program.INTERCEPTION,
)
IPV6_ROUTER = Box("IPv6 router", Nat.NONE)
NAT64 = Box("NAT64", program=Program.NAT64)

# ── topologies ────────────────────────────────────────────────────────────────────────────────────────────────────

OFFICE = Side((PORT_RESTRICTED,))
BEHIND_SYMMETRIC = Side((SYMMETRIC,))
ONLY_UDP_RELAY = "no port of one side's NAT can be foretold, and the other lets in only what it has sent to"

NATS = (
    Topology("open", "both sides have public addresses", Side()),
    Topology("full-cone", "a full-cone NAT", Side((FULL_CONE,))),
    Topology("restricted", "a restricted NAT", Side((RESTRICTED,))),
    OPEN_OFFICE := Topology("port-restricted", "a port-restricted NAT", OFFICE),
    Topology("port-restricted-both", "port-restricted NATs on both sides", OFFICE, OFFICE),
    Topology("symmetric", "a symmetric NAT", BEHIND_SYMMETRIC),
    Topology(
        "symmetric-office",
        "symmetric and port-restricted NAT",
        BEHIND_SYMMETRIC,
        OFFICE,
        Rung.RELAYED_UDP,
        ONLY_UDP_RELAY,
    ),
    Topology(
        "symmetric-both",
        "symmetric NATs on both sides",
        BEHIND_SYMMETRIC,
        BEHIND_SYMMETRIC,
        Rung.RELAYED_UDP,
        ONLY_UDP_RELAY,
    ),
    Topology(
        "double", "two NATs, one behind the other", Side((PORT_RESTRICTED, Box("provider's NAT", Nat.RESTRICTED)))
    ),
    Topology(
        "double-symmetric",
        "two NATs, the outer symmetric, and an office",
        Side((PORT_RESTRICTED, SYMMETRIC)),
        OFFICE,
        Rung.RELAYED_UDP,
        ONLY_UDP_RELAY,
    ),
    Topology("short-udp", "UDP bindings of 30 s on both sides", Side((SHORT_UDP,)), Side((SHORT_UDP,))),
)

NO_UDP_OUT = "no UDP leaves the worker's network"
ONLY_TLS_OUT = "nothing but TLS leaves the worker's network"

FIREWALLS = (
    Topology("udp-blocked", "no UDP", Side((NO_UDP,)), best=Rung.RELAYED_TCP, because=NO_UDP_OUT),
    Topology(
        "udp-blocked-both", "no UDP on either side", Side((NO_UDP,)), Side((NO_UDP,)), Rung.RELAYED_TCP, NO_UDP_OUT
    ),
    Topology(
        "only-443", "only 443 out, TCP and UDP", Side((ONLY_443,)), best=Rung.RELAYED_UDP, because="only 443 is open"
    ),
    Topology("only-tcp-443", "only TCP 443 out", Side((ONLY_TCP_443,)), best=Rung.RELAYED_TCP, because=NO_UDP_OUT),
    Topology("proxy", "only through an HTTP proxy", Side((PROXY,)), best=Rung.RELAYED_TCP, because=NO_UDP_OUT),
    Topology(
        "proxy-password",
        "only through an HTTP proxy that wants a password",
        Side((PROXY_WITH_PASSWORD,)),
        best=Rung.RELAYED_TCP,
        because=NO_UDP_OUT,
    ),
    Topology(
        "inspected", "deep inspection: on 443 only TLS", Side((INSPECTED,)), best=Rung.RELAYED_TLS, because=ONLY_TLS_OUT
    ),
    Topology(
        "inspected-both",
        "deep inspection on one side, a proxy on the other",
        Side((INSPECTED,)),
        Side((PROXY,)),
        Rung.RELAYED_TLS,
        ONLY_TLS_OUT,
    ),
    Topology(
        "intercepted", "TLS intercepted by a company", Side((INTERCEPTED,)), best=Rung.RELAYED_TLS, because=ONLY_TLS_OUT
    ),
)

WIRES = (
    Topology("loss-1", "1 % of the packets are lost", Side((PORT_RESTRICTED,), Wire(loss=0.01, delay_ms=20))),
    Topology("loss-5", "5 % of the packets are lost", Side((PORT_RESTRICTED,), Wire(loss=0.05, delay_ms=20))),
    Topology("loss-10", "10 % of the packets are lost", Side((PORT_RESTRICTED,), Wire(loss=0.10, delay_ms=20))),
    Topology("jitter", "40 ms, up to 60 ms more", Side((PORT_RESTRICTED,), Wire(delay_ms=40, jitter_ms=60))),
    Topology("narrow", "250 kbit/s", Side((PORT_RESTRICTED,), Wire(delay_ms=30, kbit_s=250))),
)

FAMILIES = (
    Topology(
        "ipv6-only",
        "IPv6 only, the other has both",
        Side((IPV6_ROUTER,), has_ipv4=False, has_ipv6=True),
        Side(has_ipv6=True),
    ),
    Topology(
        "ipv6-to-ipv4",
        "IPv6 only, the other IPv4 only",
        Side((IPV6_ROUTER,), has_ipv4=False, has_ipv6=True),
        best=Rung.RELAYED_UDP,
        because="the two speak different versions of IP",
    ),
    Topology(
        "nat64",
        "IPv6 only behind NAT64, the other IPv4 only",
        Side((NAT64,), has_ipv4=False, has_ipv6=True),
        best=Rung.RELAYED_UDP,
        because="the two speak different versions of IP",
    ),
)

NO_UDP_443 = "of UDP the article opens ports that are not ours"
ONLY_SERVER = "the article opens ports towards servers alone"

PROFILES = (
    Topology(
        "eschat",
        "the rules of ESChat's article",
        Side((profile_box("eschat"),)),
        best=Rung.RELAYED_TCP,
        because=NO_UDP_443,
    ),
    Topology(
        "glarassist",
        "the rules of GLARASSIST's article",
        Side((profile_box("glarassist"),)),
        best=Rung.RELAYED_UDP,
        because=ONLY_SERVER,
    ),
    Topology(
        "remotespark",
        "the rules of RemoteSpark's article",
        Side((profile_box("remotespark"),)),
        best=Rung.RELAYED_UDP,
        because=ONLY_SERVER,
    ),
    Topology("whereby", "the rules of Whereby's article", Side((profile_box("whereby"),))),
    Topology(
        "worklink",
        "the rules of WorkLink's article",
        Side((profile_box("worklink"),)),
        best=Rung.RELAYED_UDP,
        because="UDP between the clients is open on a few ports that browsers do not take",
    ),
)

HANDOVER = Topology(
    "handover",
    "Wi-Fi goes down, the mobile network takes over",
    Side((PORT_RESTRICTED,), spare=Side((Box("mobile network's NAT", Nat.SYMMETRIC),), Wire(delay_ms=30))),
)

TOPOLOGIES = (*NATS, *FIREWALLS, *WIRES, *FAMILIES, *PROFILES, HANDOVER)
