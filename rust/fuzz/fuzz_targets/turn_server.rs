//! The whole relay: bytes are a sequence of (who, what, payload), with time passing in between. Requests are signed by
//! users who know their password, or nothing would get past the first check. After every step the books must balance,
//! and no packet may leave for an address that is denied.
#![no_main]

use std::collections::HashMap;
use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use sightline_core::stun::{Attribute, Builder, Class, Key, Message, kind};
use sightline_core::turn::{
    AllocationId, BindFailed, Credentials, Family, FiveTuple, HEADROOM, Handled, Now, Output, Packet, Port,
    Server, Settings, TAILROOM, Transport,
};

const REALM: &str = "fuzz";
const METHODS: [u16; 6] = [0x003, 0x004, 0x008, 0x009, 0x006, 0x001];

struct Run {
    server: Server,
    now: Now,
    tuples: [FiveTuple; 4],
    nonces: [Vec<u8>; 4],
    bound: HashMap<(AllocationId, Family), SocketAddr>,
    waiting: Vec<(AllocationId, Family, Port)>,
    requests: u32,
    ticket: Vec<u8>,
    port: u16,
}

impl Run {
    fn new() -> Self {
        let mut settings = Settings {
            allocations: 3,
            permissions_per_allocation: 3,
            channels_per_allocation: 3,
            can_set_df: true,
            has_mobility: true,
            ..Settings::default()
        };
        settings.peers.relay = vec!["9.9.9.9".parse().unwrap(), "2a00::9".parse().unwrap()];
        settings.peers.control = vec!["9.9.9.9:443".parse().unwrap()];
        let mut credentials = Credentials::new(REALM, [1; 32], 600).unwrap();
        credentials.add_user("anna", "secret");
        let tuple = |from: &str, transport| {
            FiveTuple::new(from.parse().unwrap(), "9.9.9.9:443".parse().unwrap(), transport)
        };
        Self {
            server: Server::new(settings, credentials, 1),
            now: Now { ms: 1, unix_s: 1_700_000_000 },
            tuples: [
                tuple("1.1.1.1:1", Transport::Udp),
                tuple("1.1.1.1:1", Transport::Tls),
                tuple("[2a00::1]:1", Transport::Udp),
                tuple("1.1.1.2:1", Transport::Tcp),
            ],
            nonces: Default::default(),
            bound: HashMap::new(),
            waiting: Vec::new(),
            requests: 0,
            ticket: Vec::new(),
            port: 1024,
        }
    }

    /// A message with `rest` as its attributes, made well-formed and signed.
    fn signed(&mut self, who: usize, method: u16, rest: &[u8]) -> Vec<u8> {
        self.requests += 1;
        let mut id = [0; 12];
        id[..4].copy_from_slice(&self.requests.to_be_bytes());
        let class = if method == 0x006 { Class::Indication } else { Class::Request };
        let mut buffer = [0; 1024];
        let mut builder = Builder::new(&mut buffer, class, method, id).unwrap();
        if method == 0x003 {
            builder.attribute(&Attribute::RequestedTransport([17, 0, 0, 0])).unwrap();
        }
        for chunk in rest.chunks(10) {
            let value = &chunk[1..];
            let attribute = match chunk[0] {
                255 => (kind::MOBILITY_TICKET, Vec::new()),
                254 => (kind::MOBILITY_TICKET, self.ticket.clone()),
                selector => attribute(selector, value),
            };
            let _ = builder.attribute(&Attribute::Unknown(attribute.0, &attribute.1));
        }
        if class == Class::Request && !self.nonces[who].is_empty() {
            for it in
                [Attribute::Username("anna"), Attribute::Realm(REALM), Attribute::Nonce(&self.nonces[who])]
            {
                builder.attribute(&it).unwrap();
            }
            builder.message_integrity(&Key::long_term_md5("anna", REALM, "secret")).unwrap();
        }
        builder.finish().to_vec()
    }

    fn packet(&mut self, who: usize, bytes: &[u8]) {
        let tuple = self.tuples[who];
        let (handled, buffer) =
            with_room(bytes, |packet| self.server.handle_client(self.now, &tuple, packet));
        self.check(&handled, &buffer);
        if handled == Handled::Answer {
            let answer = self.server.answer().to_vec();
            self.learn(&tuple, &answer);
        }
    }

    fn datagram(&mut self, at: usize, from: SocketAddr, bytes: &[u8]) {
        let Some(id) = self.bound.keys().map(|(id, _)| *id).min_by_key(|id| id.index as usize ^ at) else {
            return;
        };
        let (handled, buffer) =
            with_room(bytes, |packet| self.server.handle_peer(self.now, id, from, packet));
        assert!(matches!(handled, Handled::ToClient(_) | Handled::Dropped(_)));
        self.check(&handled, &buffer);
    }

    fn check(&self, handled: &Handled, buffer: &[u8]) {
        match handled {
            Handled::ToPeer(it) => {
                assert!(it.payload.end + TAILROOM <= buffer.len());
                let ip = it.peer.ip();
                assert!(!ip.is_loopback() && !ip.is_multicast() && !ip.is_unspecified());
                assert!(!ip.to_string().starts_with("10.") && ip.to_string() != "9.9.9.9");
                assert!(self.bound.contains_key(&(it.allocation, Family::of(it.peer))));
            }
            Handled::ToClient(it) => {
                let bytes = &buffer[it.bytes.clone()];
                let is_channel = bytes[0] & 0xC0 == 0x40;
                assert!(is_channel || Message::parse(bytes).unwrap().class() == Class::Indication);
                assert!(!it.client.transport().is_stream() || bytes.len().is_multiple_of(4));
            }
            _ => {}
        }
    }

