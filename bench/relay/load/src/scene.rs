//! The sockets of a load: clients with an allocation and a channel each, and whom they talk to.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};
use sightline_core::framing::Framing;

use crate::arguments::{Arguments, Outcome, Shape, Transport};
use crate::certificate;
use crate::end::{End, Wire};
use crate::system::{Epoll, join_bursts, prepare_datagrams};
use crate::turn::{Ask, Client, OverDatagrams, OverStream};

/// Another address than the servers': their relayed ports and ours cannot collide.
const OURS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Between two tries of a request.
const PATIENCE: Duration = Duration::from_millis(500);
/// What is cut out of a stream is never longer.
const LONGEST_MESSAGE: usize = 2048;

pub struct Scene {
    pub ends: Vec<End>,
    /// Those of the ends that send.
    pub senders: Vec<usize>,
    pub epoll: Epoll,
}

/// An allocation before its channel is bound.
struct Bindable<'u> {
    wire: Wire,
    client: Client<'u>,
    relayed: SocketAddr,
}

impl Scene {
    pub fn set(arguments: &Arguments) -> Outcome<Self> {
        let ends = match arguments.shape {
            Shape::Peers => peers(arguments)?,
            Shape::Pairs => pairs(arguments)?,
            Shape::Direct => direct(arguments)?,
        };
        let senders = (0..ends.len()).collect();
        Self::of(ends, senders)
    }

    /// Every client sends to one socket, which only receives: the least that the load itself can cost.
    pub fn set_one_way(arguments: &Arguments) -> Outcome<Self> {
        let sink = datagrams(arguments)?;
        let mut ends = Vec::new();
        for _ in 0..arguments.clients {
            let mut bindable = allocate(arguments)?;
            bindable.bind(sink.local_addr()?)?;
            ends.push(bindable.finish()?);
        }
        sink.set_nonblocking(true)?;
        ends.push(End { wire: Wire::Datagrams(sink), is_framed: false });
        Self::of(ends, (0..arguments.clients).collect())
    }

    fn of(ends: Vec<End>, senders: Vec<usize>) -> Outcome<Self> {
        let epoll = Epoll::new()?;
        for (index, end) in ends.iter().enumerate() {
            match &end.wire {
                Wire::Datagrams(socket) => epoll.add(socket, index)?,
                Wire::Stream { stream, .. } => epoll.add(stream, index)?,
                Wire::Tls { stream, .. } => epoll.add(&stream.sock, index)?,
            }
        }
        Ok(Self { ends, senders, epoll })
    }
}

fn peers(arguments: &Arguments) -> Outcome<Vec<End>> {
    let mut ends = Vec::new();
    for _ in 0..arguments.clients {
        let mut bindable = allocate(arguments)?;
        let peer = datagrams(arguments)?;
        peer.connect(bindable.relayed)?;
        bindable.bind(peer.local_addr()?)?;
        peer.set_nonblocking(true)?;
        ends.push(bindable.finish()?);
        ends.push(End { wire: Wire::Datagrams(peer), is_framed: false });
    }
    Ok(ends)
}

fn pairs(arguments: &Arguments) -> Outcome<Vec<End>> {
    let mut ends = Vec::new();
    for _ in 0..arguments.clients / 2 {
        let (mut one, mut other) = (allocate(arguments)?, allocate(arguments)?);
        one.bind(other.relayed)?;
        other.bind(one.relayed)?;
        ends.push(one.finish()?);
        ends.push(other.finish()?);
    }
    Ok(ends)
}

fn direct(arguments: &Arguments) -> Outcome<Vec<End>> {
    let mut ends = Vec::new();
    for _ in 0..arguments.clients {
        let (one, other) = (datagrams(arguments)?, datagrams(arguments)?);
        one.connect(other.local_addr()?)?;
        other.connect(one.local_addr()?)?;
        for socket in [one, other] {
            socket.set_nonblocking(true)?;
            ends.push(End { wire: Wire::Datagrams(socket), is_framed: false });
        }
    }
    Ok(ends)
}

fn datagrams(arguments: &Arguments) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((OURS, 0))?;
    prepare_datagrams(&socket)?;
    if arguments.is_joined {
        join_bursts(&socket)?;
    }
    Ok(socket)
}

fn allocate(arguments: &Arguments) -> Outcome<Bindable<'_>> {
    let mut client = Client::new(&arguments.username, &arguments.password);
    let mut wire = connect(arguments)?;
    let relayed = with_ask(&mut wire, |ask| client.allocate(ask))?;
    Ok(Bindable { wire, client, relayed })
}

impl Bindable<'_> {
    fn bind(&mut self, peer: SocketAddr) -> Outcome<()> {
        with_ask(&mut self.wire, |ask| self.client.bind(ask, peer))
    }

    /// From now on nothing waits.
    fn finish(self) -> io::Result<End> {
        match &self.wire {
            Wire::Datagrams(socket) => socket.set_nonblocking(true)?,
            Wire::Stream { stream, .. } => stream.set_nonblocking(true)?,
            Wire::Tls { stream, .. } => stream.sock.set_nonblocking(true)?,
        }
        Ok(End { wire: self.wire, is_framed: true })
    }
}

fn connect(arguments: &Arguments) -> Outcome<Wire> {
    let framing = Framing::with_channels(LONGEST_MESSAGE);
    if arguments.transport == Transport::Udp {
        let socket = datagrams(arguments)?;
        socket.connect(arguments.server)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        return Ok(Wire::Datagrams(socket));
    }
    let stream = TcpStream::connect(arguments.server)?;
    stream.set_nodelay(true)?;
    if arguments.transport == Transport::Tcp {
        return Ok(Wire::Stream { stream, framing, unsent: Vec::new() });
    }
    let connection = ClientConnection::new(
        Arc::clone(&certificate::client_config()?),
        ServerName::try_from("localhost")?,
    )?;
    Ok(Wire::Tls { stream: Box::new(StreamOwned::new(connection, stream)), framing })
}

fn with_ask<T>(wire: &mut Wire, mut work: impl FnMut(&mut AnyAsk<'_>) -> Outcome<T>) -> Outcome<T> {
    match wire {
        Wire::Datagrams(socket) => work(&mut AnyAsk(&mut OverDatagrams(socket))),
        Wire::Stream { stream, .. } => work(&mut AnyAsk(&mut OverStream(stream))),
        Wire::Tls { stream, .. } => work(&mut AnyAsk(&mut OverStream(stream.as_mut()))),
    }
}

struct AnyAsk<'a>(&'a mut dyn Ask);

impl Ask for AnyAsk<'_> {
    fn ask(&mut self, request: &[u8], answer: &mut Vec<u8>) -> io::Result<()> {
        self.0.ask(request, answer)
    }
}
