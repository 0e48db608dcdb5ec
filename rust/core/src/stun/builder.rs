//! Building a message into a caller's buffer.

use super::{Attribute, Class, HEADER_LENGTH, Key, MAGIC_COOKIE, TransactionId, crc32_of_fingerprint};

/// The buffer is too small for what was to be added; the message is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// A message under construction. Its length field is right after every step.
pub struct Builder<'b> {
    buffer: &'b mut [u8],
    length: usize,
    id: TransactionId,
}

impl<'b> Builder<'b> {
    pub fn new(buffer: &'b mut [u8], class: Class, method: u16, id: TransactionId) -> Result<Self, Full> {
        let class_bits = match class {
            Class::Request => 0x0000,
            Class::Indication => 0x0010,
            Class::SuccessResponse => 0x0100,
            Class::ErrorResponse => 0x0110,
        };
        // RFC 8489 §5, figure 3: twelve method bits around the two class bits.
        let kind = (method & 0x000F) | ((method & 0x0070) << 1) | ((method & 0x0F80) << 2) | class_bits;
        let header: &mut [u8; HEADER_LENGTH] = buffer.first_chunk_mut().ok_or(Full)?;
        header[..2].copy_from_slice(&kind.to_be_bytes());
        header[2..4].fill(0);
        header[4..8].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
        header[8..].copy_from_slice(&id);
        Ok(Self { buffer, length: HEADER_LENGTH, id })
    }

    /// Append an attribute. MESSAGE-INTEGRITY and FINGERPRINT have calls of their own.
    pub fn attribute(&mut self, attribute: &Attribute<'_>) -> Result<(), Full> {
        let at = self.length;
        let id = self.id;
        let room = self.buffer.get_mut(at + 4..).ok_or(Full)?;
        let length = attribute.encode(room, &id).ok_or(Full)?;
        let padded = length.next_multiple_of(4);
        // RFC 8489 §14: padding "MUST be set to zero on sending".
        room.get_mut(length..padded).ok_or(Full)?.fill(0);
        let total = u16::try_from(at + 4 + padded - HEADER_LENGTH).map_err(|_| Full)?;
        self.buffer[at..at + 2].copy_from_slice(&attribute.kind().to_be_bytes());
        // It fits sixteen bits because the total does.
        self.buffer[at + 2..at + 4].copy_from_slice(&(length as u16).to_be_bytes());
        self.buffer[2..4].copy_from_slice(&total.to_be_bytes());
        self.length = at + 4 + padded;
        Ok(())
    }

    pub fn message_integrity(&mut self, key: &Key) -> Result<(), Full> {
        let value = key.sha1(&self.buffer[..self.length], 20);
        self.attribute(&Attribute::MessageIntegrity(value))
    }

    pub fn message_integrity_sha256(&mut self, key: &Key) -> Result<(), Full> {
        let value = key.sha256(&self.buffer[..self.length], 32);
        self.attribute(&Attribute::MessageIntegritySha256(&value))
    }

    /// RFC 8489 §14.7: must be the last.
    pub fn fingerprint(&mut self) -> Result<(), Full> {
        let value = crc32_of_fingerprint(&self.buffer[..self.length]);
        self.attribute(&Attribute::Fingerprint(value))
    }

    /// Bytes written so far.
    pub fn length(&self) -> usize {
        self.length
    }

    pub fn finish(self) -> &'b [u8] {
        &self.buffer[..self.length]
    }
}
