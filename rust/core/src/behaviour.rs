//! NAT behaviour discovery (RFC 5780 §6): Binding requests over UDP where there is a second address or port, so that a
//! client can find out how its NAT maps and filters. Without either this is [`binding`]; over streams that answers too.
//!
//! A request's source may be forged, so an answer never exceeds its request by more than [`binding::ALLOWANCE`] unless
//! [`Strangers`] pay for it, and what goes to another port than the request came from is paid for in full.

use std::net::{IpAddr, SocketAddr};

use crate::binding::{self, Dropped, UnknownKinds};
use crate::budget::Strangers;
use crate::stun::{
    Attribute, Builder, Class, ErrorCode, Full, METHOD_BINDING, MappedAddress, Message, XorMappedAddress,
    kind,
};

/// Room for every answer. Longer than a link's 1500 bytes, so that PADDING can do what it is for: make fragments.
pub const ANSWER_LENGTH: usize = 2048;

// RFC 5780 §7.2.
const CHANGE_ADDRESS: u32 = 0x04;
const CHANGE_PORT: u32 = 0x02;

/// Our addresses of one family, as clients see them: the first, and what differs from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    first: SocketAddr,
    second_address: Option<IpAddr>,
    second_port: Option<u16>,
}

/// Which of our endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Endpoint {
    pub is_second_address: bool,
    pub is_second_port: bool,
}

/// The second address or port is none: the same as the first, or of another family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEndpoints;

/// What is done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Send(Reply),
    Dropped(Dropped),
    /// It would have gone where the request did not come from, or be too large, and that address has no budget left.
    OverBudget,
}

/// Send the first `length` bytes of the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    pub length: usize,
    pub from: Endpoint,
    pub to: SocketAddr,
    /// It carries the mapped address; else it is an error.
    pub is_success: bool,
}

impl Endpoints {
    pub fn new(
        first: SocketAddr,
        second_address: Option<IpAddr>,
        second_port: Option<u16>,
    ) -> Result<Self, BadEndpoints> {
        let is_address_right =
            second_address.is_none_or(|it| it != first.ip() && it.is_ipv4() == first.is_ipv4());
        let is_port_right = second_port.is_none_or(|it| it != first.port() && it != 0);
        let endpoints = Self { first, second_address, second_port };
        if is_address_right && is_port_right { Ok(endpoints) } else { Err(BadEndpoints) }
    }

    /// None: there is no such endpoint.
    pub fn address(&self, endpoint: Endpoint) -> Option<SocketAddr> {
        let ip = if endpoint.is_second_address { self.second_address? } else { self.first.ip() };
        let port = if endpoint.is_second_port { self.second_port? } else { self.first.port() };
        Some(SocketAddr::new(ip, port))
    }

    fn is_single(&self) -> bool {
        self.second_address.is_none() && self.second_port.is_none()
    }
}

impl Endpoint {
    /// RFC 5780 §6.1, table 1.
    fn changed(self, flags: u32) -> Self {
        Self {
            is_second_address: self.is_second_address ^ (flags & CHANGE_ADDRESS != 0),
            is_second_port: self.is_second_port ^ (flags & CHANGE_PORT != 0),
        }
    }
}

/// Answer the datagram that fills `bytes`, came from `source` and was received at `at`.
pub fn answer(
    now_ms: u64,
    bytes: &[u8],
    source: SocketAddr,
    (at, endpoints): (Endpoint, &Endpoints),
    strangers: &mut Strangers,
    buffer: &mut [u8; ANSWER_LENGTH],
) -> Answer {
    if endpoints.is_single() {
        return plain(bytes, source, at, buffer);
    }
    let (message, has_fingerprint) = match binding::request(bytes) {
        Ok(request) => request,
        Err(why) => return Answer::Dropped(why),
    };
    let asked = match Asked::of(&message) {
        Ok(asked) => asked,
        Err(BadRequest) => return bad_request(&message, has_fingerprint, source, at, buffer),
    };
    let from = at.changed(asked.flags);
    // RFC 5780 §6 has a server with one address refuse every CHANGE-REQUEST. A second port alone does answer what a
    // change of port asks, and whoever asks for more is told so: silence would look like a NAT that filters.
    let origin = endpoints.address(from);
    let unknown = UnknownKinds::of(&message, |it| match it {
        kind::CHANGE_REQUEST => origin.is_some(),
        kind::PADDING | kind::RESPONSE_PORT => true,
        _ => false,
    });
    let (true, Some(origin)) = (unknown.is_empty(), origin) else {
        let built = binding::unknown_attributes(&message, &unknown, "", has_fingerprint, buffer);
        return error(built, source, at);
    };
    let to = SocketAddr::new(source.ip(), asked.response_port.unwrap_or(source.port()));
    let other = endpoints.address(at.changed(CHANGE_ADDRESS | CHANGE_PORT));
    let written = Success { message: &message, has_fingerprint, source, asked: &asked };
    // What a Binding request gets anyway costs nothing, unless it is aimed elsewhere.
    let price = |length: usize| match to == source {
        true => length.saturating_sub(bytes.len() + binding::ALLOWANCE),
        false => length,
    };
    for told in [Some((origin, other)), None] {
        let length = written.write(told, buffer);
        if strangers.may_spend(now_ms, source.ip(), price(length)) {
            return Answer::Send(Reply { length, from, to, is_success: true });
        }
    }
    Answer::OverBudget
}

