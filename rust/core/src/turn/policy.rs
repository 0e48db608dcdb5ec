//! Where relayed packets may go (RFC 8656 §21.2: a relay must not open the network behind it).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A network: an address and how many of its leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    length: u8,
}

/// What may be said about destinations; all empty: the public internet and nothing else.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    /// Allowed although denied by default.
    pub allowed: Vec<Network>,
    /// Denied whatever else is said.
    pub denied: Vec<Network>,
    /// The addresses of relayed addresses, as peers see them. Nothing else on them is ever sent to, unless `allowed`.
    pub relay: Vec<IpAddr>,
    /// Addresses at which this server is spoken to, never sent to. Where it listens on a wildcard address, each address
    /// of the machine is to be listed: the core cannot know them, and knows only loopback by itself.
    pub control: Vec<SocketAddr>,
}

/// What packets to an address that is not denied may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Anything,
    /// An address of ours that is allowed by configuration: all but the relay's own control addresses.
    AllButControl,
    /// An address of ours: relayed addresses, and those inside the process.
    OnlyRelayed,
}

impl Network {
    /// None: the length is beyond the address's.
    pub fn new(address: IpAddr, length: u8) -> Option<Self> {
        let longest = if address.is_ipv4() { 32 } else { 128 };
        (length <= longest).then_some(Self { address, length })
    }

    fn has(&self, ip: IpAddr) -> bool {
        match (self.address, ip) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let shift = 32 - u32::from(self.length);
                (u32::from(network) ^ u32::from(ip)).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let shift = 128 - u32::from(self.length);
                (u128::from(network) ^ u128::from(ip)).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl Peers {
    /// What packets to `ip` may reach; None: they are denied.
    pub(super) fn reach(&self, ip: IpAddr) -> Option<Reach> {
        let is_ours = self.is_ours(ip);
        if is_never(ip) || has(&self.denied, ip) {
            None
        } else if has(&self.allowed, ip) {
            Some(if is_ours { Reach::AllButControl } else { Reach::Anything })
        } else if self.relay.contains(&ip) {
            Some(Reach::OnlyRelayed)
        } else if is_ours || is_special(ip) {
            None
        } else {
            Some(Reach::Anything)
        }
    }

    pub(super) fn is_control(&self, peer: SocketAddr) -> bool {
        // A wildcard address stands for every address of this machine.
        self.control.iter().any(|control| {
            control.port() == peer.port() && (control.ip().is_unspecified() || control.ip() == peer.ip())
        })
    }

    /// Whether a packet to `peer` may leave by a socket.
    pub(super) fn may_leave(&self, reach: Reach, peer: SocketAddr) -> bool {
        match reach {
            Reach::Anything => true,
            Reach::AllButControl => !self.is_control(peer),
            Reach::OnlyRelayed => false,
        }
    }

    fn is_ours(&self, ip: IpAddr) -> bool {
        let is_control =
            |control: &SocketAddr| control.ip() == ip || (control.ip().is_unspecified() && ip.is_loopback());
        self.relay.contains(&ip) || self.control.iter().any(is_control)
    }
}

fn has(networks: &[Network], ip: IpAddr) -> bool {
    networks.iter().any(|network| network.has(ip))
}

/// Addresses that no setting may open: they name nobody, everybody, or by another form what is judged as IPv4.
fn is_never(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_unspecified() || ip.is_multicast() || is_ipv4_in_disguise(ip),
    }
}

/// 6to4 (2002::/16) and Teredo (2001::/32).
pub(super) fn is_tunnelled(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(_) => false,
        IpAddr::V6(ip) => matches!(ip.segments(), [0x2002, ..] | [0x2001, 0, ..]),
    }
}

/// IPv4-mapped (::ffff:0:0/96), IPv4-compatible (::/96, bar ::1), and what tunnels and translators of this machine or
/// its network would carry to an IPv4 address: 6to4, Teredo, NAT64 (64:ff9b::/96, RFC 8215).
fn is_ipv4_in_disguise(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        [0, 0, 0, 0, 0, 0 | 0xFFFF, ..] => !ip.is_loopback(),
        [0, 0, 0, 0, 0xFFFF, 0, ..] => true,
        _ if is_tunnelled(ip.into()) => true,
        [0x64, 0xFF9B, 0 | 1, ..] => true,
        _ => false,
    }
}

