//! The server with clients and a driver in memory, and time that passes when told to.

mod allocating;
mod authentication;
mod granting;
mod hostile;
mod moving;
mod random;
mod relaying;
mod speed;
mod tcp;

use std::collections::HashMap;

use super::*;
use crate::stun::{
    Algorithm, Algorithms, Attribute, Builder, ChannelNumber, Class, Key, Message, XorMappedAddress, kind,
};
use std::net::SocketAddr;

const ALLOCATE: u16 = 0x003;
const REFRESH: u16 = 0x004;
const SEND: u16 = 0x006;
const DATA: u16 = 0x007;
const CREATE_PERMISSION: u16 = 0x008;
const CHANNEL_BIND: u16 = 0x009;
const CONNECT: u16 = 0x00A;
const CONNECTION_BIND: u16 = 0x00B;
const CONNECTION_ATTEMPT: u16 = 0x00C;

const REALM: &str = "example.org";
const SERVER: &str = "9.9.9.9:3478";
const PEER: &str = "8.8.8.8:5000";
const UDP: Attribute<'static> = Attribute::RequestedTransport([17, 0, 0, 0]);
const TCP: Attribute<'static> = Attribute::RequestedTransport([6, 0, 0, 0]);

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn peer(text: &str) -> Attribute<'static> {
    Attribute::XorPeerAddress(XorMappedAddress(address(text)))
}

/// The server, and what a driver does for it.
struct Desk {
    server: Server,
    now: Now,
    bound: HashMap<(AllocationId, Family), SocketAddr>,
    kept: Vec<Token>,
    binds: Vec<(Family, Port)>,
    /// Connections with peers that are asked for, and those that are to be closed.
    connects: Vec<(ConnectionId, SocketAddr)>,
    closed: Vec<ConnectionId>,
    events: Vec<Event>,
    sent: Vec<(FiveTuple, Vec<u8>)>,
    next_port: u16,
    /// Families that cannot be bound.
    broken: Vec<Family>,
    /// Whether `Bind` is left lying.
    is_slow: bool,
}

impl Desk {
    fn new() -> Self {
        Self::with(Settings::default(), true)
    }

    fn with(mut settings: Settings, has_secret: bool) -> Self {
        settings.peers.relay = vec![address("9.9.9.9:1").ip(), address("[2a00::9]:1").ip()];
        settings.peers.control.push(address(SERVER));
        let mut credentials = Credentials::new(REALM, [7; 32], 600).unwrap();
        credentials.add_user("anna", "secret");
        credentials.add_user("berta", "other secret");
        if has_secret {
            credentials.add_shared_secret(b"old");
            credentials.add_shared_secret(b"north");
        }
        Self {
            server: Server::new(settings, credentials, 42),
            now: Now { ms: 5_000, unix_s: 1_700_000_000 },
            bound: HashMap::new(),
            kept: Vec::new(),
            binds: Vec::new(),
            connects: Vec::new(),
            closed: Vec::new(),
            events: Vec::new(),
            sent: Vec::new(),
            next_port: 49_152,
            broken: Vec::new(),
            is_slow: false,
        }
    }

    fn pass(&mut self, seconds: u64) {
        self.now.ms += seconds * 1000;
        self.now.unix_s += seconds;
        if self.server.deadline().is_some_and(|at_ms| at_ms <= self.now.ms) {
            self.server.handle_timeout(self.now);
        }
        self.drain();
    }

    fn handle(&mut self, client: &FiveTuple, bytes: &[u8]) -> (Handled, Vec<u8>) {
        let mut buffer = vec![0xEE; HEADROOM];
        buffer.extend_from_slice(bytes);
        let end = buffer.len();
        buffer.extend_from_slice(&[0xEE; TAILROOM]);
        let mut packet = Packet::new(&mut buffer, HEADROOM..end);
        let handled = self.server.handle_client(self.now, client, &mut packet);
        if matches!(handled, Handled::Answer | Handled::Join(_)) {
            self.sent.push((*client, self.server.answer().to_vec()));
        }
        self.drain();
        (handled, buffer)
    }

