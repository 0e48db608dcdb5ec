//! The forms that attribute values take on the wire. Several attributes share one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{MAGIC_COOKIE, TransactionId};

/// How a value is read from and written to an attribute. The transaction id is for the XOR of addresses.
pub trait Form<'a>: Sized {
    /// None: the bytes do not have this form.
    fn decode(value: &'a [u8], id: &TransactionId) -> Option<Self>;
    /// Write to the front of `out` and return the length; None: it does not fit.
    fn encode(&self, out: &mut [u8], id: &TransactionId) -> Option<usize>;
}

/// RFC 8489 §14.1 (and §14.15, ALTERNATE-SERVER): an address in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MappedAddress(pub SocketAddr);

/// RFC 8489 §14.2: an address XORed with cookie and transaction id, so that no NAT rewrites it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XorMappedAddress(pub SocketAddr);

/// RFC 8489 §14.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCode<'a> {
    /// 300 to 699.
    pub code: u16,
    pub reason: &'a str,
}

/// RFC 8489 §14.9: attribute types, two bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds<'a>(&'a [u8]);

/// RFC 8489 §14.12: a password algorithm and its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithm<'a> {
    /// RFC 8489 §18.5: 1 is MD5, 2 is SHA-256.
    pub number: u16,
    pub parameters: &'a [u8],
}

/// RFC 8489 §14.11: password algorithms, in order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Algorithms<'a>(&'a [u8]);

/// RFC 8656 §18.1: a channel number, and two bytes for future use that are sent as zero and ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelNumber(pub u16);

/// RFC 5780 §7.5: a port "followed by 2 bytes of padding", which some count as part of the value and some do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponsePort(pub u16);

impl<'a> Kinds<'a> {
    /// `bytes` are big-endian types; an odd last byte is left off.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(&bytes[..bytes.len() & !1])
    }

    pub fn iter(&self) -> impl Iterator<Item = u16> + 'a {
        self.0.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
    }
}

impl<'a> Algorithms<'a> {
    /// `bytes` as they stand in the attribute's value.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }

    pub fn iter(&self) -> impl Iterator<Item = Algorithm<'a>> + 'a {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (algorithm, after) = split_algorithm(rest)?;
            rest = after;
            Some(algorithm)
        })
    }
}

impl Form<'_> for MappedAddress {
    fn decode(value: &[u8], _: &TransactionId) -> Option<Self> {
        decode_address(value, &[0; 16]).map(Self)
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        encode_address(self.0, out, &[0; 16])
    }
}

impl Form<'_> for XorMappedAddress {
    fn decode(value: &[u8], id: &TransactionId) -> Option<Self> {
        decode_address(value, &mask(id)).map(Self)
    }

    fn encode(&self, out: &mut [u8], id: &TransactionId) -> Option<usize> {
        encode_address(self.0, out, &mask(id))
    }
}

impl Form<'_> for ChannelNumber {
    fn decode(value: &[u8], _: &TransactionId) -> Option<Self> {
        let value: [u8; 4] = value.try_into().ok()?;
        Some(Self(u16::from_be_bytes([value[0], value[1]])))
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        put(out, &[&self.0.to_be_bytes(), &[0, 0]])
    }
}

impl Form<'_> for ResponsePort {
    fn decode(value: &[u8], _: &TransactionId) -> Option<Self> {
        match *value {
            [high, low] | [high, low, _, _] => Some(Self(u16::from_be_bytes([high, low]))),
            _ => None,
        }
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        put(out, &[&self.0.to_be_bytes(), &[0, 0]])
    }
}

impl<'a> Form<'a> for ErrorCode<'a> {
    fn decode(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        let (head, reason) = value.split_first_chunk::<4>()?;
        let (class, number) = (u16::from(head[2] & 0x07), u16::from(head[3]));
        if !(3..=6).contains(&class) || number > 99 {
            return None;
        }
        Some(Self { code: class * 100 + number, reason: std::str::from_utf8(reason).ok()? })
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        let head = [0, 0, (self.code / 100) as u8, (self.code % 100) as u8];
        put(out, &[&head, self.reason.as_bytes()])
    }
}

impl<'a> Form<'a> for Kinds<'a> {
    fn decode(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        value.len().is_multiple_of(2).then_some(Self(value))
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        put(out, &[self.0])
    }
}

