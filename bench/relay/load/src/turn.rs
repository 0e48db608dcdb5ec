//! A TURN client's requests, one at a time: enough to set a load up. It is taken down with its server.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, UdpSocket};

use sightline_core::framing::Framing;
use sightline_core::stun::{
    Attribute, Builder, ChannelNumber, Class, Key, Message, TransactionId, XorMappedAddress, kind,
};

use crate::arguments::Outcome;
use crate::system::now_ns;

const ALLOCATE: u16 = 0x003;
const CHANNEL_BIND: u16 = 0x009;
/// Every allocation has one channel, and so all have the same.
pub const CHANNEL: u16 = 0x4000;
/// Times the socket's timeout: long enough for a server that is busy with ten thousand others.
const ATTEMPTS: u32 = 8;
const LONGEST: usize = 2048;

/// Sends a request and brings its answer.
pub trait Ask {
    fn ask(&mut self, request: &[u8], answer: &mut Vec<u8>) -> io::Result<()>;
}

/// Over UDP a request is repeated until it is answered.
pub struct OverDatagrams<'s>(pub &'s UdpSocket);

/// Over a stream the answer is the next message that is no ChannelData.
pub struct OverStream<'s, S>(pub &'s mut S);

impl Ask for OverDatagrams<'_> {
    fn ask(&mut self, request: &[u8], answer: &mut Vec<u8>) -> io::Result<()> {
        let mut buffer = [0; LONGEST];
        for _ in 0..ATTEMPTS {
            self.0.send(request)?;
            while let Ok(length) = self.0.recv(&mut buffer) {
                if is_answer(&buffer[..length], request) {
                    answer.clear();
                    answer.extend_from_slice(&buffer[..length]);
                    return Ok(());
                }
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }
}

impl<S: Read + Write> Ask for OverStream<'_, S> {
    fn ask(&mut self, request: &[u8], answer: &mut Vec<u8>) -> io::Result<()> {
        self.0.write_all(request)?;
        self.0.flush()?;
        let mut framing = Framing::with_channels(LONGEST);
        let mut buffer = [0; LONGEST];
        answer.clear();
        while answer.is_empty() {
            let length = self.0.read(&mut buffer)?;
            if length == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let cut = framing.receive(&buffer[..length], |message| {
                if is_answer(message, request) {
                    answer.extend_from_slice(message);
                }
            });
            cut.map_err(|garbage| io::Error::other(format!("{garbage:?}")))?;
        }
        Ok(())
    }
}

fn is_answer(message: &[u8], request: &[u8]) -> bool {
    message.len() >= 20 && message[0] & 0xC0 == 0 && message[8..20] == request[8..20]
}

/// Who asks; learns realm and nonce from the server's first refusal.
pub struct Client<'u> {
    username: &'u str,
    password: &'u str,
    realm: String,
    nonce: Vec<u8>,
    requests: u32,
}

impl<'u> Client<'u> {
    pub fn new(username: &'u str, password: &'u str) -> Self {
        Self { username, password, realm: String::new(), nonce: Vec::new(), requests: 0 }
    }

    /// The relayed address of a new allocation.
    pub fn allocate(&mut self, ask: &mut impl Ask) -> Outcome<SocketAddr> {
        let answer = self.request(ask, ALLOCATE, &[Attribute::RequestedTransport([17, 0, 0, 0])])?;
        let message = Message::parse(&answer).map_err(|error| format!("{error:?}"))?;
        match message.decode(kind::XOR_RELAYED_ADDRESS) {
            Some(Ok(Attribute::XorRelayedAddress(address))) => Ok(address.0),
            _ => Err("an allocation without an address".into()),
        }
    }

    pub fn bind(&mut self, ask: &mut impl Ask, peer: SocketAddr) -> Outcome<()> {
        let channel = Attribute::ChannelNumber(ChannelNumber(CHANNEL));
        let peer = Attribute::XorPeerAddress(XorMappedAddress(peer));
        self.request(ask, CHANNEL_BIND, &[channel, peer]).map(drop)
    }

    fn request(&mut self, ask: &mut impl Ask, method: u16, attributes: &[Attribute<'_>]) -> Outcome<Vec<u8>> {
        let mut answer = Vec::new();
        // Once to be told realm and nonce, once more if the nonce has gone stale meanwhile.
        for _ in 0..3 {
            let mut buffer = [0; LONGEST];
            let request = self.build(&mut buffer, method, attributes)?;
            ask.ask(request, &mut answer)?;
            let message = Message::parse(&answer).map_err(|error| format!("{error:?}"))?;
            if message.class() == Class::SuccessResponse {
                return Ok(answer);
            }
            match message.decode(kind::ERROR_CODE) {
                Some(Ok(Attribute::ErrorCode(error))) if matches!(error.code, 401 | 438) => {}
                other => return Err(format!("refused: {other:?}").into()),
            }
            if let Some(Ok(Attribute::Realm(realm))) = message.decode(kind::REALM) {
                self.realm = realm.to_owned();
            }
            if let Some(Ok(Attribute::Nonce(nonce))) = message.decode(kind::NONCE) {
                self.nonce = nonce.to_vec();
            }
        }
        Err("refused: user or password".into())
    }

    fn build<'b>(
        &mut self,
        buffer: &'b mut [u8],
        method: u16,
        attributes: &[Attribute<'_>],
    ) -> Outcome<&'b [u8]> {
        self.requests += 1;
        // Never the same twice, or the server would take it for a request repeated.
        let mut id: TransactionId = [0; 12];
        id[..8].copy_from_slice(&now_ns().to_be_bytes());
        id[8..].copy_from_slice(&self.requests.to_be_bytes());
        let full = |_| "a request that is too long";
        let mut builder = Builder::new(buffer, Class::Request, method, id).map_err(full)?;
        for attribute in attributes {
            builder.attribute(attribute).map_err(full)?;
        }
        if !self.nonce.is_empty() {
            builder.attribute(&Attribute::Username(self.username)).map_err(full)?;
            builder.attribute(&Attribute::Realm(&self.realm)).map_err(full)?;
            builder.attribute(&Attribute::Nonce(&self.nonce)).map_err(full)?;
            let key = Key::long_term_md5(self.username, &self.realm, self.password);
            builder.message_integrity(&key).map_err(full)?;
        }
        Ok(builder.finish())
    }
}
