//! A small TURN client over UDP, TCP and TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, UdpSocket};

use sightline_core::stun::{Attribute, Builder, ChannelNumber, Class, Key, Message, XorMappedAddress, kind};

use crate::support::{House, PATIENCE, TlsClient};

pub const REALM: &str = "test";
pub const USER: &str = "anna";
pub const PASSWORD: &str = "secret";

pub const ALLOCATE: u16 = 0x003;
pub const REFRESH: u16 = 0x004;
pub const SEND: u16 = 0x006;
pub const CREATE_PERMISSION: u16 = 0x008;
pub const CHANNEL_BIND: u16 = 0x009;
pub const CONNECT: u16 = 0x00A;
pub const CONNECTION_BIND: u16 = 0x00B;

/// What carries the messages.
pub enum Wire {
    Udp(UdpSocket),
    Tcp(std::net::TcpStream),
    Tls(Box<TlsClient>),
}

pub struct Client {
    pub wire: Wire,
    nonce: Vec<u8>,
    transactions: u32,
}

/// An answer, or anything else that came.
pub struct Told(pub Vec<u8>);

impl Told {
    pub fn message(&self) -> Message<'_> {
        Message::parse(&self.0).unwrap()
    }

    /// 0: it is a success.
    pub fn code(&self) -> u16 {
        match self.message().decode(kind::ERROR_CODE) {
            Some(Ok(Attribute::ErrorCode(error))) => error.code,
            _ => 0,
        }
    }

    pub fn relayed(&self) -> SocketAddr {
        match self.message().decode(kind::XOR_RELAYED_ADDRESS) {
            Some(Ok(Attribute::XorRelayedAddress(address))) => address.0,
            other => panic!("no relayed address but {other:?}; code {}", self.code()),
        }
    }

    pub fn connection(&self) -> u32 {
        match self.message().decode(kind::CONNECTION_ID) {
            Some(Ok(Attribute::ConnectionId(number))) => number,
            other => panic!("no connection but {other:?}; code {}", self.code()),
        }
    }

    pub fn token(&self) -> [u8; 8] {
        match self.message().decode(kind::RESERVATION_TOKEN) {
            Some(Ok(Attribute::ReservationToken(token))) => token,
            other => panic!("no token but {other:?}"),
        }
    }
}

impl Client {
    pub fn udp(house: &House) -> Self {
        Self::new(Wire::Udp(udp(house.address)))
    }

    pub fn tcp(house: &House) -> Self {
        Self::new(Wire::Tcp(house.tcp()))
    }

    pub fn tls(house: &House) -> Self {
        Self::new(Wire::Tls(Box::new(house.tls(&[]))))
    }

    /// One of each kind.
    pub fn of_all_kinds(house: &House) -> [Self; 3] {
        [Self::udp(house), Self::tcp(house), Self::tls(house)]
    }

    pub fn new(wire: Wire) -> Self {
        Self { wire, nonce: Vec::new(), transactions: 0 }
    }

    pub fn is_stream(&self) -> bool {
        !matches!(self.wire, Wire::Udp(_))
    }

