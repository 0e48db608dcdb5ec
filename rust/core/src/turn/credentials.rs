//! Who may use the relay: long-term credentials (RFC 8489 §9.2), for static users and for names that carry their own
//! end and a password made from a shared secret (`timestamp:user`, as coturn's `use-auth-secret` has it).
//!
//! Nothing is kept per client. USERNAME and passwords are taken as already prepared (RFC 8265 OpaqueString).

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::base64;
use super::five_tuple::FiveTuple;
use super::nonce::{self, Nonce};
use super::request::Fields;
use super::time::Now;
use crate::stun::{Key, Message};

/// RFC 8489 §18.5.
const MD5: u16 = 1;
const SHA256: u16 = 2;
/// SHA-256 first, as the better one (RFC 8489 §14.11: "in preferential order").
pub(super) const OFFERED: [u8; 8] = [0, SHA256 as u8, 0, 0, 0, MD5 as u8, 0, 0];
/// RFC 8489 §14.3: 508 by the book, but up to 763 from clients of RFC 5389.
const LONGEST_USERNAME: usize = 763;
/// Ours: RFC 8489 §14.9 would allow 763 bytes, but the realm is in every refusal, so it is kept short.
const LONGEST_REALM: usize = 64;

/// The realm is empty or longer than 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRealm;

/// Everything needed to tell a user from a stranger. Not `Debug`: it is full of secrets. Every shard has its own copy,
/// so that none waits for another.
#[derive(Clone)]
pub struct Credentials {
    realm: String,
    nonce_secret: [u8; 32],
    nonce_lifetime_s: u32,
    users: HashMap<String, Keys>,
    usernames: HashMap<[u8; 32], String>,
    shared_secrets: Vec<Vec<u8>>,
}

/// What is kept of a user's password, as RFC 8656 §6 has it: the keys made of it.
#[derive(Clone)]
struct Keys {
    md5: Key,
    sha256: Key,
}

/// Which of the two MACs protects a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Integrity {
    Sha1,
    Sha256,
}

/// A request whose sender knows a password.
pub(super) struct Authenticated {
    pub(super) username: Box<str>,
    pub(super) key: Key,
    /// Of the answers.
    pub(super) integrity: Integrity,
}

/// Why a request is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    BadRequest,
    Unauthorized,
    StaleNonce,
}

impl Refusal {
    pub(super) fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::StaleNonce => 438,
        }
    }
}

impl Credentials {
    /// `nonce_secret` is random, of this process, and known to no one; all shards are given the same.
    pub fn new(realm: &str, nonce_secret: [u8; 32], nonce_lifetime_s: u32) -> Result<Self, BadRealm> {
        if realm.is_empty() || realm.len() > LONGEST_REALM {
            return Err(BadRealm);
        }
        Ok(Self {
            realm: realm.to_owned(),
            nonce_secret,
            nonce_lifetime_s,
            users: HashMap::new(),
            usernames: HashMap::new(),
            shared_secrets: Vec::new(),
        })
    }

    /// A user with a password of its own.
    pub fn add_user(&mut self, username: &str, password: &str) {
        self.usernames.insert(userhash(username, &self.realm), username.to_owned());
        let keys = Keys {
            md5: Key::long_term_md5(username, &self.realm, password),
            sha256: Key::long_term_sha256(username, &self.realm, password),
        };
        self.users.insert(username.to_owned(), keys);
    }

    /// A secret shared with whoever issues time-limited credentials. Several may hold at once, so that one can be
    /// replaced while calls go on.
    pub fn add_shared_secret(&mut self, secret: &[u8]) {
        self.shared_secrets.push(secret.to_vec());
    }

    /// No new requests by that user; what is allocated ends with its lifetime, or by [`super::Server::revoke`].
    pub fn remove_user(&mut self, username: &str) {
        self.usernames.remove(&userhash(username, &self.realm));
        self.users.remove(username);
    }

    pub fn remove_shared_secret(&mut self, secret: &[u8]) {
        self.shared_secrets.retain(|held| held != secret);
    }

    pub(super) fn realm(&self) -> &str {
        &self.realm
    }

