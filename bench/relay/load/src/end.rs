//! An end of a path: a socket that sends packets and receives those of the other end.

use std::io::{self, Read, Write};
use std::net::{TcpStream, UdpSocket};

use rustls::{ClientConnection, StreamOwned};
use sightline_core::framing::Framing;

use crate::system::{Receiver, drops, send_segments};
use crate::turn::CHANNEL;

/// Guess: more than a stream holds when all is well; what does not fit is counted as lost.
const LONGEST_QUEUE: usize = 256 * 1024;
pub const CHANNEL_HEADER_LENGTH: usize = 4;

pub enum Wire {
    Datagrams(UdpSocket),
    Stream { stream: TcpStream, framing: Framing, unsent: Vec<u8> },
    Tls { stream: Box<StreamOwned<ClientConnection, TcpStream>>, framing: Framing },
}

pub struct End {
    pub wire: Wire,
    /// A client of the relay: packets have a channel's header.
    pub is_framed: bool,
}

/// The bytes that are sent: `count` times header and packet, one after the other.
pub struct Train {
    bytes: Vec<u8>,
    stride: usize,
    header_length: usize,
}

impl Train {
    pub fn new(size: usize, count: usize) -> Self {
        let mut packet = vec![0xA5; CHANNEL_HEADER_LENGTH + size];
        packet[..2].copy_from_slice(&CHANNEL.to_be_bytes());
        packet[2..4].copy_from_slice(&(size as u16).to_be_bytes());
        Self { stride: packet.len(), bytes: packet.repeat(count), header_length: CHANNEL_HEADER_LENGTH }
    }

    /// The same without headers.
    pub fn bare(size: usize, count: usize) -> Self {
        Self { stride: size, bytes: vec![0xA5; size * count], header_length: 0 }
    }

    /// Every packet says when it was sent, and in which window.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn stamp(&mut self, now_ns: u64, window: u32) {
        let at = self.header_length;
        for packet in self.bytes.chunks_exact_mut(self.stride) {
            packet[at..at + 8].copy_from_slice(&now_ns.to_le_bytes());
            packet[at + 8..at + 12].copy_from_slice(&window.to_le_bytes());
        }
    }
}

/// A packet that came, without its header.
pub struct Arrival {
    pub sent_at_ns: u64,
    pub window: u32,
    /// None over streams, where the kernel does not say it of each packet.
    pub arrived_at_ns: Option<u64>,
}

impl Arrival {
    fn read(packet: &[u8], arrived_at_ns: Option<u64>) -> Option<Self> {
        let (stamp, rest) = packet.split_first_chunk::<8>()?;
        let window = u32::from_le_bytes(*rest.first_chunk::<4>()?);
        Some(Self { sent_at_ns: u64::from_le_bytes(*stamp), window, arrived_at_ns })
    }
}

impl End {
    /// Send the train; as one piece if asked for and if the wire can. A full queue loses packets, as it would in a call.
    pub fn send(&mut self, train: &Train, is_segmented: bool) {
        match &mut self.wire {
            Wire::Datagrams(socket) if is_segmented => {
                let _ = send_segments(socket, &train.bytes, train.stride as u16);
            }
            Wire::Datagrams(socket) => {
                for packet in train.bytes.chunks_exact(train.stride) {
                    let _ = socket.send(packet);
                }
            }
            Wire::Stream { stream, unsent, .. } => {
                for packet in train.bytes.chunks_exact(train.stride) {
                    send_on(stream, unsent, packet);
                }
            }
            Wire::Tls { stream, .. } => {
                // A record and a call for each packet, as browsers do it.
                for packet in train.bytes.chunks_exact(train.stride) {
                    if stream.conn.writer().write_all(packet).is_ok() {
                        let _ = stream.conn.write_tls(&mut stream.sock);
                    }
                }
            }
        }
    }

    /// Take what has come. False: the server has hung up.
    pub fn receive(&mut self, receiver: &mut Receiver, mut handle: impl FnMut(Arrival)) -> bool {
        let skipped = if self.is_framed { CHANNEL_HEADER_LENGTH } else { 0 };
        let mut take = |packet: &[u8], stamp: Option<u64>| {
            if let Some(arrival) = packet.get(skipped..).and_then(|it| Arrival::read(it, stamp)) {
                handle(arrival);
            }
        };
        match &mut self.wire {
            Wire::Datagrams(socket) => {
                let _ = receiver.receive(socket, |packet, stamp| take(packet, Some(stamp)));
                true
            }
            Wire::Stream { stream, framing, unsent } => {
                let is_open = read_into(stream, framing, &mut take);
                send_on(stream, unsent, &[]);
                is_open
            }
            Wire::Tls { stream, framing } => {
                let is_open = match stream.conn.read_tls(&mut stream.sock) {
                    Ok(0) => false,
                    Ok(_) => stream.conn.process_new_packets().is_ok(),
                    Err(error) => error.kind() == io::ErrorKind::WouldBlock,
                };
                if stream.conn.wants_write() {
                    let _ = stream.conn.write_tls(&mut stream.sock);
                }
                read_into(&mut stream.conn.reader(), framing, &mut take) && is_open
            }
        }
    }

    pub fn drops(&self) -> u64 {
        match &self.wire {
            Wire::Datagrams(socket) => drops(socket),
            Wire::Stream { .. } | Wire::Tls { .. } => 0,
        }
    }
}

fn send_on(stream: &mut TcpStream, unsent: &mut Vec<u8>, packet: &[u8]) {
    if unsent.is_empty() {
        let sent = stream.write(packet).unwrap_or(0);
        unsent.extend_from_slice(&packet[sent..]);
        return;
    }
    if unsent.len() < LONGEST_QUEUE {
        unsent.extend_from_slice(packet);
    }
    let sent = stream.write(unsent).unwrap_or(0);
    unsent.drain(..sent);
}

fn read_into(
    stream: &mut impl Read,
    framing: &mut Framing,
    take: &mut impl FnMut(&[u8], Option<u64>),
) -> bool {
    let mut buffer = [0; 32 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return false,
            Ok(length) => {
                if framing.receive(&buffer[..length], |packet| take(packet, None)).is_err() {
                    return false;
                }
                if length < buffer.len() {
                    return true;
                }
            }
            Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
        }
    }
}