    pub fn local(&self) -> SocketAddr {
        match &self.wire {
            Wire::Udp(socket) => socket.local_addr().unwrap(),
            Wire::Tcp(stream) => stream.local_addr().unwrap(),
            Wire::Tls(stream) => stream.sock.local_addr().unwrap(),
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        match &mut self.wire {
            Wire::Udp(socket) => drop(socket.send(bytes).unwrap()),
            Wire::Tcp(stream) => stream.write_all(bytes).unwrap(),
            Wire::Tls(stream) => stream.write_all(bytes).unwrap(),
        }
    }

    /// The next message or ChannelData, without padding.
    pub fn receive(&mut self) -> Told {
        let mut head = [0; 4];
        match &mut self.wire {
            Wire::Udp(socket) => {
                let mut buffer = vec![0; 65_536];
                let length = socket.recv(&mut buffer).unwrap();
                buffer.truncate(length);
                return Told(buffer);
            }
            Wire::Tcp(stream) => stream.read_exact(&mut head).unwrap(),
            Wire::Tls(stream) => stream.read_exact(&mut head).unwrap(),
        }
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let is_channel = head[0] & 0xC0 == 0x40;
        let rest = if is_channel { length.next_multiple_of(4) } else { 16 + length };
        let mut body = vec![0; rest];
        match &mut self.wire {
            Wire::Tcp(stream) => stream.read_exact(&mut body).unwrap(),
            Wire::Tls(stream) => stream.read_exact(&mut body).unwrap(),
            Wire::Udp(_) => {}
        }
        if is_channel {
            body.truncate(length);
        }
        Told([&head[..], &body].concat())
    }

    /// Ask, once more if a nonce is wanted.
    pub fn ask(&mut self, method: u16, attributes: &[Attribute<'_>]) -> Told {
        for _ in 0..2 {
            let message = self.signed(method, attributes);
            self.send(&message);
            let told = self.receive();
            if !matches!(told.code(), 401 | 438) {
                return told;
            }
            if let Some(Ok(Attribute::Nonce(nonce))) = told.message().decode(kind::NONCE) {
                self.nonce = nonce.to_vec();
            }
        }
        panic!("not let in");
    }

    fn signed(&mut self, method: u16, attributes: &[Attribute<'_>]) -> Vec<u8> {
        self.transactions += 1;
        let mut id = *b"transaction!";
        id[..4].copy_from_slice(&self.transactions.to_be_bytes());
        let mut buffer = [0; 512];
        let mut builder = Builder::new(&mut buffer, Class::Request, method, id).unwrap();
        for attribute in attributes {
            builder.attribute(attribute).unwrap();
        }
        if !self.nonce.is_empty() {
            builder.attribute(&Attribute::Username(USER)).unwrap();
            builder.attribute(&Attribute::Realm(REALM)).unwrap();
            builder.attribute(&Attribute::Nonce(&self.nonce)).unwrap();
            builder.message_integrity(&Key::long_term_md5(USER, REALM, PASSWORD)).unwrap();
        }
        builder.finish().to_vec()
    }

    pub fn allocate(&mut self) -> SocketAddr {
        self.ask(ALLOCATE, &[Attribute::RequestedTransport([17, 0, 0, 0])]).relayed()
    }

    /// A request whose answer is not waited for: its transaction id.
    pub fn ask_without_waiting(&mut self) -> [u8; 12] {
        let peer = XorMappedAddress("127.0.0.1:1".parse().unwrap());
        let message = self.signed(CREATE_PERMISSION, &[Attribute::XorPeerAddress(peer)]);
        self.send(&message);
        Message::parse(&message).unwrap().transaction_id()
    }

    pub fn permit(&mut self, peer: SocketAddr) -> u16 {
        self.ask(CREATE_PERMISSION, &[Attribute::XorPeerAddress(XorMappedAddress(peer))]).code()
    }

    pub fn bind(&mut self, number: u16, peer: SocketAddr) -> u16 {
        let peer = Attribute::XorPeerAddress(XorMappedAddress(peer));
        self.ask(CHANNEL_BIND, &[Attribute::ChannelNumber(ChannelNumber(number)), peer]).code()
    }

    pub fn send_on_channel(&mut self, number: u16, payload: &[u8]) {
        let frame = channel_data(number, payload);
        let length = if self.is_stream() { frame.len() } else { 4 + payload.len() };
        self.send(&frame[..length]);
    }

    /// The next must be ChannelData: what it carries.
    pub fn receive_on_channel(&mut self, number: u16) -> Vec<u8> {
        let told = self.receive();
        assert_eq!(told.0[..2], number.to_be_bytes(), "{:02x?}", &told.0[..told.0.len().min(40)]);
        told.0[4..4 + usize::from(u16::from_be_bytes([told.0[2], told.0[3]]))].to_vec()
    }
}

impl Client {
    /// RFC 6062: CONNECTION-ID of a connection to the peer.
    pub fn connect(&mut self, peer: SocketAddr) -> Told {
        self.ask(CONNECT, &[Attribute::XorPeerAddress(XorMappedAddress(peer))])
    }

    pub fn allocate_tcp(&mut self) -> SocketAddr {
        self.ask(ALLOCATE, &[Attribute::RequestedTransport([6, 0, 0, 0])]).relayed()
    }

    /// Join this connection to the peer's; from then on it carries data.
    pub fn join(&mut self, connection: u32) -> u16 {
        self.ask(CONNECTION_BIND, &[Attribute::ConnectionId(connection)]).code()
    }

    /// So many bytes as they come.
    pub fn read(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        match &mut self.wire {
            Wire::Tcp(stream) => stream.read_exact(&mut bytes).unwrap(),
            Wire::Tls(stream) => stream.read_exact(&mut bytes).unwrap(),
            Wire::Udp(_) => unreachable!(),
        }
        bytes
    }

    /// A Send indication.
    pub fn send_indication(&mut self, peer: SocketAddr, payload: &[u8]) -> Vec<u8> {
        let mut buffer = [0; 512];
        let mut builder = Builder::new(&mut buffer, Class::Indication, SEND, *b"indication!!").unwrap();
        builder.attribute(&Attribute::XorPeerAddress(XorMappedAddress(peer))).unwrap();
        builder.attribute(&Attribute::Data(payload)).unwrap();
        builder.finish().to_vec()
    }
}

/// Padded, as over streams.
pub fn channel_data(number: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = [&number.to_be_bytes()[..], &(payload.len() as u16).to_be_bytes(), payload].concat();
    frame.resize(frame.len().next_multiple_of(4), 0);
    frame
}

/// A socket on loopback, connected to where it is said.
pub fn udp(to: SocketAddr) -> UdpSocket {
    let socket = peer();
    socket.connect(to).unwrap();
    socket
}

/// A socket on loopback to be a peer.
pub fn peer() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}