    fn learn(&mut self, tuple: &FiveTuple, answer: &[u8]) {
        let message = Message::parse(answer).unwrap();
        assert!(matches!(message.class(), Class::SuccessResponse | Class::ErrorResponse));
        let who = self.tuples.iter().position(|it| it == tuple).unwrap();
        if let Some(Ok(Attribute::Nonce(nonce))) = message.decode(kind::NONCE) {
            self.nonces[who] = nonce.to_vec();
        }
        if let Some(Ok(Attribute::MobilityTicket(ticket))) = message.decode(kind::MOBILITY_TICKET) {
            self.ticket = ticket.to_vec();
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::Bind { allocation, family, port } => self.waiting.push((allocation, family, port)),
                Output::Release { allocation, family } => drop(self.bound.remove(&(allocation, family))),
                Output::Send { client, bytes } => self.learn(&client, &bytes),
                Output::Unreserve { .. } | Output::Event(_) => {}
            }
        }
    }

    fn bind(&mut self, works: bool) {
        let Some((id, family, port)) = self.waiting.pop() else { return };
        self.port = self.port.checked_add(1).unwrap_or(1024);
        let ip = if family == Family::V4 { "9.9.9.9" } else { "2a00::9" };
        let relayed = SocketAddr::new(ip.parse().unwrap(), self.port);
        if works {
            self.bound.insert((id, family), relayed);
        }
        self.server.handle_bound(
            self.now,
            id,
            family,
            port,
            if works { Ok(relayed) } else { Err(BindFailed) },
        );
    }

    fn step(&mut self, what: u8, who: usize, payload: &[u8]) {
        match what % 11 {
            at @ 0..=5 => {
                let bytes = self.signed(who, METHODS[usize::from(at)], payload);
                self.packet(who, &bytes);
            }
            6 => self.packet(who, payload),
            7 => self.bind(payload.first() != Some(&0)),
            8 => {
                let seconds = payload.first().map_or(1, |byte| u64::from(*byte) * 8);
                self.now = Now { ms: self.now.ms + seconds * 1000, unix_s: self.now.unix_s + seconds };
                self.server.handle_timeout(self.now);
            }
            9 => self.datagram(who, peer(payload.first().copied().unwrap_or(0)), payload),
            _ => self.server.handle_disconnected(&self.tuples[who].clone()),
        }
        self.drain();
        self.server.assert_consistent();
        assert_eq!(self.server.status().flat_map(|it| it.relayed).flatten().count(), self.bound.len());
    }
}

/// Mostly attributes that mean something, or hardly any request would.
fn attribute(selector: u8, value: &[u8]) -> (u16, Vec<u8>) {
    let first = value.first().copied().unwrap_or(0);
    let numbers = |number: u16| [&number.to_be_bytes()[..], &[0, 0]].concat();
    match selector % 10 {
        0 | 1 => (kind::XOR_PEER_ADDRESS, xor(peer(first))),
        2 => (kind::CHANNEL_NUMBER, numbers(0x4000 + u16::from(first % 5))),
        3 => (kind::LIFETIME, u32::from(first).to_be_bytes().to_vec()),
        4 => (kind::REQUESTED_ADDRESS_FAMILY, vec![first % 4, 0, 0, 0]),
        5 => (kind::ADDITIONAL_ADDRESS_FAMILY, vec![first % 4, 0, 0, 0]),
        6 => (kind::EVEN_PORT, vec![first & 0x80]),
        7 => (kind::DATA, value.to_vec()),
        8 => (kind::RESERVATION_TOKEN, value.to_vec()),
        _ => (u16::from(first), value.get(1..).unwrap_or_default().to_vec()),
    }
}

fn peer(number: u8) -> SocketAddr {
    let text = match number % 8 {
        0 => "8.8.8.8:1",
        1 => "8.8.8.8:2",
        2 => "8.8.4.4:1",
        3 => "10.0.0.1:1",
        4 => "[2a00::8]:1",
        5 => "[::ffff:127.0.0.1]:1",
        6 => "127.0.0.1:1",
        _ => return SocketAddr::new([9, 9, 9, 9].into(), 1025 + u16::from(number / 8)),
    };
    text.parse().unwrap()
}

/// XORed with the cookie only: enough for IPv4, and for IPv6 it is some other address.
fn xor(address: SocketAddr) -> Vec<u8> {
    let port = (address.port() ^ 0x2112).to_be_bytes();
    let mask = [0x21, 0x12, 0xA4, 0x42];
    let (family, mut octets) = match address {
        SocketAddr::V4(it) => (1, it.ip().octets().to_vec()),
        SocketAddr::V6(it) => (2, it.ip().octets().to_vec()),
    };
    octets.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    [&[0, family][..], &port, &octets].concat()
}

fn with_room(bytes: &[u8], handle: impl FnOnce(&mut Packet<'_>) -> Handled) -> (Handled, Vec<u8>) {
    let mut buffer = [&[0; HEADROOM][..], bytes, &[0; TAILROOM]].concat();
    let range = HEADROOM..buffer.len() - TAILROOM;
    let handled = handle(&mut Packet::new(&mut buffer, range));
    (handled, buffer)
}

fuzz_target!(|bytes: &[u8]| {
    let mut run = Run::new();
    let mut rest = bytes;
    while let Some(([what, who, length], after)) = rest.split_first_chunk::<3>() {
        let (payload, next) = after.split_at(usize::from(*length % 64).min(after.len()));
        run.step(*what, usize::from(*who % 4), payload);
        rest = next;
    }
});