    fn datagram(
        &mut self,
        id: AllocationId,
        peer: &str,
        bytes: &[u8],
    ) -> Result<(FiveTuple, Vec<u8>), Dropped> {
        let mut buffer = vec![0xEE; HEADROOM];
        buffer.extend_from_slice(bytes);
        let end = buffer.len();
        buffer.extend_from_slice(&[0xEE; TAILROOM]);
        let mut packet = Packet::new(&mut buffer, HEADROOM..end);
        match self.server.handle_peer(self.now, id, address(peer), &mut packet) {
            Handled::ToClient(it) => Ok((it.client, buffer[it.bytes].to_vec())),
            Handled::Dropped(why) => Err(why),
            other => panic!("a peer's datagram became {other:?}"),
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::Bind { allocation, family, port } => {
                    self.binds.push((family, port));
                    if !self.is_slow {
                        self.bind(allocation, family, port);
                    }
                }
                Output::Listen { allocation, family } => {
                    if !self.is_slow {
                        self.bind(allocation, family, Port::Any);
                    }
                }
                Output::Connect { connection, peer, .. } => self.connects.push((connection, peer)),
                Output::Close { connection } => self.closed.push(connection),
                Output::Release { allocation, family } => drop(self.bound.remove(&(allocation, family))),
                Output::Unreserve { token } => self.kept.retain(|kept| *kept != token),
                Output::Send { client, bytes } => self.sent.push((client, bytes.into_vec())),
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    fn bind(&mut self, id: AllocationId, family: Family, port: Port) {
        if self.broken.contains(&family) {
            return self.server.handle_bound(self.now, id, family, port, Err(BindFailed));
        }
        self.next_port = self.next_port.wrapping_add(2).max(1024);
        let host = if family == Family::V4 { "9.9.9.9" } else { "2a00::9" };
        let relayed = SocketAddr::new(host.parse().unwrap(), self.next_port);
        self.bound.insert((id, family), relayed);
        if let Port::EvenReserveNext(token) = port {
            self.kept.push(token);
        }
        self.server.handle_bound(self.now, id, family, port, Ok(relayed));
    }

    fn id_of(&self, client: &Client) -> AllocationId {
        self.server.by_client[&client.tuple]
    }

    fn relayed(&self, client: &Client) -> SocketAddr {
        self.bound[&(self.id_of(client), Family::V4)]
    }
}

/// How a client proves who it is.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    Md5,
    Sha256,
    /// SHA-256 and USERHASH.
    Hashed,
}

#[derive(Clone)]
struct Client {
    tuple: FiveTuple,
    username: String,
    password: String,
    style: Style,
    nonce: Vec<u8>,
    requests: u64,
}

impl Client {
    fn new(username: &str, password: &str, from: &str) -> Self {
        Self::over(Transport::Udp, username, password, from)
    }

    fn over(transport: Transport, username: &str, password: &str, from: &str) -> Self {
        Self {
            tuple: FiveTuple::new(address(from), address(SERVER), transport),
            username: username.into(),
            password: password.into(),
            style: Style::Md5,
            nonce: Vec::new(),
            requests: 0,
        }
    }

    fn anna() -> Self {
        Self::new("anna", "secret", "1.1.1.1:1000")
    }

    fn berta() -> Self {
        Self::new("berta", "other secret", "2.2.2.2:2000")
    }

    fn key(&self) -> Key {
        match self.style {
            Style::Md5 => Key::long_term_md5(&self.username, REALM, &self.password),
            Style::Sha256 | Style::Hashed => Key::long_term_sha256(&self.username, REALM, &self.password),
        }
    }

