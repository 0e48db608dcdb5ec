//! The server's answer to a STUN Binding request (RFC 8489 §6.3), without authentication.

use std::net::SocketAddr;

use crate::stun::{
    Attribute, Builder, Class, ErrorCode, Fingerprint, Full, Kinds, METHOD_BINDING, Malformed, Message,
    XorMappedAddress, kind,
};

/// Room for every answer: header 20, ERROR-CODE 28, UNKNOWN-ATTRIBUTES 4 + 2 × 16, FINGERPRINT 8.
pub const ANSWER_LENGTH: usize = 96;

/// Over UDP the source address may be forged, so an answer may exceed its request by no more than this. It is the
/// XOR-MAPPED-ADDRESS of an IPv6 client (4 + 20), the most that RFC 8489 §6.3.1.1 makes a success answer add: a bare
/// request of 20 bytes gets 44, a factor of 2.2 before IP headers and 1.5 with them.
pub const ALLOWANCE: usize = 24;

/// How many unknown attributes an answer names. Guess: honest clients send one or two.
const NAMED_UNKNOWN_ATTRIBUTES: usize = 16;

/// What carried the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// The source address may be forged.
    Udp,
    /// TCP or TLS over it: a handshake has proven the source address.
    Stream,
}

/// What is done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Send the first `.0` bytes of the buffer: it carries the mapped address.
    Success(usize),
    /// Send the first `.0` bytes of the buffer: error 420.
    UnknownAttributes(usize),
    Dropped(Dropped),
}

/// Why a message gets no answer. RFC 8489 §6.3: "If any errors are detected, the message is silently discarded."
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    Malformed(Malformed),
    WrongFingerprint,
    /// Not a method that is served here. An answer would tell nobody anything: a TURN client finds out by its timer.
    OtherMethod,
    /// RFC 8489 §6.3.2: an indication keeps a binding alive and is never answered.
    Indication,
    /// We ask nothing, so nobody can have an answer for us; answering one could make two servers talk for ever.
    Response,
}

/// Answer the message that fills `bytes`; `source` is where it came from.
pub fn answer(
    bytes: &[u8],
    source: SocketAddr,
    transport: Transport,
    buffer: &mut [u8; ANSWER_LENGTH],
) -> Answer {
    let (message, has_fingerprint) = match request(bytes) {
        Ok(request) => request,
        Err(why) => return Answer::Dropped(why),
    };
    let unknown = UnknownKinds::of(&message, |_| false);
    let built = if unknown.is_empty() {
        let mapped = [Attribute::XorMappedAddress(XorMappedAddress(source))];
        success(&message, &mapped, has_fingerprint, buffer).map(Answer::Success)
    } else {
        let reason = match transport {
            Transport::Stream => "Unknown Attribute",
            // 20 bytes more would break the allowance when only one attribute is unknown; the code says it all.
            Transport::Udp => "",
        };
        unknown_attributes(&message, &unknown, reason, has_fingerprint, buffer).map(Answer::UnknownAttributes)
    };
    built.expect("ANSWER_LENGTH has room for every answer")
}

/// The Binding request that fills `bytes`, and whether it has a fingerprint; or why it gets no answer.
pub(crate) fn request(bytes: &[u8]) -> Result<(Message<'_>, bool), Dropped> {
    let message = Message::parse(bytes).map_err(Dropped::Malformed)?;
    let has_fingerprint = match message.fingerprint() {
        Fingerprint::Wrong => return Err(Dropped::WrongFingerprint),
        fingerprint => fingerprint == Fingerprint::Right,
    };
    match message.class() {
        Class::Request if message.method() == METHOD_BINDING => Ok((message, has_fingerprint)),
        Class::Request => Err(Dropped::OtherMethod),
        Class::Indication => Err(Dropped::Indication),
        Class::SuccessResponse | Class::ErrorResponse => Err(Dropped::Response),
    }
}

