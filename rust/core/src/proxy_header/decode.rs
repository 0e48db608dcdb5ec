//! Reading a v1 or v2 header from the front of a stream (PROXY §2.1 and §2.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Addresses, Header, Tls, V1_PREFIX, V2_SIGNATURE, tlv};

/// The longest v2 header that is accepted. The format allows 64 KiB; those of HAProxy, AWS, Azure and Google with
/// every TLV stay below 1 KiB.
pub const LONGEST: usize = 4096;
/// PROXY §2.1: "a 108-byte buffer is always enough", CR LF included and a zero after it.
const LONGEST_V1: usize = 107;

/// The bytes are not a header that we accept: close the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bad;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    pub header: Header<'a>,
    /// How many bytes it took; what follows belongs to the connection.
    pub length: usize,
}

/// The header at the front of `bytes`; None: it is not complete yet.
pub fn decode(bytes: &[u8]) -> Result<Option<Decoded<'_>>, Bad> {
    if starts_alike(bytes, V2_SIGNATURE) {
        decode_v2(bytes)
    } else if starts_alike(bytes, V1_PREFIX) {
        decode_v1(bytes)
    } else {
        Err(Bad)
    }
}

/// Whether `bytes` and `prefix` agree as far as both go.
fn starts_alike(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.iter().zip(prefix).all(|(byte, expected)| byte == expected)
}

fn decode_v2(bytes: &[u8]) -> Result<Option<Decoded<'_>>, Bad> {
    let Some(head) = bytes.first_chunk::<16>() else {
        return Ok(None);
    };
    let length = 16 + usize::from(u16::from_be_bytes([head[14], head[15]]));
    if length > LONGEST {
        return Err(Bad);
    }
    let Some(body) = bytes.get(16..length) else {
        return Ok(None);
    };
    let header = match head[12] {
        // LOCAL: "the connection was established on purpose by the proxy"; all else in it is to be ignored.
        0x20 => Header::default(),
        0x21 => {
            let (addresses, tlvs) = v2_addresses(head[13], body)?;
            let mut header = Header { addresses, ..Header::default() };
            each_tlv(tlvs, |kind, value| {
                match kind {
                    tlv::ALPN => header.alpn = Some(value),
                    tlv::AUTHORITY => header.authority = Some(std::str::from_utf8(value).map_err(|_| Bad)?),
                    tlv::SSL => header.tls = tls(value)?,
                    // PROXY §2.2: receivers "must ignore" what they do not know.
                    _ => {}
                }
                Ok(())
            })?;
            header
        }
        _ => return Err(Bad),
    };
    Ok(Some(Decoded { header, length }))
}

/// PROXY §2.2: family in the high four bits, transport in the low ones.
fn v2_addresses(family: u8, body: &[u8]) -> Result<(Option<Addresses>, &[u8]), Bad> {
    match family {
        0x11 => {
            let (block, rest) = body.split_first_chunk::<12>().ok_or(Bad)?;
            let [a, b, c, d, e, f, g, h, ports @ ..] = *block;
            Ok((Some(addresses(Ipv4Addr::new(a, b, c, d), Ipv4Addr::new(e, f, g, h), ports)), rest))
        }
        0x21 => {
            let (from, rest) = body.split_first_chunk::<16>().ok_or(Bad)?;
            let (to, rest) = rest.split_first_chunk::<16>().ok_or(Bad)?;
            let (ports, rest) = rest.split_first_chunk::<4>().ok_or(Bad)?;
            Ok((Some(addresses(Ipv6Addr::from(*from), Ipv6Addr::from(*to), *ports)), rest))
        }
        // UNSPEC: the receiver "must ignore any address information"; where TLVs begin is then unknown.
        0x00 => Ok((None, &[])),
        // UDP, Unix sockets: nobody sends them in front of a TCP listener.
        _ => Err(Bad),
    }
}

fn addresses(from: impl Into<IpAddr>, to: impl Into<IpAddr>, ports: [u8; 4]) -> Addresses {
    Addresses {
        source: SocketAddr::new(from.into(), u16::from_be_bytes([ports[0], ports[1]])),
        destination: SocketAddr::new(to.into(), u16::from_be_bytes([ports[2], ports[3]])),
    }
}

fn each_tlv<'a>(
    mut bytes: &'a [u8],
    mut handle: impl FnMut(u8, &'a [u8]) -> Result<(), Bad>,
) -> Result<(), Bad> {
    while let Some((head, rest)) = bytes.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([head[1], head[2]]));
        let (value, rest) = rest.split_at_checked(length).ok_or(Bad)?;
        handle(head[0], value)?;
        bytes = rest;
    }
    if bytes.is_empty() { Ok(()) } else { Err(Bad) }
}

/// PROXY §2.2.4.
fn tls(value: &[u8]) -> Result<Option<Tls<'_>>, Bad> {
    let (head, subs) = value.split_first_chunk::<5>().ok_or(Bad)?;
    let mut version = "";
    each_tlv(subs, |kind, value| {
        if kind == tlv::SSL_VERSION {
            version = std::str::from_utf8(value).map_err(|_| Bad)?;
        }
        Ok(())
    })?;
    Ok((head[0] & tlv::CLIENT_SSL != 0).then_some(Tls { version }))
}

fn decode_v1(bytes: &[u8]) -> Result<Option<Decoded<'_>>, Bad> {
    let window = &bytes[..bytes.len().min(LONGEST_V1)];
    let Some(end) = window.windows(2).position(|pair| pair == b"\r\n") else {
        return if bytes.len() >= LONGEST_V1 { Err(Bad) } else { Ok(None) };
    };
    let line = std::str::from_utf8(&window[..end]).map_err(|_| Bad)?;
    let mut words = line.split(' ').skip(1);
    let addresses = match words.next().ok_or(Bad)? {
        // "the receiver must ignore anything presented before the CRLF".
        "UNKNOWN" => None,
        "TCP4" => Some(v1_addresses::<Ipv4Addr>(words)?),
        "TCP6" => Some(v1_addresses::<Ipv6Addr>(words)?),
        _ => return Err(Bad),
    };
    Ok(Some(Decoded { header: Header { addresses, ..Header::default() }, length: end + 2 }))
}

fn v1_addresses<'a, Ip>(words: impl Iterator<Item = &'a str>) -> Result<Addresses, Bad>
where
    Ip: std::str::FromStr + Into<IpAddr>,
{
    let words: Vec<_> = words.take(5).collect();
    let [from, to, from_port, to_port] = words[..] else {
        return Err(Bad);
    };
    let ip = |word: &str| word.parse::<Ip>().map(Into::into).map_err(|_| Bad);
    let port = |word: &str| word.parse::<u16>().map_err(|_| Bad);
    Ok(Addresses {
        source: SocketAddr::new(ip(from)?, port(from_port)?),
        destination: SocketAddr::new(ip(to)?, port(to_port)?),
    })
}