    fn build(&mut self, method: u16, attributes: &[Attribute<'_>]) -> Vec<u8> {
        self.requests += 1;
        let mut id = [9; 12];
        id[..8].copy_from_slice(&self.requests.to_be_bytes());
        let mut buffer = [0; 2048];
        let mut builder = Builder::new(&mut buffer, Class::Request, method, id).unwrap();
        attributes.iter().for_each(|it| builder.attribute(it).unwrap());
        if self.nonce.is_empty() {
            return builder.finish().to_vec();
        }
        let hash = userhash(&self.username, REALM);
        let name = match self.style {
            Style::Hashed => Attribute::Userhash(hash),
            Style::Md5 | Style::Sha256 => Attribute::Username(&self.username),
        };
        for it in [name, Attribute::Realm(REALM), Attribute::Nonce(&self.nonce)] {
            builder.attribute(&it).unwrap();
        }
        if self.style == Style::Md5 {
            builder.message_integrity(&self.key()).unwrap();
        } else {
            let algorithms = Algorithms::new(&[0, 2, 0, 0, 0, 1, 0, 0]);
            builder.attribute(&Attribute::PasswordAlgorithms(algorithms)).unwrap();
            let algorithm = Algorithm { number: 2, parameters: &[] };
            builder.attribute(&Attribute::PasswordAlgorithm(algorithm)).unwrap();
            builder.message_integrity_sha256(&self.key()).unwrap();
        }
        builder.finish().to_vec()
    }

    /// Send a request; the answer, or None if there is none.
    fn ask(&mut self, desk: &mut Desk, method: u16, attributes: &[Attribute<'_>]) -> Option<Vec<u8>> {
        let request = self.build(method, attributes);
        self.ask_bytes(desk, &request)
    }

    fn ask_bytes(&mut self, desk: &mut Desk, request: &[u8]) -> Option<Vec<u8>> {
        desk.sent.clear();
        let _ = desk.handle(&self.tuple, request);
        let (to, answer) = desk.sent.pop()?;
        assert_eq!(to, self.tuple);
        let message = Message::parse(&answer).unwrap();
        assert_eq!(message.transaction_id()[..], request[8..20]);
        if let Some(Ok(Attribute::Nonce(nonce))) = message.decode(kind::NONCE) {
            self.nonce = nonce.to_vec();
        }
        Some(answer)
    }

    /// As `ask`, with the nonce first if there is none; the code, 200 for success.
    fn code(&mut self, desk: &mut Desk, method: u16, attributes: &[Attribute<'_>]) -> u16 {
        if self.nonce.is_empty() {
            let challenge = self.ask(desk, method, attributes).expect("a challenge");
            assert_eq!(code(&challenge), 401);
        }
        let answer = self.ask(desk, method, attributes).expect("an answer");
        let message = Message::parse(&answer).unwrap();
        let is_right = match self.style {
            Style::Md5 => message.is_integrity_sha1_right(&self.key()),
            Style::Sha256 | Style::Hashed => message.is_integrity_sha256_right(&self.key()),
        };
        // RFC 8489 §9.2.4: what is answered to a known user carries the same kind of MAC as its request.
        assert!(is_right == Some(true) || matches!(code(&answer), 400 | 401 | 438));
        code(&answer)
    }

    fn allocate(&mut self, desk: &mut Desk) -> AllocationId {
        assert_eq!(self.code(desk, ALLOCATE, &[UDP]), 200);
        desk.id_of(self)
    }

    fn permit(&mut self, desk: &mut Desk, to: &str) -> u16 {
        self.code(desk, CREATE_PERMISSION, &[peer(to)])
    }

    fn bind(&mut self, desk: &mut Desk, number: u16, to: &str) -> u16 {
        self.code(desk, CHANNEL_BIND, &[Attribute::ChannelNumber(ChannelNumber(number)), peer(to)])
    }

    fn send_indication(&self, to: &str, data: &[u8], more: &[Attribute<'_>]) -> Vec<u8> {
        let mut buffer = [0; 2048];
        let mut builder = Builder::new(&mut buffer, Class::Indication, SEND, [1; 12]).unwrap();
        builder.attribute(&peer(to)).unwrap();
        more.iter().for_each(|it| builder.attribute(it).unwrap());
        builder.attribute(&Attribute::Data(data)).unwrap();
        builder.finish().to_vec()
    }
}

fn channel_data(number: u16, data: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes()[..], &(data.len() as u16).to_be_bytes(), data].concat()
}

/// 200 for success.
fn code(answer: &[u8]) -> u16 {
    let message = Message::parse(answer).unwrap();
    match (message.class(), message.decode(kind::ERROR_CODE)) {
        (Class::SuccessResponse, None) => 200,
        (Class::ErrorResponse, Some(Ok(Attribute::ErrorCode(error)))) => error.code,
        other => panic!("no answer: {other:?}"),
    }
}

fn value(answer: &[u8], kind: u16) -> Option<Attribute<'_>> {
    Message::parse(answer).unwrap().decode(kind).map(Result::unwrap)
}

fn dropped(handled: (Handled, Vec<u8>)) -> Dropped {
    match handled.0 {
        Handled::Dropped(why) => why,
        other => panic!("not dropped: {other:?}"),
    }
}

fn to_peer(handled: (Handled, Vec<u8>)) -> (SocketAddr, Vec<u8>) {
    match handled {
        (Handled::ToPeer(it), buffer) => (it.peer, buffer[it.payload].to_vec()),
        (other, _) => panic!("not to a peer: {other:?}"),
    }
}

fn to_client(handled: (Handled, Vec<u8>)) -> (FiveTuple, Vec<u8>) {
    match handled {
        (Handled::ToClient(it), buffer) => (it.client, buffer[it.bytes].to_vec()),
        (other, _) => panic!("not to a client: {other:?}"),
    }
}

#[test]
fn the_table_of_conformance_names_tests_that_exist() {
    let table = include_str!("../../../../../docs/reference/turn-conformance.md");
    let sources = [
        ("allocating", include_str!("allocating.rs")),
        ("authentication", include_str!("authentication.rs")),
        ("granting", include_str!("granting.rs")),
        ("hostile", include_str!("hostile.rs")),
        ("moving", include_str!("moving.rs")),
        ("random", include_str!("random.rs")),
        ("relaying", include_str!("relaying.rs")),
        ("tcp", include_str!("tcp.rs")),
        ("credentials", include_str!("../credentials.rs")),
        ("nonce", include_str!("../nonce.rs")),
        ("policy", include_str!("../policy.rs")),
        ("quota", include_str!("../quota.rs")),
        ("budget", include_str!("../../budget.rs")),
        ("binding", include_str!("../../binding.rs")),
        ("behaviour", include_str!("../../behaviour/tests.rs")),
        ("stun", include_str!("../../stun/tests.rs")),
        ("framing", include_str!("../../framing.rs")),
    ];
    let named = table.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::"));
    let mut count = 0;
    for (module, test) in named.filter(|(module, _)| module.chars().all(char::is_lowercase)) {
        let source = sources.iter().find(|(name, _)| *name == module).map(|(_, source)| source);
        assert!(source.is_some_and(|it| it.contains(&format!("fn {test}("))), "{module}::{test}");
        count += 1;
    }
    assert!(count > 110, "{count}");
}