// RFC 8489 §6.3.1: "the server SHOULD add a SOFTWARE attribute": we don't, as it would enlarge what a forged request
// sends to its victim, and tell strangers our version.
pub(crate) fn success(
    message: &Message<'_>,
    attributes: &[Attribute<'_>],
    has_fingerprint: bool,
    buffer: &mut [u8],
) -> Result<usize, Full> {
    let mut builder = Builder::new(buffer, Class::SuccessResponse, METHOD_BINDING, message.transaction_id())?;
    for attribute in attributes {
        builder.attribute(attribute)?;
    }
    finish(builder, has_fingerprint)
}

// RFC 8489 §6.3.1: error 420 with UNKNOWN-ATTRIBUTES.
pub(crate) fn unknown_attributes(
    message: &Message<'_>,
    unknown: &UnknownKinds,
    reason: &str,
    has_fingerprint: bool,
    buffer: &mut [u8],
) -> Result<usize, Full> {
    let mut builder = Builder::new(buffer, Class::ErrorResponse, METHOD_BINDING, message.transaction_id())?;
    builder.attribute(&Attribute::ErrorCode(ErrorCode { code: 420, reason }))?;
    builder.attribute(&Attribute::UnknownAttributes(Kinds::new(unknown.bytes())))?;
    finish(builder, has_fingerprint)
}

pub(crate) fn finish(mut builder: Builder<'_>, has_fingerprint: bool) -> Result<usize, Full> {
    if has_fingerprint {
        builder.fingerprint()?;
    }
    Ok(builder.length())
}

/// The comprehension-required attributes that a Binding server without authentication does not understand.
pub(crate) struct UnknownKinds {
    bytes: [u8; 2 * NAMED_UNKNOWN_ATTRIBUTES],
    length: usize,
}

impl UnknownKinds {
    /// `is_also_understood`: what an extension of Binding adds.
    pub(crate) fn of(message: &Message<'_>, is_also_understood: impl Fn(u16) -> bool) -> Self {
        let mut unknown = Self { bytes: [0; 2 * NAMED_UNKNOWN_ATTRIBUTES], length: 0 };
        for raw in message.attributes() {
            // RFC 8489 §14.5: what follows MESSAGE-INTEGRITY "MUST be ignored", bar its SHA256 sister and FINGERPRINT.
            if matches!(raw.kind, kind::MESSAGE_INTEGRITY | kind::MESSAGE_INTEGRITY_SHA256) {
                break;
            }
            let is_known = is_understood(raw.kind) || is_also_understood(raw.kind);
            if raw.is_comprehension_required() && !is_known && !unknown.has(raw.kind) {
                unknown.add(raw.kind);
            }
        }
        unknown
    }

    fn has(&self, kind: u16) -> bool {
        self.bytes().chunks_exact(2).any(|pair| pair == kind.to_be_bytes())
    }

    fn add(&mut self, kind: u16) {
        if let Some(room) = self.bytes.get_mut(self.length..self.length + 2) {
            room.copy_from_slice(&kind.to_be_bytes());
            self.length += 2;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What we understand well enough to ignore: credentials, as RFC 8489 §9 asks for no authentication of Binding, and
/// addresses, which mean nothing in a request.
fn is_understood(attribute: u16) -> bool {
    matches!(
        attribute,
        kind::MAPPED_ADDRESS
            | kind::USERNAME
            | kind::MESSAGE_INTEGRITY
            | kind::ERROR_CODE
            | kind::UNKNOWN_ATTRIBUTES
            | kind::REALM
            | kind::NONCE
            | kind::MESSAGE_INTEGRITY_SHA256
            | kind::PASSWORD_ALGORITHM
            | kind::USERHASH
            | kind::XOR_MAPPED_ADDRESS
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: [u8; 12] = *b"transaction!";

    fn request(class: Class, method: u16, attributes: &[Attribute<'_>], has_fingerprint: bool) -> Vec<u8> {
        let mut buffer = [0; 1500];
        let mut builder = Builder::new(&mut buffer, class, method, ID).unwrap();
        for attribute in attributes {
            builder.attribute(attribute).unwrap();
        }
        if has_fingerprint {
            builder.fingerprint().unwrap();
        }
        builder.finish().to_vec()
    }

    fn answered(bytes: &[u8], source: &str, transport: Transport) -> Result<Vec<u8>, Dropped> {
        let mut buffer = [0; ANSWER_LENGTH];
        match answer(bytes, source.parse().unwrap(), transport, &mut buffer) {
            Answer::Success(length) | Answer::UnknownAttributes(length) => Ok(buffer[..length].to_vec()),
            Answer::Dropped(why) => Err(why),
        }
    }

    #[test]
    fn a_bare_request_gets_its_address_and_nothing_else() {
        for (source, length) in [("192.0.2.7:4711", 32), ("[2001:db8::7]:4711", 44)] {
            let bytes = request(Class::Request, METHOD_BINDING, &[], false);
            let answer = answered(&bytes, source, Transport::Udp).unwrap();
            assert_eq!(answer.len(), length);
            let message = Message::parse(&answer).unwrap();
            assert_eq!((message.class(), message.transaction_id()), (Class::SuccessResponse, ID));
            let mapped = Attribute::XorMappedAddress(XorMappedAddress(source.parse().unwrap()));
            assert_eq!(message.decode(kind::XOR_MAPPED_ADDRESS), Some(Ok(mapped)));
        }
    }

    #[test]
    fn a_fingerprint_is_answered_with_one_and_a_wrong_one_with_silence() {
        let mut bytes = request(Class::Request, METHOD_BINDING, &[], true);
        let answer = answered(&bytes, "192.0.2.7:1", Transport::Udp).unwrap();
        assert_eq!(Message::parse(&answer).unwrap().fingerprint(), Fingerprint::Right);
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(answered(&bytes, "192.0.2.7:1", Transport::Udp), Err(Dropped::WrongFingerprint));
    }

    #[test]
    fn what_is_not_a_binding_request_is_dropped() {
        for (class, method, why) in [
            (Class::Indication, METHOD_BINDING, Dropped::Indication),
            (Class::SuccessResponse, METHOD_BINDING, Dropped::Response),
            (Class::ErrorResponse, METHOD_BINDING, Dropped::Response),
            (Class::Request, 0x003, Dropped::OtherMethod),
        ] {
            let bytes = request(class, method, &[], false);
            for transport in [Transport::Udp, Transport::Stream] {
                assert_eq!(answered(&bytes, "192.0.2.7:1", transport), Err(why));
            }
        }
        let short = answered(&[0, 1, 0, 0], "192.0.2.7:1", Transport::Udp);
        assert_eq!(short, Err(Dropped::Malformed(Malformed::TooShort)));
    }

    #[test]
    fn unknown_required_attributes_are_named_once_and_optional_ones_ignored() {
        let change_request = Attribute::Unknown(0x0003, &[0, 0, 0, 6]);
        let optional = Attribute::Unknown(0x8888, &[]);
        let ignored = [Attribute::Username("u"), optional.clone()];
        assert!(matches!(
            answered(&request(Class::Request, 1, &ignored, false), "192.0.2.7:1", Transport::Stream),
            Ok(bytes) if Message::parse(&bytes).unwrap().class() == Class::SuccessResponse
        ));
        let bytes = request(Class::Request, 1, &[change_request.clone(), optional, change_request], false);
        let answer = answered(&bytes, "192.0.2.7:1", Transport::Stream).unwrap();
        let message = Message::parse(&answer).unwrap();
        assert_eq!(message.class(), Class::ErrorResponse);
        let error = Attribute::ErrorCode(ErrorCode { code: 420, reason: "Unknown Attribute" });
        assert_eq!(message.decode(kind::ERROR_CODE), Some(Ok(error)));
        let named = Attribute::UnknownAttributes(Kinds::new(&[0, 3]));
        assert_eq!(message.decode(kind::UNKNOWN_ATTRIBUTES), Some(Ok(named)));
    }

    #[test]
    fn what_follows_the_integrity_is_ignored() {
        let attributes = [Attribute::MessageIntegrity([0; 20]), Attribute::Unknown(0x0003, &[0; 4])];
        let bytes = request(Class::Request, 1, &attributes, false);
        let answer = answered(&bytes, "192.0.2.7:1", Transport::Udp).unwrap();
        assert_eq!(Message::parse(&answer).unwrap().class(), Class::SuccessResponse);
    }

    proptest! {
        #[test]
        fn over_udp_no_answer_exceeds_the_request_by_more_than_the_allowance(
            kinds in prop::collection::vec(any::<u16>(), 0..60),
            is_v6 in any::<bool>(),
            has_fingerprint in any::<bool>(),
        ) {
            let attributes: Vec<_> = kinds
                .iter()
                .filter(|kind| **kind != kind::FINGERPRINT)
                .map(|kind| Attribute::Unknown(*kind, &[]))
                .collect();
            let bytes = request(Class::Request, METHOD_BINDING, &attributes, has_fingerprint);
            let source = if is_v6 { "[2001:db8::7]:4711" } else { "192.0.2.7:4711" };
            let answer = answered(&bytes, source, Transport::Udp).unwrap();
            prop_assert!(answer.len() <= bytes.len() + ALLOWANCE);
            prop_assert!(Message::parse(&answer).is_ok());
        }
    }
}
