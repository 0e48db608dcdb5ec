//! What protects a message: MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 and FINGERPRINT.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::Sha256;

use super::RawAttribute;

/// The key of the HMACs. Not `Debug`: it is a secret.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// RFC 8489 §9.1.1: the password itself, already prepared by OpaqueString.
    pub fn short_term(password: &str) -> Self {
        Self(password.as_bytes().to_vec())
    }

    /// RFC 8489 §18.5.1.1: MD5 of username, realm and password, all prepared.
    pub fn long_term_md5(username: &str, realm: &str, password: &str) -> Self {
        Self(Md5::digest(format!("{username}:{realm}:{password}")).to_vec())
    }

    /// RFC 8489 §18.5.1.2: the same with SHA-256.
    pub fn long_term_sha256(username: &str, realm: &str, password: &str) -> Self {
        Self(Sha256::digest(format!("{username}:{realm}:{password}")).to_vec())
    }

    pub(super) fn sha1(&self, before: &[u8], value_length: usize) -> [u8; 20] {
        self.mac::<Hmac<Sha1>>(before, value_length).finalize().into_bytes().into()
    }

    pub(super) fn sha256(&self, before: &[u8], value_length: usize) -> [u8; 32] {
        self.mac::<Hmac<Sha256>>(before, value_length).finalize().into_bytes().into()
    }

    /// The HMAC over all that comes before the attribute, with a length field that ends with the attribute
    /// (RFC 8489 §14.5).
    fn mac<M: Mac + KeyInit>(&self, before: &[u8], value_length: usize) -> M {
        let mut mac = <M as KeyInit>::new_from_slice(&self.0).expect("an HMAC takes keys of any length");
        feed(before, value_length, |bytes| mac.update(bytes));
        mac
    }
}

pub(super) fn is_sha1_right(key: &Key, message: &[u8], raw: &RawAttribute<'_>) -> bool {
    let mac = key.mac::<Hmac<Sha1>>(&message[..raw.offset], 20);
    raw.value.len() == 20 && mac.verify_slice(raw.value).is_ok()
}

pub(super) fn is_sha256_right(key: &Key, message: &[u8], raw: &RawAttribute<'_>) -> bool {
    // RFC 8489 §14.6: "at least 16 bytes … at most 32 bytes … multiple of 4"; truncated only if the usage allows it.
    // None of ours does, and accepting short tags would make guessing cheaper.
    let mac = key.mac::<Hmac<Sha256>>(&message[..raw.offset], 32);
    raw.value.len() == 32 && mac.verify_slice(raw.value).is_ok()
}

/// RFC 8489 §14.7: CRC-32 of all before the attribute, XORed with "STUN", with a length field that includes it.
pub fn crc32_of_fingerprint(before: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    feed(before, 4, |bytes| crc.update(bytes));
    crc.finalize() ^ 0x5354_554E
}

/// Hand `before` to `update` as if its length field ended after an attribute of `value_length` bytes.
fn feed(before: &[u8], value_length: usize, mut update: impl FnMut(&[u8])) {
    let length = before.len() + 4 + value_length - super::HEADER_LENGTH;
    update(&before[..2]);
    update(&(length as u16).to_be_bytes());
    update(&before[4..]);
}
