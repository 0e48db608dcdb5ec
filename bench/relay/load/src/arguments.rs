//! What the command line says.

use std::net::SocketAddr;
use std::str::FromStr;

pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How a client reaches the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
}

/// Between whom the packets go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Client, relay, peer, and the other way.
    Peers,
    /// Client, relay, relay, client: two allocations of the same server.
    Pairs,
    /// The same packets without a server, to know what the path itself costs.
    Direct,
}

#[derive(Clone, Debug)]
pub struct Arguments {
    pub server: SocketAddr,
    /// The server's process; 0: nothing is measured there.
    pub pid: u32,
    pub transport: Transport,
    pub shape: Shape,
    pub username: String,
    pub password: String,
    pub clients: usize,
    /// Packets per second of each sender.
    pub rate: u64,
    /// Bytes of each packet, without any header.
    pub size: usize,
    /// Packets back to back.
    pub burst: usize,
    /// A burst is handed to the kernel as one piece, and so reaches a server that asks for it as one piece.
    pub is_segmented: bool,
    /// The load takes what a server sends as one piece as one piece.
    pub is_joined: bool,
    pub tick_us: u64,
    pub warm_ms: u64,
    pub window_ms: u64,
    pub allocations: usize,
    pub first_pps: u64,
}

impl Arguments {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut it = Self {
            server: SocketAddr::from(([127, 0, 0, 1], 3478)),
            pid: 0,
            transport: Transport::Udp,
            shape: Shape::Peers,
            username: "bench".into(),
            password: "benchpw".into(),
            clients: 40,
            rate: 1000,
            size: 120,
            burst: 1,
            is_segmented: false,
            is_joined: false,
            tick_us: 100,
            warm_ms: 500,
            window_ms: 3000,
            allocations: 10_000,
            first_pps: 100_000,
        };
        while let Some(name) = words.next() {
            match name.as_str() {
                "--segmented" => it.is_segmented = true,
                "--joined" => it.is_joined = true,
                _ => {}
            }
            if matches!(name.as_str(), "--segmented" | "--joined") {
                continue;
            }
            let value = words.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--server" => it.server = number(&value)?,
                "--pid" => it.pid = number(&value)?,
                "--transport" => it.transport = transport(&value)?,
                "--shape" => it.shape = shape(&value)?,
                "--username" => it.username = value,
                "--password" => it.password = value,
                "--clients" => it.clients = number(&value)?,
                "--rate" => it.rate = number(&value)?,
                "--size" => it.size = number(&value)?,
                "--burst" => it.burst = number(&value)?,
                "--tick-us" => it.tick_us = number(&value)?,
                "--warm-ms" => it.warm_ms = number(&value)?,
                "--window-ms" => it.window_ms = number(&value)?,
                "--allocations" => it.allocations = number(&value)?,
                "--first-pps" => it.first_pps = number(&value)?,
                _ => return Err(format!("there is no {name}").into()),
            }
        }
        // A packet carries when it was sent and in which window, and streams pad to four bytes (RFC 8656 §12.5).
        if it.size < 16 || !it.size.is_multiple_of(4) {
            return Err("--size is a multiple of four, 16 at least".into());
        }
        Ok(it)
    }
}

fn number<T: FromStr>(text: &str) -> Outcome<T> {
    text.parse().map_err(|_| format!("cannot read {text}").into())
}

fn transport(text: &str) -> Outcome<Transport> {
    match text {
        "udp" => Ok(Transport::Udp),
        "tcp" => Ok(Transport::Tcp),
        "tls" => Ok(Transport::Tls),
        _ => Err("--transport is udp, tcp or tls".into()),
    }
}

fn shape(text: &str) -> Outcome<Shape> {
    match text {
        "peers" => Ok(Shape::Peers),
        "pairs" => Ok(Shape::Pairs),
        "direct" => Ok(Shape::Direct),
        _ => Err("--shape is peers, pairs or direct".into()),
    }
}
