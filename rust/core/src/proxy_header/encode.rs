//! Writing a v2 header (PROXY §2.2).

use std::net::IpAddr;

use super::{Addresses, Header, Tls, V2_SIGNATURE, tlv};

/// Append the header to `out`. TLVs too long for their sixteen-bit length cannot come from TLS and are left out.
pub fn encode(header: &Header<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(V2_SIGNATURE);
    // Version 2 with PROXY, or with LOCAL if there is nobody to speak for.
    out.push(if header.addresses.is_some() { 0x21 } else { 0x20 });
    let family_at = out.len();
    out.extend_from_slice(&[0x00, 0, 0]);
    if let Some(addresses) = header.addresses {
        out[family_at] = put_addresses(addresses, out);
    }
    if let Some(alpn) = header.alpn {
        put(tlv::ALPN, alpn, out);
    }
    if let Some(authority) = header.authority {
        put(tlv::AUTHORITY, authority.as_bytes(), out);
    }
    if let Some(tls) = header.tls {
        put_tls(tls, out);
    }
    let length = u16::try_from(out.len() - family_at - 3).unwrap_or(u16::MAX);
    out[family_at + 1..family_at + 3].copy_from_slice(&length.to_be_bytes());
    debug_assert!(out.len() - start <= super::LONGEST, "SNI and ALPN are at most 255 bytes each");
}

/// Returns the family byte: 0x11 TCP over IPv4, 0x21 TCP over IPv6.
fn put_addresses(addresses: Addresses, out: &mut Vec<u8>) -> u8 {
    let (source, destination) = (addresses.source, addresses.destination);
    let family = match (source.ip(), destination.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            out.extend_from_slice(&from.octets());
            out.extend_from_slice(&to.octets());
            0x11
        }
        (from, to) => {
            out.extend_from_slice(&octets(from));
            out.extend_from_slice(&octets(to));
            0x21
        }
    };
    out.extend_from_slice(&source.port().to_be_bytes());
    out.extend_from_slice(&destination.port().to_be_bytes());
    family
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// PROXY §2.2.4: client flags, a verification result, then TLVs of its own.
fn put_tls(tls: Tls<'_>, out: &mut Vec<u8>) {
    // `verify` is zero only if a client certificate was presented and verified: none was asked for.
    let mut value = vec![tlv::CLIENT_SSL, 0, 0, 0, 1];
    if !tls.version.is_empty() {
        put(tlv::SSL_VERSION, tls.version.as_bytes(), &mut value);
    }
    put(tlv::SSL, &value, out);
}

fn put(kind: u8, value: &[u8], out: &mut Vec<u8>) {
    if let Ok(length) = u16::try_from(value.len()) {
        out.push(kind);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(value);
    }
}
