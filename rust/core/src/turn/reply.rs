//! Writing answers.

use super::credentials::Integrity;
use crate::stun::{Attribute, Builder, Class, ErrorCode, Fingerprint, Full, Key, Message, TransactionId};

/// Room for every answer. The longest, a refusal with a realm of 64 bytes, takes 184; a success 168.
pub const ANSWER_LENGTH: usize = 256;

/// What an answer repeats of its request.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) id: TransactionId,
    pub(super) method: u16,
    has_fingerprint: bool,
}

/// How an answer is protected.
#[derive(Clone)]
pub(super) struct Seal {
    pub(super) key: Key,
    pub(super) integrity: Integrity,
}

impl Asked {
    pub(super) fn of(message: &Message<'_>) -> Self {
        Self {
            id: message.transaction_id(),
            method: message.method(),
            has_fingerprint: message.fingerprint() == Fingerprint::Right,
        }
    }

    pub(super) fn success(
        &self,
        buffer: &mut [u8; ANSWER_LENGTH],
        attributes: &[Attribute<'_>],
        seal: &Seal,
    ) -> usize {
        self.write(buffer, Class::SuccessResponse, attributes, Some(seal))
    }

    /// An error that the client may trust, with its reason in words.
    pub(super) fn error(
        &self,
        buffer: &mut [u8; ANSWER_LENGTH],
        code: u16,
        attributes: &[Attribute<'_>],
        seal: &Seal,
    ) -> usize {
        let error = [Attribute::ErrorCode(ErrorCode { code, reason: reason(code) })];
        self.write(buffer, Class::ErrorResponse, &[&error, attributes].concat(), Some(seal))
    }

    /// An error to somebody unknown: no MAC, as there is no key (RFC 8489 §9.2.4), and no words, as every byte goes to
    /// whoever the request pretends to be from.
    pub(super) fn refusal(
        &self,
        buffer: &mut [u8; ANSWER_LENGTH],
        code: u16,
        attributes: &[Attribute<'_>],
    ) -> usize {
        let error = [Attribute::ErrorCode(ErrorCode { code, reason: "" })];
        self.write(buffer, Class::ErrorResponse, &[&error, attributes].concat(), None)
    }

    fn write(
        &self,
        buffer: &mut [u8; ANSWER_LENGTH],
        class: Class,
        attributes: &[Attribute<'_>],
        seal: Option<&Seal>,
    ) -> usize {
        self.build(buffer, class, attributes, seal).expect("ANSWER_LENGTH has room for every answer")
    }

    fn build(
        &self,
        buffer: &mut [u8],
        class: Class,
        attributes: &[Attribute<'_>],
        seal: Option<&Seal>,
    ) -> Result<usize, Full> {
        let mut builder = Builder::new(buffer, class, self.method, self.id)?;
        for attribute in attributes {
            builder.attribute(attribute)?;
        }
        match seal {
            Some(Seal { key, integrity: Integrity::Sha1 }) => builder.message_integrity(key)?,
            Some(Seal { key, integrity: Integrity::Sha256 }) => builder.message_integrity_sha256(key)?,
            None => {}
        }
        if self.has_fingerprint {
            builder.fingerprint()?;
        }
        Ok(builder.length())
    }
}

/// The phrases of RFC 8489 §14.8, RFC 8656 §19 and RFC 6062 §6.3.
fn reason(code: u16) -> &'static str {
    match code {
        400 => "Bad Request",
        403 => "Forbidden",
        420 => "Unknown Attribute",
        437 => "Allocation Mismatch",
        440 => "Address Family not Supported",
        441 => "Wrong Credentials",
        442 => "Unsupported Transport Protocol",
        443 => "Peer Address Family Mismatch",
        446 => "Connection Already Exists",
        447 => "Connection Timeout or Failure",
        486 => "Allocation Quota Reached",
        508 => "Insufficient Capacity",
        _ => "",
    }
}
