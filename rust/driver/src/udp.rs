//! The UDP side: STUN is answered; the other classes of RFC 7983 are counted and dropped until relay and SFU come.

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use serde_json::json;
use sightline_core::binding::{self, ANSWER_LENGTH, Transport};
use sightline_core::demux::{self, Datagram};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::shared::Shared;
use crate::stun_stream::counted;

/// Messages per recvmmsg; each may hold up to 64 datagrams that the kernel has joined (GRO). Guess: more would only
/// take memory.
const BATCH: usize = 8;
/// What the kernel may join.
const BUFFER: usize = 64 * 1024;
/// After a failure that is not about a peer. Guess: long enough not to spin.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Udp {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl Udp {
    /// Called inside the runtime.
    pub(crate) fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        Ok(Self { socket: UdpSocket::from_std(socket)?, state })
    }

    /// Serve until the task is aborted.
    pub(crate) async fn run(self, shared: Arc<Shared>) {
        let mut memory = vec![0; BATCH * BUFFER];
        let mut metas = [RecvMeta::default(); BATCH];
        loop {
            let received = self
                .socket
                .async_io(Interest::READABLE, || {
                    let mut chunks = memory.chunks_exact_mut(BUFFER);
                    let mut buffers: [IoSliceMut<'_>; BATCH] =
                        std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
                    self.state.recv(UdpSockRef::from(&self.socket), &mut buffers, &mut metas)
                })
                .await;
            match received {
                Ok(count) => {
                    for (buffer, meta) in memory.chunks_exact(BUFFER).zip(&metas[..count]) {
                        for datagram in buffer[..meta.len].chunks(meta.stride.max(1)) {
                            self.handle(&shared, datagram, meta);
                        }
                    }
                }
                // An ICMP error for something sent earlier.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
                Err(error) => {
                    shared.counters.udp_receive_errors.increment();
                    shared.rare_event("udp_receive_failed", json!({ "error": error.to_string() }));
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn handle(&self, shared: &Shared, datagram: &[u8], meta: &RecvMeta) {
        let counters = &shared.counters;
        counters.udp_bytes_received.add(datagram.len() as u64);
        match demux::datagram(datagram) {
            Datagram::Stun => {
                counters.udp_stun.increment();
                let mut buffer = [0; ANSWER_LENGTH];
                let answer = binding::answer(datagram, meta.addr, Transport::Udp, &mut buffer);
                if let Some(length) = counted(counters, &counters.stun_answered_udp, answer) {
                    self.send(shared, meta.addr, meta, &buffer[..length]);
                }
            }
            Datagram::Dtls => counters.udp_dtls.increment(),
            Datagram::Rtp => counters.udp_rtp.increment(),
            Datagram::TurnChannel => counters.udp_turn_channel.increment(),
            Datagram::Quic => counters.udp_quic.increment(),
            Datagram::Zrtp => counters.udp_zrtp.increment(),
            Datagram::Unknown => counters.udp_unknown.increment(),
        }
    }

    /// From the address that the request was sent to: on a wildcard socket the system would choose by route, and the
    /// client's NAT would drop an answer from elsewhere.
    fn send(&self, shared: &Shared, destination: SocketAddr, meta: &RecvMeta, contents: &[u8]) {
        let transmit = Transmit { destination, ecn: None, contents, segment_size: None, src_ip: meta.dst_ip };
        // Never waits: a lost answer is asked for again (RFC 8489 §6.2.1), a waiting one would hold up the others.
        let sent = self
            .socket
            .try_io(Interest::WRITABLE, || self.state.try_send(UdpSockRef::from(&self.socket), &transmit));
        match sent {
            Ok(()) => shared.counters.udp_bytes_sent.add(contents.len() as u64),
            Err(_) => shared.counters.udp_send_errors.increment(),
        }
    }
}