/// Where no second endpoint is configured.
fn plain(bytes: &[u8], source: SocketAddr, from: Endpoint, buffer: &mut [u8; ANSWER_LENGTH]) -> Answer {
    let (buffer, _) = buffer.split_first_chunk_mut().expect("the longer buffer holds the shorter answer");
    let reply = |length, is_success| Answer::Send(Reply { length, from, to: source, is_success });
    match binding::answer(bytes, source, binding::Transport::Udp, buffer) {
        binding::Answer::Success(length) => reply(length, true),
        binding::Answer::UnknownAttributes(length) => reply(length, false),
        binding::Answer::Dropped(why) => Answer::Dropped(why),
    }
}

/// RFC 5780 §6.1: error 400. It is within the allowance whatever the request was.
fn bad_request(
    message: &Message<'_>,
    has_fingerprint: bool,
    source: SocketAddr,
    from: Endpoint,
    buffer: &mut [u8; ANSWER_LENGTH],
) -> Answer {
    let built = Builder::new(buffer, Class::ErrorResponse, METHOD_BINDING, message.transaction_id())
        .and_then(|mut builder| {
            builder.attribute(&Attribute::ErrorCode(ErrorCode { code: 400, reason: "" }))?;
            binding::finish(builder, has_fingerprint)
        });
    error(built, source, from)
}

fn error(built: Result<usize, Full>, to: SocketAddr, from: Endpoint) -> Answer {
    let length = built.expect("ANSWER_LENGTH has room for every answer");
    Answer::Send(Reply { length, from, to, is_success: false })
}

/// What a request asks for beyond its address.
#[derive(Default)]
struct Asked {
    flags: u32,
    response_port: Option<u16>,
    has_padding: bool,
}

struct BadRequest;

impl Asked {
    fn of(message: &Message<'_>) -> Result<Self, BadRequest> {
        let (mut flags, mut response_port, mut has_padding) = (None, None, false);
        for raw in message.attributes() {
            match raw.kind {
                // RFC 8489 §14.5: what follows counts for nothing.
                kind::MESSAGE_INTEGRITY | kind::MESSAGE_INTEGRITY_SHA256 => break,
                kind::CHANGE_REQUEST | kind::RESPONSE_PORT => match raw.decode(&message.transaction_id()) {
                    Ok(Attribute::ChangeRequest(value)) => flags = flags.or(Some(value)),
                    Ok(Attribute::ResponsePort(port)) if port.0 != 0 => {
                        response_port = response_port.or(Some(port.0));
                    }
                    _ => return Err(BadRequest),
                },
                kind::PADDING => has_padding = true,
                _ => {}
            }
        }
        // RFC 5780 §7.5: never both.
        if has_padding && response_port.is_some() {
            return Err(BadRequest);
        }
        Ok(Self { flags: flags.unwrap_or(0), response_port, has_padding })
    }
}

struct Success<'a> {
    message: &'a Message<'a>,
    has_fingerprint: bool,
    source: SocketAddr,
    asked: &'a Asked,
}

impl Success<'_> {
    /// `told`: what RESPONSE-ORIGIN and OTHER-ADDRESS say; None: no more than a plain answer.
    fn write(
        &self,
        told: Option<(SocketAddr, Option<SocketAddr>)>,
        buffer: &mut [u8; ANSWER_LENGTH],
    ) -> usize {
        let mut attributes = vec![Attribute::XorMappedAddress(XorMappedAddress(self.source))];
        if let Some((origin, other)) = told {
            attributes.push(Attribute::MappedAddress(MappedAddress(self.source)));
            attributes.push(Attribute::ResponseOrigin(MappedAddress(origin)));
            attributes.extend(other.map(|it| Attribute::OtherAddress(MappedAddress(it))));
        }
        let longest = self.message.bytes().len().min(ANSWER_LENGTH);
        let zeros = [0; ANSWER_LENGTH];
        let mut write = |attributes: &[Attribute<'_>]| {
            binding::success(self.message, attributes, self.has_fingerprint, buffer)
                .expect("ANSWER_LENGTH has room for every answer")
        };
        if self.asked.has_padding {
            // RFC 5780 §6.1 pads to the MTU whatever was asked, which would make 1500 bytes out of 24. Here PADDING
            // fills the answer up to the request: whoever wants fragments back sends fragments.
            attributes.push(Attribute::Padding(&[]));
            let room = longest.saturating_sub(write(&attributes)) & !3;
            attributes.pop();
            attributes.push(Attribute::Padding(&zeros[..room]));
        }
        write(&attributes)
    }
}

#[cfg(test)]
mod tests;
