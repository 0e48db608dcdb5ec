//! The whole relay: bytes are a sequence of (who, what, payload), with time passing in between. Requests are signed by
//! users who know their password, or nothing would get past the first check. After every step the books must balance,
//! and no packet may leave for an address that is denied.
#![no_main]

use std::collections::HashMap;
use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use sightline_core::stun::{Attribute, Builder, Class, Key, Message, kind};
use sightline_core::turn::{
    AllocationId, BindFailed, ConnectFailed, ConnectionId, Credentials, Direction, Family, FiveTuple,
    HEADROOM, Handled, Now, Output, Packet, Port, Server, Settings, TAILROOM, Transport, connection_to_join,
};

const REALM: &str = "fuzz";
const METHODS: [u16; 8] = [0x003, 0x004, 0x008, 0x009, 0x006, 0x001, 0x00A, 0x00B];

struct Run {
    server: Server,
    now: Now,
    tuples: [FiveTuple; 6],
    nonces: [Vec<u8>; 6],
    bound: HashMap<(AllocationId, Family), SocketAddr>,
    waiting: Vec<(AllocationId, Family, Port)>,
    /// Connections with peers that are being made, that are there, and that are joined to a client's.
    making: Vec<ConnectionId>,
    open: Vec<ConnectionId>,
    joined: Vec<ConnectionId>,
    number: u32,
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
            has_tcp_allocations: true,
            shard: 7,
            connections: 5,
            connections_per_allocation: 4,
            pending_connections_per_allocation: 3,
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
                tuple("1.1.1.2:2", Transport::Tcp),
                tuple("1.1.1.2:3", Transport::Tls),
            ],
            nonces: Default::default(),
            bound: HashMap::new(),
            waiting: Vec::new(),
            making: Vec::new(),
            open: Vec::new(),
            joined: Vec::new(),
            number: 0,
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
            let protocol = if rest.first() == Some(&253) { 6 } else { 17 };
            builder.attribute(&Attribute::RequestedTransport([protocol, 0, 0, 0])).unwrap();
        }
        if method == 0x00B {
            builder.attribute(&Attribute::ConnectionId(self.number)).unwrap();
        }
        for chunk in rest.chunks(10) {
            let value = &chunk[1..];
            let attribute = match chunk[0] {
                255 => (kind::MOBILITY_TICKET, Vec::new()),
                254 => (kind::MOBILITY_TICKET, self.ticket.clone()),
                253 => continue,
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
        if let Handled::Join(connection) = handled {
            assert_eq!(connection_to_join(bytes), Some(connection));
            assert!(tuple.transport().is_stream() && connection.shard() == 7);
            assert!(self.open.contains(&connection) && !self.joined.contains(&connection));
            self.joined.push(connection);
        }
        if matches!(handled, Handled::Answer | Handled::Join(_)) {
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
                assert!(!is_denied(it.peer));
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
        let is_attempt = (message.class(), message.method()) == (Class::Indication, 0x00C);
        assert!(is_attempt || matches!(message.class(), Class::SuccessResponse | Class::ErrorResponse));
        if let Some(Ok(Attribute::ConnectionId(number))) = message.decode(kind::CONNECTION_ID) {
            self.number = number;
        }
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
                Output::Listen { allocation, family } => self.waiting.push((allocation, family, Port::Any)),
                Output::Connect { connection, allocation, peer } => {
                    assert!(self.bound.contains_key(&(allocation, Family::of(peer))) && peer.port() != 0);
                    assert!(!is_denied(peer) || self.bound.values().any(|it| *it == peer));
                    self.making.push(connection);
                }
                Output::Close { connection } => self.close(connection),
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

    fn close(&mut self, connection: ConnectionId) {
        self.open.retain(|it| *it != connection);
        self.joined.retain(|it| *it != connection);
    }

    fn connect(&mut self, works: bool) {
        let Some(connection) = self.making.pop() else { return };
        if works {
            self.open.push(connection);
        }
        self.server.handle_connected(self.now, connection, if works { Ok(()) } else { Err(ConnectFailed) });
    }

    fn accept(&mut self, who: usize, from: SocketAddr) {
        let tuple = self.tuples[who];
        let Some(id) = self.server.status().find(|it| it.client == tuple).map(|it| it.allocation) else {
            return;
        };
        self.open.extend(self.server.handle_accepted(self.now, id, from));
    }

    fn carry(&mut self, at: usize, closes: bool) {
        let Some(&connection) = self.open.get(at) else { return };
        let may = self.server.may_carry(self.now, connection, Direction::ToPeer, 100);
        assert_eq!(may, self.joined.contains(&connection));
        if closes {
            self.server.handle_closed(connection);
            self.close(connection);
        }
    }

    fn step(&mut self, what: u8, who: usize, payload: &[u8]) {
        let first = payload.first().copied();
        match what % 16 {
            at @ 0..=5 => {
                let bytes = self.signed(who, METHODS[usize::from(at)], payload);
                self.packet(who, &bytes);
            }
            6 => self.packet(who, payload),
            7 => self.bind(first != Some(0)),
            at @ 11..=12 => {
                let bytes = self.signed(who, METHODS[usize::from(at) - 5], payload);
                self.packet(who, &bytes);
            }
            13 => self.connect(first != Some(0)),
            14 => self.accept(who, peer(first.unwrap_or(0))),
            15 => self.carry(who, first == Some(0)),
            8 => {
                let seconds = first.map_or(1, |byte| u64::from(byte) * 8);
                self.now = Now { ms: self.now.ms + seconds * 1000, unix_s: self.now.unix_s + seconds };
                self.server.handle_timeout(self.now);
            }
            9 => self.datagram(who, peer(first.unwrap_or(0)), payload),
            _ => self.server.handle_disconnected(&self.tuples[who].clone()),
        }
        self.drain();
        self.server.assert_consistent();
        assert!(self.open.len() <= 5 + self.making.len());
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

fn is_denied(peer: SocketAddr) -> bool {
    let ip = peer.ip();
    let text = ip.to_string();
    ip.is_loopback()
        || ip.is_multicast()
        || ip.is_unspecified()
        || text.starts_with("10.")
        || text == "9.9.9.9"
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
        run.step(*what, usize::from(*who % 6), payload);
        rest = next;
    }
});