    /// Something that cannot be guessed, for reservation tokens and mobility tickets.
    pub(super) fn unguessable(&self, number: u64) -> [u8; 16] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.nonce_secret)
            .expect("an HMAC takes keys of any length");
        // Nonces begin with their features, so the two never coincide.
        mac.update(b"token");
        mac.update(&number.to_be_bytes());
        let mut first = [0; 16];
        first.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        first
    }

    pub(super) fn nonce(&self, now: Now, client: &FiveTuple) -> Nonce {
        nonce::make(&self.nonce_secret, &self.realm, self.features(), client, now.unix_s)
    }

    /// RFC 8489 §9.2: a client that is told of username anonymity MUST send USERHASH. A name made up by somebody else
    /// cannot be found by its hash, so anonymity is offered only where every name is known.
    fn features(&self) -> &'static [u8; 4] {
        if self.shared_secrets.is_empty() { nonce::ALGORITHMS_AND_ANONYMITY } else { nonce::ALGORITHMS }
    }

    /// RFC 8489 §9.2.4, with one change of order: the nonce is looked at before the password, so that a sender who
    /// has not shown that answers reach it costs one HMAC and learns nothing of users.
    ///
    /// `is_renewal`: the request is about an allocation that exists; a time-limited name may then be past its end,
    /// or every call would end with the credential that started it.
    pub(super) fn check(
        &self,
        now: Now,
        client: &FiveTuple,
        message: &Message<'_>,
        fields: &Fields<'_>,
        is_renewal: bool,
    ) -> Result<Authenticated, Refusal> {
        let integrity = fields.integrity.ok_or(Refusal::Unauthorized)?;
        let (Some(realm), Some(nonce)) = (fields.realm, fields.nonce) else {
            return Err(Refusal::BadRequest);
        };
        if fields.username.is_none() && fields.userhash.is_none() {
            return Err(Refusal::BadRequest);
        }
        self.check_nonce(now, client, nonce)?;
        let algorithm = algorithm(fields)?;
        if realm != self.realm {
            return Err(Refusal::Unauthorized);
        }
        let username = self.username(fields).ok_or(Refusal::Unauthorized)?;
        // RFC 8489 §9.2.4: who names an algorithm is answered with the better MAC, whichever its own was.
        let of_answers = if fields.algorithm.is_some() { Integrity::Sha256 } else { integrity };
        for key in self.keys_of(now, username, algorithm, is_renewal) {
            let is_right = match integrity {
                Integrity::Sha1 => message.is_integrity_sha1_right(&key),
                Integrity::Sha256 => message.is_integrity_sha256_right(&key),
            };
            if is_right == Some(true) {
                return Ok(Authenticated { username: username.into(), key, integrity: of_answers });
            }
        }
        Err(Refusal::Unauthorized)
    }

    fn check_nonce(&self, now: Now, client: &FiveTuple, nonce: &[u8]) -> Result<(), Refusal> {
        match nonce::made_at(&self.nonce_secret, &self.realm, self.features(), client, nonce, now.unix_s) {
            Some(made_at) if now.unix_s.abs_diff(made_at) <= u64::from(self.nonce_lifetime_s) => Ok(()),
            _ => Err(Refusal::StaleNonce),
        }
    }

    fn username<'f>(&'f self, fields: &Fields<'f>) -> Option<&'f str> {
        match (fields.username, fields.userhash) {
            (Some(username), _) => (username.len() <= LONGEST_USERNAME).then_some(username),
            (None, Some(hash)) => self.usernames.get(&hash).map(String::as_str),
            (None, None) => None,
        }
    }

    /// Every key that would do for `username`; none if it is nobody's, or past its end.
    fn keys_of(&self, now: Now, username: &str, algorithm: u16, is_renewal: bool) -> Vec<Key> {
        let is_sha256 = algorithm == SHA256;
        if let Some(keys) = self.users.get(username) {
            return vec![if is_sha256 { keys.sha256.clone() } else { keys.md5.clone() }];
        }
        let issued = |secret: &Vec<u8>| {
            let password = time_limited_password(secret, username);
            match is_sha256 {
                true => Key::long_term_sha256(username, &self.realm, &password),
                false => Key::long_term_md5(username, &self.realm, &password),
            }
        };
        match end_of(username) {
            Some(ends_at) if is_renewal || now.unix_s < ends_at => {
                self.shared_secrets.iter().map(issued).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The person behind a username: quotas must not be escaped by asking for a new timestamp.
pub(super) fn person(username: &str) -> &str {
    match username.split_once(':') {
        Some((_, person)) if end_of(username).is_some() && !person.is_empty() => person,
        _ => username,
    }
}

/// The password of a time-limited name: base64 of HMAC-SHA1 of the name, keyed with the secret.
pub fn time_limited_password(secret: &[u8], username: &str) -> String {
    let mut mac = <Hmac<Sha1> as KeyInit>::new_from_slice(secret).expect("an HMAC takes keys of any length");
    mac.update(username.as_bytes());
    base64::encode(&mac.finalize().into_bytes())
}

/// RFC 8489 §14.4.
pub fn userhash(username: &str, realm: &str) -> [u8; 32] {
    Sha256::digest(format!("{username}:{realm}")).into()
}

/// When a name of the form `timestamp` or `timestamp:user` ends; None: it has another form.
fn end_of(username: &str) -> Option<u64> {
    let digits = username.split(':').next()?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// RFC 8489 §9.2.4: both attributes or neither, what we offered and nothing else: a man in the middle who strikes
/// SHA-256 from the offer is found out here, because the client repeats what it was offered under its MAC.
fn algorithm(fields: &Fields<'_>) -> Result<u16, Refusal> {
    match (fields.algorithm, fields.algorithms) {
        (None, None) => Ok(MD5),
        (Some(algorithm), Some(algorithms)) if algorithms == OFFERED && algorithm.parameters.is_empty() => {
            match algorithm.number {
                MD5 | SHA256 => Ok(algorithm.number),
                _ => Err(Refusal::BadRequest),
            }
        }
        _ => Err(Refusal::BadRequest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_the_same_whatever_the_timestamp() {
        for (username, expected) in [
            ("1700000000:anna", "anna"),
            ("1700000001:anna", "anna"),
            ("1700000000", "1700000000"),
            ("1700000000:", "1700000000:"),
            ("anna:berta", "anna:berta"),
            ("anna", "anna"),
        ] {
            assert_eq!(person(username), expected);
        }
    }

    #[test]
    fn the_time_limited_password_is_what_coturn_makes() {
        // echo -n 1700000000:anna | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(time_limited_password(b"north", "1700000000:anna"), "WS1fjjHj2gNlXzhc/ZcwmC3ofIo=");
    }

    #[test]
    fn rfc8489_b1_userhash() {
        let hash = userhash("マトリックス", "example.org");
        assert_eq!(hash[..4], [0x4a, 0x3c, 0xf3, 0x8f]);
    }

    #[test]
    fn a_realm_that_would_fatten_every_refusal_is_not_taken() {
        assert_eq!(Credentials::new("", [0; 32], 600).err(), Some(BadRealm));
        assert_eq!(Credentials::new(&"x".repeat(65), [0; 32], 600).err(), Some(BadRealm));
    }
}
