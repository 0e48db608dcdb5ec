//! STUN messages (RFC 8489): zero-copy parsing, and building into a caller's buffer.
//!
//! A [`Message`] is a checked view on bytes that somebody else owns; [`Attribute`] is the table of what is in it.

mod attribute;
mod builder;
mod form;
mod integrity;

pub use attribute::{Attribute, kind, name};
pub use builder::{Builder, Full};
pub use form::{
    Algorithm, Algorithms, ChannelNumber, ErrorCode, Form, Kinds, MappedAddress, ResponsePort,
    XorMappedAddress,
};
pub use integrity::{Key, crc32_of_fingerprint};

/// RFC 8489 §5: the fixed value in bytes 4 to 7.
pub const MAGIC_COOKIE: u32 = 0x2112_A442;
/// RFC 8489 §5: type, length, cookie, transaction id.
pub const HEADER_LENGTH: usize = 20;
/// RFC 8489 §3 and §18.2: the only method of STUN itself.
pub const METHOD_BINDING: u16 = 0x001;

/// RFC 8489 §5: 96 bits chosen by the client.
pub type TransactionId = [u8; 12];

/// RFC 8489 §5: the two class bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Request,
    Indication,
    SuccessResponse,
    ErrorResponse,
}

/// Why bytes are not a STUN message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Shorter than its header, or than its length field says.
    TooShort,
    /// The first two bits are not zero, or the cookie is another: some other protocol.
    NotStun,
    /// The length field is no multiple of four, or says less than there is.
    BadLength,
    /// An attribute reaches beyond the end of the message.
    AttributeTooLong,
    /// An attribute's value does not have the form that its type asks for.
    BadValue(u16),
}

/// What a FINGERPRINT says about its message (RFC 8489 §14.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fingerprint {
    Absent,
    Right,
    Wrong,
}

/// Bytes that are one whole, well-formed STUN message; attribute values are checked when they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
}

/// One attribute as it stands in the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawAttribute<'a> {
    pub kind: u16,
    pub value: &'a [u8],
    /// Where its type field begins in the message: what MESSAGE-INTEGRITY and FINGERPRINT cover ends here.
    pub offset: usize,
}

impl<'a> Message<'a> {
    /// The message that fills `bytes` exactly: bytes after its end are an error, because over UDP nothing may follow
    /// it, and over TCP the framing has cut it out.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let header: &[u8; HEADER_LENGTH] = bytes.first_chunk().ok_or(Malformed::TooShort)?;
        if header[0] & 0xC0 != 0 || header[4..8] != MAGIC_COOKIE.to_be_bytes() {
            return Err(Malformed::NotStun);
        }
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if !length.is_multiple_of(4) {
            return Err(Malformed::BadLength);
        }
        match bytes.len().cmp(&(HEADER_LENGTH + length)) {
            std::cmp::Ordering::Less => return Err(Malformed::TooShort),
            std::cmp::Ordering::Greater => return Err(Malformed::BadLength),
            std::cmp::Ordering::Equal => {}
        }
        let message = Self { bytes };
        // Walk once, so that every later walk can take the bounds for granted.
        let mut walk = message.attributes();
        walk.by_ref().for_each(drop);
        if walk.rest.is_empty() { Ok(message) } else { Err(Malformed::AttributeTooLong) }
    }

    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// RFC 8489 §5, figure 3: the class bits C1 and C0 sit between the method bits.
    pub fn class(&self) -> Class {
        match (self.bytes[0] & 0x01, self.bytes[1] & 0x10) {
            (0, 0) => Class::Request,
            (0, _) => Class::Indication,
            (_, 0) => Class::SuccessResponse,
            _ => Class::ErrorResponse,
        }
    }

    pub fn method(&self) -> u16 {
        let kind = u16::from_be_bytes([self.bytes[0], self.bytes[1]]);
        (kind & 0x000F) | ((kind & 0x00E0) >> 1) | ((kind & 0x3E00) >> 2)
    }

    pub fn transaction_id(&self) -> TransactionId {
        let mut id = [0; 12];
        id.copy_from_slice(&self.bytes[8..HEADER_LENGTH]);
        id
    }

    /// Every attribute in order, known or not, also those after MESSAGE-INTEGRITY.
    pub fn attributes(&self) -> RawAttributes<'a> {
        RawAttributes { rest: &self.bytes[HEADER_LENGTH..], offset: HEADER_LENGTH }
    }

    /// The first attribute of that type: RFC 8489 §14 says that only the first of several counts.
    pub fn find(&self, kind: u16) -> Option<RawAttribute<'a>> {
        self.attributes().find(|attribute| attribute.kind == kind)
    }

    /// The first attribute of that type, decoded.
    pub fn decode(&self, kind: u16) -> Option<Result<Attribute<'a>, Malformed>> {
        self.find(kind).map(|raw| raw.decode(&self.transaction_id()))
    }

    pub fn fingerprint(&self) -> Fingerprint {
        match self.find(kind::FINGERPRINT) {
            None => Fingerprint::Absent,
            // RFC 8489 §14.7: "MUST be the last attribute in the message".
            Some(raw)
                if raw.offset + 8 == self.bytes.len()
                    && raw.value == crc32_of_fingerprint(&self.bytes[..raw.offset]).to_be_bytes() =>
            {
                Fingerprint::Right
            }
            Some(_) => Fingerprint::Wrong,
        }
    }

    /// Whether MESSAGE-INTEGRITY was made with `key`; None: the message has none.
    pub fn is_integrity_sha1_right(&self, key: &Key) -> Option<bool> {
        let raw = self.find(kind::MESSAGE_INTEGRITY)?;
        Some(integrity::is_sha1_right(key, self.bytes, &raw))
    }

    /// Whether MESSAGE-INTEGRITY-SHA256 was made with `key`; None: the message has none.
    pub fn is_integrity_sha256_right(&self, key: &Key) -> Option<bool> {
        let raw = self.find(kind::MESSAGE_INTEGRITY_SHA256)?;
        Some(integrity::is_sha256_right(key, self.bytes, &raw))
    }
}

impl<'a> RawAttribute<'a> {
    pub fn decode(&self, id: &TransactionId) -> Result<Attribute<'a>, Malformed> {
        Attribute::decode(self.kind, self.value, id)
    }

    /// RFC 8489 §14: types below 0x8000 must be understood, the others may be ignored.
    pub fn is_comprehension_required(&self) -> bool {
        self.kind < 0x8000
    }
}

/// The walk over a message's attributes; stops early if one reaches beyond the end.
#[derive(Clone, Debug)]
pub struct RawAttributes<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Iterator for RawAttributes<'a> {
    type Item = RawAttribute<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (head, tail) = self.rest.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = tail.get(..length)?;
        let after = tail.get(length.next_multiple_of(4)..)?;
        let attribute =
            RawAttribute { kind: u16::from_be_bytes([head[0], head[1]]), value, offset: self.offset };
        self.offset += self.rest.len() - after.len();
        self.rest = after;
        Some(attribute)
    }
}

#[cfg(test)]
mod tests;
