//! Binding the listeners' sockets.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

/// Connections that wait to be accepted. More than the kernel's default limit, net.core.somaxconn = 4096, has no
/// effect.
const BACKLOG: i32 = 4096;
/// How often another port is tried when the system's choice for TCP is taken for UDP. Guess: two in a row are rare.
const ATTEMPTS: usize = 16;
/// What the kernel keeps of datagrams that we have not fetched: 2 MiB is 16 ms of 1 Gbit/s. It may grant less. With half
/// of it, a machine that took the processor away for 50 ms lost packets that coturn kept.
pub(crate) const UDP_BUFFER: usize = 2 << 20;

/// A bound listener.
pub(crate) struct Sockets {
    pub(crate) address: SocketAddr,
    pub(crate) tcp: TcpListener,
    pub(crate) udp: Option<UdpSocket>,
}

pub(crate) fn bind(address: SocketAddr, has_udp: bool) -> io::Result<Sockets> {
    let mut attempt = 1;
    loop {
        let tcp = bind_tcp(address)?;
        let bound = tcp.local_addr()?;
        if !has_udp {
            return Ok(Sockets { address: bound, tcp, udp: None });
        }
        match bind_udp(bound) {
            Ok(udp) => return Ok(Sockets { address: bound, tcp, udp: Some(udp) }),
            Err(error)
                if address.port() == 0 && error.kind() == io::ErrorKind::AddrInUse && attempt < ATTEMPTS =>
            {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(address, Type::STREAM, Protocol::TCP)?;
    // A restart must not wait for the last process's connections in TIME_WAIT.
    socket.set_reuse_address(true)?;
    // Linux hands it down to accepted sockets, which spares a call for each.
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(&keepalive())?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// For clients that vanish, such as phones: noticed after some two minutes. Shorter would wake their radios for nothing.
fn keepalive() -> TcpKeepalive {
    TcpKeepalive::new()
        .with_time(Duration::from_secs(75))
        .with_interval(Duration::from_secs(15))
        .with_retries(4)
}

pub(crate) fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = socket(address, Type::DGRAM, Protocol::UDP)?;
    // No SO_REUSEADDR: for UDP it would let a second process take datagrams away unseen.
    socket.set_recv_buffer_size(UDP_BUFFER)?;
    socket.set_send_buffer_size(UDP_BUFFER)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn socket(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if address.is_ipv6() {
        // So that 0.0.0.0 and [::] can both be bound to one port, and no client appears as ::ffff:192.0.2.1.
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}
