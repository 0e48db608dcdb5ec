//! What a connection or a datagram speaks, by its first bytes.

use crate::proxy_header;
use crate::stun::MAGIC_COOKIE;

/// What the first bytes of a TCP connection say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    Tls,
    Stun,
    Http,
    /// A PROXY header, which only a trusted load balancer may send.
    ProxyHeader,
    /// None of these: the connection is closed.
    Unknown,
    NeedMore,
}

/// What the first decrypted bytes inside TLS say. ALPN has no say: Firefox sends `http/1.1` for TURN behind a proxy,
/// Chromium sends none, and proxies write what they like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    Stun,
    Http,
    NeedMore,
}

/// What a UDP datagram is: the ranges of RFC 7983 §7 as updated by RFC 9443 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datagram {
    Stun,
    Zrtp,
    Dtls,
    /// TURN ChannelData, unless the sender is known to speak QUIC: short QUIC headers overlap.
    TurnChannel,
    Quic,
    Rtp,
    Unknown,
}

/// Enough bytes for every decision below.
pub const DECISION_LENGTH: usize = 8;

/// What a TCP connection speaks that has sent `bytes` so far.
pub fn first(bytes: &[u8]) -> First {
    let Some(&byte) = bytes.first() else {
        return First::NeedMore;
    };
    match byte {
        // RFC 8446 §5.1: ContentType handshake.
        0x16 => First::Tls,
        0 | 1 => match cookie(bytes) {
            None => First::NeedMore,
            Some(MAGIC_COOKIE) => First::Stun,
            Some(_) => First::Unknown,
        },
        // The first byte of PROXY v2; no other protocol here begins with a carriage return.
        b'\r' => First::ProxyHeader,
        // PROXY v1; `POST` and `PROPFIND` part from it within its six bytes.
        b'P' if bytes.starts_with(proxy_header::V1_PREFIX) => First::ProxyHeader,
        b'P' if proxy_header::V1_PREFIX.starts_with(bytes) => First::NeedMore,
        // RFC 9110 §9.1: methods are tokens, and every registered one begins with a letter.
        byte if byte.is_ascii_alphabetic() => First::Http,
        _ => First::Unknown,
    }
}

/// What is spoken inside TLS by a client that has sent `bytes` so far. STUN's first byte is 0 or 1 in every message
/// that opens a connection (0x40 to 0x7F would be ChannelData, which needs an allocation first); all else is for the
/// application, which knows how to refuse what is not HTTP.
pub fn inside(bytes: &[u8]) -> Inside {
    match (bytes.first(), cookie(bytes)) {
        (None, _) | (Some(0 | 1), None) => Inside::NeedMore,
        (Some(0 | 1), Some(MAGIC_COOKIE)) => Inside::Stun,
        _ => Inside::Http,
    }
}

/// What a datagram is.
pub fn datagram(bytes: &[u8]) -> Datagram {
    match bytes.first() {
        Some(0..=3) if cookie(bytes) == Some(MAGIC_COOKIE) => Datagram::Stun,
        Some(16..=19) => Datagram::Zrtp,
        Some(20..=63) => Datagram::Dtls,
        Some(64..=79) => Datagram::TurnChannel,
        Some(80..=127 | 192..=255) => Datagram::Quic,
        Some(128..=191) => Datagram::Rtp,
        _ => Datagram::Unknown,
    }
}

/// Bytes 4 to 7, where STUN has its cookie; None: there are not that many.
fn cookie(bytes: &[u8]) -> Option<u32> {
    let head: &[u8; DECISION_LENGTH] = bytes.first_chunk()?;
    Some(u32::from_be_bytes([head[4], head[5], head[6], head[7]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STUN: &[u8] = &[0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];

    #[test]
    fn connections_are_told_apart() {
        for (bytes, expected) in [
            (&b""[..], First::NeedMore),
            (b"\x16", First::Tls),
            (b"\x16\x03\x01\x02\x00", First::Tls),
            (STUN, First::Stun),
            (&STUN[..7], First::NeedMore),
            (b"\x00\x01\x00\x00\x21\x12\xA4\x43", First::Unknown),
            (b"G", First::Http),
            (b"POST", First::Http),
            (b"PRI * HTTP/2.0", First::Http),
            (b"P", First::NeedMore),
            (b"PROX", First::NeedMore),
            (b"PROPFIND", First::Http),
            (b"PROXY ", First::ProxyHeader),
            (b"\r\n\r\n\0\r\nQUIT\n", First::ProxyHeader),
            (b"\x80\x60", First::Unknown),
            (b" GET", First::Unknown),
            (b"\x02", First::Unknown),
        ] {
            assert_eq!(first(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn inside_tls_anything_but_stun_is_for_the_application() {
        for (bytes, expected) in [
            (&b""[..], Inside::NeedMore),
            (STUN, Inside::Stun),
            (&STUN[..7], Inside::NeedMore),
            (b"G", Inside::Http),
            (b"\x40\x00", Inside::Http),
            (b"\x05", Inside::Http),
            (b"\x00\x01\x00\x00\x21\x12\xA4\x43", Inside::Http),
        ] {
            assert_eq!(inside(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn datagrams_follow_rfc_9443() {
        assert_eq!(datagram(STUN), Datagram::Stun);
        assert_eq!(datagram(&STUN[..7]), Datagram::Unknown);
        assert_eq!(datagram(b""), Datagram::Unknown);
        for (byte, expected) in [
            (0, Datagram::Unknown),
            (4, Datagram::Unknown),
            (15, Datagram::Unknown),
            (16, Datagram::Zrtp),
            (19, Datagram::Zrtp),
            (20, Datagram::Dtls),
            (63, Datagram::Dtls),
            (64, Datagram::TurnChannel),
            (79, Datagram::TurnChannel),
            (80, Datagram::Quic),
            (127, Datagram::Quic),
            (128, Datagram::Rtp),
            (191, Datagram::Rtp),
            (192, Datagram::Quic),
            (255, Datagram::Quic),
        ] {
            assert_eq!(datagram(&[byte; 9]), expected, "first byte {byte}");
        }
    }

    proptest! {
        #[test]
        fn a_decision_stands_whatever_follows(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
            for end in 0..bytes.len() {
                let early = (first(&bytes[..end]), inside(&bytes[..end]));
                let late = (first(&bytes), inside(&bytes));
                prop_assert!(early.0 == First::NeedMore || early.0 == late.0);
                prop_assert!(early.1 == Inside::NeedMore || early.1 == late.1);
                prop_assert!(end < DECISION_LENGTH || (early.0 != First::NeedMore && early.1 != Inside::NeedMore));
            }
        }
    }
}
