//! UDP sockets with what the relay needs of them.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use quinn_udp::{UdpSockRef, UdpSocketState};
use rustix::net::sockopt;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::listen::UDP_BUFFER;

/// What the kernel keeps of datagrams for one relayed address that we have not fetched. Guess: two key frames; memory is
/// only taken when it is full.
const RELAYED_BUFFER: usize = 256 * 1024;

/// More sockets on the address of `first`, so that each shard has its own; the kernel deals clients out by their
/// address. The first was bound without sharing, so nobody else had the port; from here on the kernel lets processes of
/// this user share it, and the TCP listener on the same port keeps a second front door away.
pub(super) fn share(first: UdpSocket, count: usize) -> io::Result<Vec<UdpSocket>> {
    let address = first.local_addr()?;
    let mut sockets = vec![first];
    if count > 1 {
        SockRef::from(&sockets[0]).set_reuse_port(true)?;
    }
    while sockets.len() < count {
        let socket = udp(address)?;
        socket.set_reuse_port(true)?;
        socket.set_recv_buffer_size(UDP_BUFFER)?;
        socket.set_send_buffer_size(UDP_BUFFER)?;
        socket.bind(&address.into())?;
        sockets.push(socket.into());
    }
    Ok(sockets)
}

/// For a relayed address.
pub(super) fn relayed(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = udp(address)?;
    socket.set_recv_buffer_size(RELAYED_BUFFER)?;
    socket.set_send_buffer_size(RELAYED_BUFFER)?;
    let socket: UdpSocket = socket.into();
    set_df(&socket, address.is_ipv4(), false)?;
    SockRef::from(&socket).bind(&address.into())?;
    Ok(socket)
}

/// A second socket at the address of `first` that is connected to `peer`: the kernel then looks up the route once, not
/// for every packet. Others reach `first` as before.
pub(super) fn connected(first: &UdpSocket, peer: SocketAddr) -> io::Result<UdpSocket> {
    let address = first.local_addr()?;
    let socket = udp(address)?;
    socket.set_recv_buffer_size(RELAYED_BUFFER)?;
    socket.set_send_buffer_size(RELAYED_BUFFER)?;
    // Shared only while the second one is bound: no other program may ever get at the port.
    let first = SockRef::from(first);
    first.set_reuse_port(true)?;
    socket.set_reuse_port(true)?;
    let bound = socket.bind(&address.into());
    let connected = bound.and_then(|()| socket.connect(&peer.into()));
    socket.set_reuse_port(false)?;
    first.set_reuse_port(false)?;
    connected?;
    let socket: UdpSocket = socket.into();
    set_df(&socket, address.is_ipv4(), false)?;
    Ok(socket)
}

/// RFC 8656 §11.1 and §14: relayed packets may be fragmented on their way unless the client says otherwise.
pub(super) fn set_df(socket: &UdpSocket, is_ipv4: bool, is_set: bool) -> io::Result<()> {
    use sockopt::{Ipv4PathMtuDiscovery as V4, Ipv6PathMtuDiscovery as V6};
    if is_ipv4 {
        sockopt::set_ip_mtu_discover(socket, if is_set { V4::PROBE } else { V4::DONT })?;
    } else {
        sockopt::set_ipv6_mtu_discover(socket, if is_set { V6::PROBE } else { V6::DONT })?;
    }
    Ok(())
}

/// Let the kernel join what comes back to back (GRO), and tell where a datagram was sent to.
pub(super) fn join_bursts(socket: &UdpSocket) -> io::Result<()> {
    UdpSocketState::new(UdpSockRef::from(socket))?;
    let is_ipv4 = socket.local_addr()?.is_ipv4();
    // Nobody reads the marks of congestion here, and each costs a message beside the datagram.
    if is_ipv4 {
        sockopt::set_ip_recvtos(socket, false)?;
    } else {
        sockopt::set_ipv6_recvtclass(socket, false)?;
    }
    // quinn-udp forbids fragments, which is right for QUIC. Its IPV6_DONTFRAG cannot be taken back without unsafe code:
    // what goes out by an IPv6 socket with GRO must fit the path.
    set_df(socket, is_ipv4, false)
}

/// What is sent and received with does not depend on the socket, so one state does for all.
pub(super) fn any_state() -> io::Result<UdpSocketState> {
    let socket =
        UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).or_else(|_| UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)))?;
    UdpSocketState::new(UdpSockRef::from(&socket))
}

fn udp(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}