/// The registries of special-purpose addresses (RFC 6890 and its updates), as far as they are not global.
fn is_special(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_special_v4(ip),
        IpAddr::V6(ip) => is_special_v6(ip),
    }
}

fn is_special_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        // RFC 6598: between a provider and its customers.
        || (a == 100 && b & 0xC0 == 64)
        || a == 0
        || a >= 240
        // RFC 2544, RFC 6890, RFC 7526.
        || (a == 198 && b & 0xFE == 18)
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
}

fn is_special_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    ip.is_loopback()
        // ULA, link-local, the old site-local.
        || a & 0xFE00 == 0xFC00
        || a & 0xFFC0 == 0xFE80
        || a & 0xFFC0 == 0xFEC0
        // Documentation (RFC 3849, RFC 9637), benchmarks and ORCHID, discard-only, segment routing.
        || (a, b) == (0x2001, 0xDB8)
        || (a == 0x3FFF && b & 0xF000 == 0)
        || (a == 0x2001 && b < 0x200)
        || a == 0x100
        || a == 0x5F00
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        let (address, length) = text.split_once('/').unwrap();
        Network::new(address.parse().unwrap(), length.parse().unwrap()).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn by_default_only_the_public_internet_is_reached() {
        let peers = Peers::default();
        for denied in [
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "224.0.0.1",
            "239.255.255.255",
            "255.255.255.255",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "198.18.0.1",
            "198.19.255.255",
            "240.0.0.1",
            "192.0.0.8",
            "192.88.99.1",
            "::1",
            "::",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fdff::1",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "2002:7f00:1::",
            "2001:0:1::1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "::ffff:0:7f00:1",
            "2001:10::1",
            "5f00::1",
        ] {
            assert_eq!(peers.reach(ip(denied)), None, "{denied}");
        }
        for allowed in ["8.8.8.8", "100.63.0.1", "100.128.0.1", "172.32.0.1", "2a00:1450::1", "2001:4860::1"]
        {
            assert_eq!(peers.reach(ip(allowed)), Some(Reach::Anything), "{allowed}");
        }
    }

    #[test]
    fn what_is_allowed_is_reached_and_what_is_denied_never() {
        let peers = Peers {
            allowed: vec![
                network("10.1.0.0/16"),
                network("fd00:1::/32"),
                network("0.0.0.0/0"),
                network("::/0"),
            ],
            denied: vec![network("10.1.2.0/24"), network("8.8.8.8/32")],
            ..Peers::default()
        };
        for (address, expected) in [
            ("10.1.3.1", Some(Reach::Anything)),
            ("10.1.2.1", None),
            ("8.8.8.8", None),
            ("fd00:1::5", Some(Reach::Anything)),
            ("224.0.0.1", None),
            ("255.255.255.255", None),
            ("::ffff:10.1.3.1", None),
            ("0.0.0.0", None),
        ] {
            assert_eq!(peers.reach(ip(address)), expected, "{address}");
        }
    }

    #[test]
    fn on_our_own_addresses_only_relayed_ones_are_reached() {
        let mut peers = Peers {
            relay: vec![ip("10.0.0.5"), ip("9.9.9.9")],
            control: vec!["9.9.9.9:443".parse().unwrap(), "7.7.7.7:3478".parse().unwrap()],
            ..Peers::default()
        };
        assert_eq!(peers.reach(ip("10.0.0.5")), Some(Reach::OnlyRelayed));
        assert_eq!(peers.reach(ip("9.9.9.9")), Some(Reach::OnlyRelayed));
        assert_eq!(peers.reach(ip("7.7.7.7")), None);
        peers.allowed = vec![network("9.9.9.9/32"), network("127.0.0.1/32")];
        assert_eq!(peers.reach(ip("9.9.9.9")), Some(Reach::AllButControl));
        assert!(!peers.may_leave(Reach::AllButControl, "9.9.9.9:443".parse().unwrap()));
        assert!(peers.may_leave(Reach::AllButControl, "9.9.9.9:444".parse().unwrap()));
        peers.control = vec!["0.0.0.0:443".parse().unwrap()];
        assert_eq!(peers.reach(ip("127.0.0.1")), Some(Reach::AllButControl));
        assert!(!peers.may_leave(Reach::AllButControl, "127.0.0.1:443".parse().unwrap()));
    }
}