impl<'a> Form<'a> for Algorithm<'a> {
    fn decode(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        let (algorithm, after) = split_algorithm(value)?;
        after.is_empty().then_some(algorithm)
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        let length = u16::try_from(self.parameters.len()).ok()?;
        put(out, &[&self.number.to_be_bytes(), &length.to_be_bytes(), self.parameters])
    }
}

impl<'a> Form<'a> for Algorithms<'a> {
    fn decode(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        let mut rest = value;
        while !rest.is_empty() {
            rest = split_algorithm(rest)?.1;
        }
        Some(Self(value))
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        put(out, &[self.0])
    }
}

impl<'a> Form<'a> for &'a str {
    fn decode(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        std::str::from_utf8(value).ok()
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        put(out, &[self.as_bytes()])
    }
}

impl<'a> Form<'a> for &'a [u8] {
    fn decode(value: &'a [u8], _: &TransactionId) -> Option<Self> {
        Some(value)
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        put(out, &[self])
    }
}

impl<const N: usize> Form<'_> for [u8; N] {
    fn decode(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.try_into().ok()
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        put(out, &[self])
    }
}

impl Form<'_> for u32 {
    fn decode(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.try_into().ok().map(Self::from_be_bytes)
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        put(out, &[&self.to_be_bytes()])
    }
}

impl Form<'_> for u64 {
    fn decode(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.try_into().ok().map(Self::from_be_bytes)
    }

    fn encode(&self, out: &mut [u8], _: &TransactionId) -> Option<usize> {
        put(out, &[&self.to_be_bytes()])
    }
}

impl Form<'_> for () {
    fn decode(value: &[u8], _: &TransactionId) -> Option<Self> {
        value.is_empty().then_some(())
    }

    fn encode(&self, _: &mut [u8], _: &TransactionId) -> Option<usize> {
        Some(0)
    }
}

/// RFC 8489 §14.11: number, length of the parameters, parameters padded to four bytes.
fn split_algorithm(bytes: &[u8]) -> Option<(Algorithm<'_>, &[u8])> {
    let (head, tail) = bytes.split_first_chunk::<4>()?;
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    let parameters = tail.get(..length)?;
    // The attribute's own padding may stand in for that of its last algorithm.
    let after = tail.get(length.next_multiple_of(4)..).unwrap_or_default();
    let number = u16::from_be_bytes([head[0], head[1]]);
    Some((Algorithm { number, parameters }, after))
}

fn mask(id: &TransactionId) -> [u8; 16] {
    let mut mask = [0; 16];
    mask[..4].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
    mask[4..].copy_from_slice(id);
    mask
}

fn decode_address(value: &[u8], mask: &[u8; 16]) -> Option<SocketAddr> {
    let (head, address) = value.split_first_chunk::<4>()?;
    let port = u16::from_be_bytes([head[2] ^ mask[0], head[3] ^ mask[1]]);
    let ip = match head[1] {
        1 => {
            let mut octets: [u8; 4] = address.try_into().ok()?;
            xor(&mut octets, mask);
            IpAddr::V4(Ipv4Addr::from(octets))
        }
        2 => {
            let mut octets: [u8; 16] = address.try_into().ok()?;
            xor(&mut octets, mask);
            IpAddr::V6(Ipv6Addr::from(octets))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn encode_address(address: SocketAddr, out: &mut [u8], mask: &[u8; 16]) -> Option<usize> {
    let mut port = address.port().to_be_bytes();
    xor(&mut port, mask);
    match address.ip() {
        IpAddr::V4(ip) => {
            let mut octets = ip.octets();
            xor(&mut octets, mask);
            put(out, &[&[0, 1], &port, &octets])
        }
        IpAddr::V6(ip) => {
            let mut octets = ip.octets();
            xor(&mut octets, mask);
            put(out, &[&[0, 2], &port, &octets])
        }
    }
}

fn xor(bytes: &mut [u8], mask: &[u8; 16]) {
    bytes.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
}

fn put(out: &mut [u8], parts: &[&[u8]]) -> Option<usize> {
    let mut length = 0;
    for part in parts {
        out.get_mut(length..length + part.len())?.copy_from_slice(part);
        length += part.len();
    }
    Some(length)
}
