//! What a STUN message asks of the relay, taken apart in one walk.

use std::net::SocketAddr;
use std::ops::Range;

use super::credentials::Integrity;
use super::five_tuple::canonical;
use crate::stun::{Algorithm, Attribute, Malformed, Message, XorMappedAddress, kind};

// RFC 8656 §17.
pub(super) const ALLOCATE: u16 = 0x003;
pub(super) const REFRESH: u16 = 0x004;
pub(super) const SEND: u16 = 0x006;
pub(super) const DATA: u16 = 0x007;
pub(super) const CREATE_PERMISSION: u16 = 0x008;
pub(super) const CHANNEL_BIND: u16 = 0x009;
// RFC 6062 §6.1.
pub(super) const CONNECT: u16 = 0x00A;
pub(super) const CONNECTION_BIND: u16 = 0x00B;
pub(super) const CONNECTION_ATTEMPT: u16 = 0x00C;

/// How many peers one CreatePermission may name. Guess: browsers name one each; coturn's client up to a few.
pub(super) const PEERS: usize = 16;
/// How many unknown attributes an answer names. Guess: honest clients send one or two.
const NAMED_UNKNOWN: usize = 8;

/// The attributes that count: the first of each type (RFC 8489 §14), and none after the integrity (§14.5), because
/// whoever carries a message could append to it.
#[derive(Default)]
pub(super) struct Fields<'a> {
    pub(super) username: Option<&'a str>,
    pub(super) userhash: Option<[u8; 32]>,
    pub(super) realm: Option<&'a str>,
    pub(super) nonce: Option<&'a [u8]>,
    pub(super) algorithm: Option<Algorithm<'a>>,
    pub(super) algorithms: Option<&'a [u8]>,
    pub(super) integrity: Option<Integrity>,
    pub(super) protocol: Option<u8>,
    pub(super) lifetime_s: Option<u32>,
    pub(super) family: Option<u8>,
    pub(super) additional_family: Option<u8>,
    /// EVEN-PORT: whether the next higher port is to be reserved.
    pub(super) even_port: Option<bool>,
    pub(super) token: Option<[u8; 8]>,
    pub(super) dont_fragment: bool,
    pub(super) ticket: Option<&'a [u8]>,
    pub(super) channel: Option<u16>,
    /// CONNECTION-ID.
    pub(super) connection: Option<u32>,
    pub(super) peers: Peers,
    /// Where in the message DATA's value lies.
    pub(super) data: Option<Range<usize>>,
    pub(super) unknown: Unknown,
}

/// XOR-PEER-ADDRESSes, in one form.
#[derive(Default)]
pub(super) struct Peers {
    addresses: [Option<SocketAddr>; PEERS],
    /// How many there were, also beyond those that are held.
    pub(super) count: usize,
}

impl Peers {
    pub(super) fn first(&self) -> Option<SocketAddr> {
        self.addresses[0]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = SocketAddr> {
        self.addresses.iter().flatten().copied()
    }

    fn add(&mut self, address: SocketAddr) {
        if let Some(room) = self.addresses.get_mut(self.count) {
            *room = Some(canonical_peer(address));
        }
        self.count += 1;
    }
}

/// IPv4-mapped addresses stay what they are: a peer is refused by them, not sent to by another family.
fn canonical_peer(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port())
}

/// Comprehension-required attributes that we do not know.
#[derive(Default)]
pub(super) struct Unknown {
    bytes: [u8; 2 * NAMED_UNKNOWN],
    length: usize,
}

impl Unknown {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(super) fn add(&mut self, kind: u16) {
        let is_new = !self.bytes().chunks_exact(2).any(|pair| pair == kind.to_be_bytes());
        if let Some(room) = self.bytes.get_mut(self.length..self.length + 2)
            && is_new
        {
            room.copy_from_slice(&kind.to_be_bytes());
            self.length += 2;
        }
    }
}

impl<'a> Fields<'a> {
    pub(super) fn of(message: &Message<'a>) -> Result<Self, Malformed> {
        let mut fields = Self::default();
        let id = message.transaction_id();
        for raw in message.attributes() {
            match raw.kind {
                kind::MESSAGE_INTEGRITY => {
                    // RFC 8489 §9.2.4: a request may carry both MACs; the better one is what counts.
                    let has_both = message.find(kind::MESSAGE_INTEGRITY_SHA256).is_some();
                    fields.integrity = Some(if has_both { Integrity::Sha256 } else { Integrity::Sha1 });
                    break;
                }
                kind::MESSAGE_INTEGRITY_SHA256 => {
                    fields.integrity = Some(Integrity::Sha256);
                    break;
                }
                // Far the longest, and only its place matters.
                kind::DATA => {
                    let start = raw.offset + 4;
                    first(&mut fields.data, start..start + raw.value.len());
                }
                // Known, but of no meaning to a relay: ICE's checks and behaviour discovery.
                kind::CHANGE_REQUEST
                | kind::PRIORITY
                | kind::USE_CANDIDATE
                | kind::PADDING
                | kind::RESPONSE_PORT => fields.unknown.add(raw.kind),
                kind::PASSWORD_ALGORITHMS => first(&mut fields.algorithms, raw.value),
                _ => fields.take(raw.decode(&id)?, raw.is_comprehension_required()),
            }
        }
        Ok(fields)
    }

    fn take(&mut self, attribute: Attribute<'a>, is_required: bool) {
        match attribute {
            Attribute::Username(value) => first(&mut self.username, value),
            Attribute::Userhash(value) => first(&mut self.userhash, value),
            Attribute::Realm(value) => first(&mut self.realm, value),
            Attribute::Nonce(value) => first(&mut self.nonce, value),
            Attribute::PasswordAlgorithm(value) => first(&mut self.algorithm, value),
            Attribute::RequestedTransport([value, ..]) => first(&mut self.protocol, value),
            Attribute::Lifetime(value) => first(&mut self.lifetime_s, value),
            Attribute::RequestedAddressFamily([value, ..]) => first(&mut self.family, value),
            Attribute::AdditionalAddressFamily([value, ..]) => first(&mut self.additional_family, value),
            Attribute::EvenPort([value]) => first(&mut self.even_port, value & 0x80 != 0),
            Attribute::ReservationToken(value) => first(&mut self.token, value),
            Attribute::MobilityTicket(value) => first(&mut self.ticket, value),
            Attribute::DontFragment(()) => self.dont_fragment = true,
            Attribute::ConnectionId(value) => first(&mut self.connection, value),
            Attribute::ChannelNumber(value) => first(&mut self.channel, value.0),
            // RFC 8656 §10.1: the one attribute of which several count, in CreatePermission.
            Attribute::XorPeerAddress(XorMappedAddress(value)) => self.peers.add(value),
            Attribute::Unknown(kind, _) if is_required => self.unknown.add(kind),
            _ => {}
        }
    }
}

fn first<T>(field: &mut Option<T>, value: T) {
    field.get_or_insert(value);
}

/// The form in which sources of datagrams are compared with peers.
pub(super) fn source(address: SocketAddr) -> SocketAddr {
    canonical(address)
}
