//! What names a client (RFC 8656 §2): its address, ours, and what carries the bytes between them.

use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

/// What carries a client's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// The source address may be forged.
    Udp,
    Tcp,
    Tls,
}

impl Transport {
    pub fn is_stream(self) -> bool {
        self != Self::Udp
    }
}

/// Addresses are held in one form: IPv4 is never IPv4-mapped, and scope and flow are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FiveTuple {
    client: SocketAddr,
    server: SocketAddr,
    transport: Transport,
}

impl FiveTuple {
    pub fn new(client: SocketAddr, server: SocketAddr, transport: Transport) -> Self {
        Self { client: canonical(client), server: canonical(server), transport }
    }

    pub fn client(&self) -> SocketAddr {
        self.client
    }

    pub fn server(&self) -> SocketAddr {
        self.server
    }

    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Its bytes, the same for equal 5-tuples and for no others.
    pub(super) fn feed(&self, mut update: impl FnMut(&[u8])) {
        for address in [self.client, self.server] {
            match address.ip() {
                IpAddr::V4(ip) => update(&[&[4][..], &ip.octets()].concat()),
                IpAddr::V6(ip) => update(&[&[6][..], &ip.octets()].concat()),
            }
            update(&address.port().to_be_bytes());
        }
        update(&[self.transport as u8]);
    }
}

impl Hash for FiveTuple {
    // Hashed once per packet, so in few words. Our own address hardly tells clients apart: its port is enough.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let rest = u64::from(self.client.port()) << 24
            | u64::from(self.server.port()) << 8
            | u64::from(self.transport as u8);
        match self.client.ip() {
            IpAddr::V4(ip) => state.write_u64(u64::from(u32::from(ip)) << 32 | (rest & 0xFFFF_FFFF)),
            IpAddr::V6(ip) => state.write_u128(u128::from(ip)),
        }
        state.write_u64(rest);
    }
}

/// The one form of an address.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
