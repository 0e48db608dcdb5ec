//! The PROXY protocol: v2 is written for the application, v1 and v2 are read from trusted load balancers.
//!
//! Specification: <https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>, cited as "PROXY §".

mod decode;
mod encode;

pub use decode::{Bad, Decoded, LONGEST, decode};
pub use encode::encode;

use std::net::SocketAddr;

/// PROXY §2.1: what every v1 header begins with.
pub const V1_PREFIX: &[u8] = b"PROXY ";
/// PROXY §2.2: what every v2 header begins with.
pub const V2_SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// What a header says about a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header<'a> {
    /// Where it came from and what it connected to; None: the sender itself opened it (LOCAL), or cannot say.
    pub addresses: Option<Addresses>,
    /// PP2_TYPE_SSL with the client flag PP2_CLIENT_SSL; None: no TLS.
    pub tls: Option<Tls<'a>>,
    /// PP2_TYPE_ALPN: the protocol that was agreed on.
    pub alpn: Option<&'a [u8]>,
    /// PP2_TYPE_AUTHORITY: the name that the client asked for (SNI).
    pub authority: Option<&'a str>,
}

/// Both ends of a connection, of one address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    pub source: SocketAddr,
    pub destination: SocketAddr,
}

/// How the client's connection was encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tls<'a> {
    /// PP2_SUBTYPE_SSL_VERSION, such as `TLSv1.3`; empty: not said.
    pub version: &'a str,
}

/// PROXY §2.2.1 to §2.2.4: the TLVs used here.
mod tlv {
    pub const ALPN: u8 = 0x01;
    pub const AUTHORITY: u8 = 0x02;
    pub const SSL: u8 = 0x20;
    pub const SSL_VERSION: u8 = 0x21;
    /// PP2_CLIENT_SSL: the client connected over TLS.
    pub const CLIENT_SSL: u8 = 0x01;
}

#[cfg(test)]
mod tests;
