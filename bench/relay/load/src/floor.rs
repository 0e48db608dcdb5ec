//! The floor: what receiving and sending alone costs. It answers just enough TURN to be driven by the same load, knows no
//! user, permission or time, looks nothing up but the client's address, and forwards one packet per two calls.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use sightline_core::stun::{Attribute, Builder, Class, Message, XorMappedAddress, kind};

use crate::arguments::{Arguments, Outcome};
use crate::end::CHANNEL_HEADER_LENGTH;
use crate::system::{Epoll, lengthen_queue, raise_descriptor_limit};
use crate::turn::CHANNEL;

const LONGEST: usize = 2048;
/// The client's socket; the others are numbered from 0 on.
const CONTROL: usize = usize::MAX;

struct Relayed {
    socket: UdpSocket,
    client: SocketAddr,
    peer: Option<SocketAddr>,
}

struct Floor {
    control: UdpSocket,
    relayed: Vec<Relayed>,
    by_client: HashMap<SocketAddr, usize>,
    epoll: Epoll,
}

/// Serve until killed.
pub fn run(arguments: &Arguments) -> Outcome<()> {
    raise_descriptor_limit();
    let control = UdpSocket::bind(arguments.server)?;
    control.set_nonblocking(true)?;
    lengthen_queue(control.as_raw_fd())?;
    let epoll = Epoll::new()?;
    epoll.add(&control, CONTROL)?;
    let mut floor = Floor { control, relayed: Vec::new(), by_client: HashMap::new(), epoll };
    let mut ready = Vec::new();
    loop {
        floor.epoll.wait(None, &mut ready)?;
        for index in &ready {
            match *index {
                CONTROL => floor.read_control()?,
                index => floor.relayed[index].read(&floor.control),
            }
        }
    }
}

impl Floor {
    fn read_control(&mut self) -> Outcome<()> {
        let mut buffer = [0; LONGEST];
        while let Ok((length, client)) = self.control.recv_from(&mut buffer) {
            if buffer[0] & 0xC0 != 0x40 {
                self.answer(&buffer[..length], client)?;
            } else if let Some(index) = self.by_client.get(&client)
                && let Relayed { socket, peer: Some(peer), .. } = &self.relayed[*index]
            {
                let _ = socket.send_to(&buffer[CHANNEL_HEADER_LENGTH..length], peer);
            }
        }
        Ok(())
    }

    fn answer(&mut self, bytes: &[u8], client: SocketAddr) -> Outcome<()> {
        let request = Message::parse(bytes).map_err(|error| format!("{error:?}"))?;
        let index = self.relayed_of(client)?;
        if let Some(Ok(Attribute::XorPeerAddress(peer))) = request.decode(kind::XOR_PEER_ADDRESS) {
            self.relayed[index].peer = Some(peer.0);
        }
        let address = self.relayed[index].socket.local_addr()?;
        let mut buffer = [0; 128];
        let full = |_| "an answer that is too long";
        let mut answer =
            Builder::new(&mut buffer, Class::SuccessResponse, request.method(), request.transaction_id())
                .map_err(full)?;
        answer.attribute(&Attribute::XorRelayedAddress(XorMappedAddress(address))).map_err(full)?;
        self.control.send_to(answer.finish(), client)?;
        Ok(())
    }

    fn relayed_of(&mut self, client: SocketAddr) -> Outcome<usize> {
        if let Some(index) = self.by_client.get(&client) {
            return Ok(*index);
        }
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let index = self.relayed.len();
        self.epoll.add(&socket, index)?;
        self.relayed.push(Relayed { socket, client, peer: None });
        self.by_client.insert(client, index);
        Ok(index)
    }
}

impl Relayed {
    fn read(&self, control: &UdpSocket) {
        let mut buffer = [0; LONGEST];
        let header = CHANNEL_HEADER_LENGTH;
        while let Ok((length, _)) = self.socket.recv_from(&mut buffer[header..]) {
            buffer[..2].copy_from_slice(&CHANNEL.to_be_bytes());
            buffer[2..header].copy_from_slice(&(length as u16).to_be_bytes());
            let _ = control.send_to(&buffer[..header + length], self.client);
        }
    }
}
