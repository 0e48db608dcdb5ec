//! The life of one TCP connection: find out what it speaks, then hand it to who serves that.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use sightline_core::demux::{self, First, Inside};
use sightline_core::proxy_header;
use sightline_core::turn::{FiveTuple, Transport};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::client::{Client, with_scratch};
use crate::relay::Adopted;
use crate::session::Session;
use crate::shared::{Guard, Shared};
use crate::{handshake, pump, stun_stream, upstream};

/// How long the last bytes may take to reach a client that we close on. Guess: a few round trips.
const LINGER: Duration = Duration::from_secs(1);

/// Both ends of a connection, and whether the other one is a load balancer of ours.
#[derive(Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) peer: SocketAddr,
    pub(crate) local: SocketAddr,
    pub(crate) is_trusted: bool,
    pub(crate) has_http: bool,
}

/// What a connection turned out to be.
enum Identified {
    Stun(Box<Stun>),
    /// HTTP; the bytes are a PROXY header and the first of it.
    Http(Client, Vec<u8>),
    /// Done with, and counted.
    Closed,
}

struct Stun {
    client: Client,
    /// The first bytes of it.
    first: Vec<u8>,
    source: SocketAddr,
    destination: SocketAddr,
}

pub(crate) async fn serve(guard: Guard, tcp: TcpStream, ends: Ends) {
    // What follows the identification may last for days, so nothing of it stays in the task: it is boxed and freed.
    match Box::pin(identify_in_time(guard, tcp, ends)).await {
        (guard, Identified::Http(client, first)) => serve_http(guard, client, first).await,
        (guard, Identified::Stun(stun)) => Box::pin(serve_stun(guard, *stun)).await,
        (_, Identified::Closed) => {}
    }
}

/// Here, or by the relay's threads if there is one.
async fn serve_stun(guard: Guard, stun: Stun) {
    let shared = guard.shared().clone();
    let Stun { client, first, source, destination } = stun;
    let Some(relay) = shared.relay() else {
        return stun_stream::run(&shared, client, first, source).await;
    };
    let transport = if client.tls().is_some() { Transport::Tls } else { Transport::Tcp };
    if let Ok(parts) = client.into_parts() {
        let client = FiveTuple::new(source, destination, transport);
        relay.adopt(Adopted { parts, first, client, guard });
    }
}

async fn serve_http(guard: Guard, client: Client, first: Vec<u8>) {
    let shared = guard.shared();
    shared.counters.http_connections_open.increment();
    let _open = OnDrop(|| shared.counters.http_connections_open.decrement());
    match Box::pin(upstream::connect(shared)).await {
        Some(application) => pump::run(shared, client, application, first).await,
        None => Box::pin(upstream::refuse(shared, client)).await,
    }
}

/// Runs when it goes out of scope, also when the task is aborted.
pub(crate) struct OnDrop<F: Fn()>(pub(crate) F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

async fn identify_in_time(mut guard: Guard, tcp: TcpStream, ends: Ends) -> (Guard, Identified) {
    let shared = guard.shared().clone();
    let deadline = Instant::now() + shared.limits.identify_timeout();
    let mut is_in_handshake = false;
    let identified = match timeout_at(deadline, identify(&mut guard, tcp, ends, &mut is_in_handshake)).await {
        Ok(Ok(identified)) => identified,
        Ok(Err(error)) => {
            if is_in_handshake {
                handshake::count_failure(&shared, &error);
            } else {
                shared.counters.closed_silent.increment();
            }
            Identified::Closed
        }
        Err(_) => {
            shared.counters.closed_identify_timeout.increment();
            if is_in_handshake {
                shared.counters.tls_failed_timeout.increment();
            }
            Identified::Closed
        }
    };
    match &identified {
        Identified::Http(..) => guard.identify(true),
        Identified::Stun(..) => guard.identify(false),
        Identified::Closed => {}
    }
    (guard, identified)
}

async fn identify(
    guard: &mut Guard,
    mut tcp: TcpStream,
    ends: Ends,
    is_in_handshake: &mut bool,
) -> io::Result<Identified> {
    let shared = guard.shared().clone();
    let mut source = ends.peer;
    let mut early = Vec::new();
    let mut facts = Facts { destination: ends.local, ..Facts::default() };
    if ends.is_trusted {
        let Some(header) = read_proxy_header(&shared, &mut tcp, &mut early).await? else {
            return Ok(Identified::Closed);
        };
        if let Some(addresses) = header.addresses {
            (source, facts.destination) = (addresses.source, addresses.destination);
            if !guard.attribute(source.ip()) {
                return Ok(Identified::Closed);
            }
        }
        facts = Facts { destination: facts.destination, ..header };
    }
    let first = loop {
        match demux::first(&early) {
            First::NeedMore => {}
            first => break first,
        }
        if read_more(&mut tcp, &mut early).await? == 0 {
            shared.counters.closed_silent.increment();
            return Ok(Identified::Closed);
        }
    };
    let counters = &shared.counters;
    match first {
        First::Tls => {
            *is_in_handshake = true;
            let Some((client, plain, name)) = handshake::run(&shared, tcp, early).await? else {
                return Ok(Identified::Closed);
            };
            *is_in_handshake = false;
            counters.tls_handshakes_ok.increment();
            identify_inside(&shared, client, plain, ends.has_http, source, Facts { name, ..facts }).await
        }
        First::Stun => {
            counters.stun_connections_tcp.increment();
            let (client, destination) = (Client::new(tcp), facts.destination);
            Ok(Identified::Stun(Box::new(Stun { client, first: early, source, destination })))
        }
        First::Http if ends.has_http => {
            counters.http_connections_plain.increment();
            let client = Client::new(tcp);
            let bytes = with_header(&client, source, &facts, &early);
            Ok(Identified::Http(client, bytes))
        }
        First::ProxyHeader => {
            counters.proxy_headers_refused.increment();
            shared.rare_event("proxy_header_refused", serde_json::json!({}));
            Ok(Identified::Closed)
        }
        First::Http | First::Unknown | First::NeedMore => {
            counters.closed_garbage.increment();
            Ok(Identified::Closed)
        }
    }
}

/// What is known about a connection besides its source; the header for the application is made of it.
struct Facts {
    addresses: Option<proxy_header::Addresses>,
    destination: SocketAddr,
    /// The name that the client asked for (SNI).
    name: Option<String>,
    /// The load balancer has ended the client's TLS, of this version.
    outer_tls: Option<String>,
}

impl Default for Facts {
    fn default() -> Self {
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        Self { addresses: None, destination: nowhere, name: None, outer_tls: None }
    }
}

/// None: there was none, or a bad one; counted. What follows it stays in `early`.
async fn read_proxy_header(
    shared: &Shared,
    tcp: &mut TcpStream,
    early: &mut Vec<u8>,
) -> io::Result<Option<Facts>> {
    loop {
        let read = read_more(tcp, early).await?;
        match proxy_header::decode(early) {
            Ok(Some(decoded)) => {
                shared.counters.proxy_headers_accepted.increment();
                let header = decoded.header;
                let facts = Facts {
                    addresses: header.addresses,
                    name: header.authority.map(str::to_owned),
                    outer_tls: header.tls.map(|tls| tls.version.to_owned()),
                    ..Facts::default()
                };
                let length = decoded.length;
                early.drain(..length);
                return Ok(Some(facts));
            }
            Ok(None) if read > 0 => {}
            // A health check may connect and say nothing: that is silence, not a mistake.
            Ok(None) if early.is_empty() => {
                shared.counters.closed_silent.increment();
                return Ok(None);
            }
            Ok(None) | Err(proxy_header::Bad) => {
                shared.counters.proxy_headers_missing.increment();
                shared.rare_event("proxy_header_missing", serde_json::json!({}));
                return Ok(None);
            }
        }
    }
}

async fn identify_inside(
    shared: &Arc<Shared>,
    mut client: Client,
    mut plain: Vec<u8>,
    has_http: bool,
    source: SocketAddr,
    facts: Facts,
) -> io::Result<Identified> {
    loop {
        match demux::inside(&plain) {
            Inside::Stun => {
                shared.counters.stun_connections_tls.increment();
                let destination = facts.destination;
                return Ok(Identified::Stun(Box::new(Stun { client, first: plain, source, destination })));
            }
            Inside::Http if !has_http => {
                shared.counters.closed_garbage.increment();
                end(&mut client).await;
                return Ok(Identified::Closed);
            }
            Inside::Http => {
                shared.counters.http_connections_tls.increment();
                let bytes = with_header(&client, source, &facts, &plain);
                return Ok(Identified::Http(client, bytes));
            }
            Inside::NeedMore if client.has_ended() => {
                shared.counters.closed_silent.increment();
                end(&mut client).await;
                return Ok(Identified::Closed);
            }
            Inside::NeedMore => {
                receive(&mut client, &mut plain).await?;
            }
        }
    }
}

/// The PROXY header for the application and the first bytes of HTTP, to be sent in one piece.
fn with_header(client: &Client, source: SocketAddr, facts: &Facts, first: &[u8]) -> Vec<u8> {
    let tls = client.tls();
    let version = tls.map(Session::version).or(facts.outer_tls.as_deref());
    let header = proxy_header::Header {
        addresses: Some(proxy_header::Addresses { source, destination: facts.destination }),
        tls: version.map(|version| proxy_header::Tls { version }),
        alpn: tls.and_then(Session::alpn),
        authority: facts.name.as_deref(),
    };
    let mut bytes = Vec::with_capacity(128 + first.len());
    proxy_header::encode(&header, &mut bytes);
    bytes.extend_from_slice(first);
    bytes
}

/// Read once from a connection without TLS and append it.
pub(crate) async fn read_more(tcp: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    poll_fn(|cx| {
        with_scratch(|scratch| {
            let read = std::task::ready!(crate::client::poll_read(tcp, cx, &mut scratch.plain))?;
            bytes.extend_from_slice(&scratch.plain[..read]);
            std::task::Poll::Ready(Ok(read))
        })
    })
    .await
}

/// Read once from a client and append the plaintext.
pub(crate) async fn receive(client: &mut Client, plain: &mut Vec<u8>) -> io::Result<usize> {
    poll_fn(|cx| {
        with_scratch(|scratch| {
            let read = std::task::ready!(client.poll_receive(cx, scratch))?;
            plain.extend_from_slice(&scratch.plain[..read]);
            std::task::Poll::Ready(Ok(read))
        })
    })
    .await
}

/// Send what is left over, say that there is no more, and give the client a moment to take it: closing with unread
/// input would make the kernel send RST, which may overtake the last bytes.
pub(crate) async fn end(client: &mut Client) {
    let ending = async {
        poll_fn(|cx| client.poll_end(cx)).await?;
        let mut ignored = Vec::new();
        while !client.has_ended() {
            receive(client, &mut ignored).await?;
            ignored.clear();
        }
        io::Result::Ok(())
    };
    let _ = tokio::time::timeout(LINGER, ending).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::tls::Tls;

    fn shared() -> Arc<Shared> {
        let settings = Settings::from_json(
            br#"{"listeners":[{"address":"[::1]:0","is_local":false,"has_udp":false,"has_http":true}],
                "upstream":"/nowhere","relay":null,"trusted_proxies":[],"unbounded_addresses":[],"limits":{"connections":9,"connections_per_address":9,
                "unidentified_connections":9,"identify_timeout_ms":9000,"request_head_timeout_ms":9000,
                "stun_idle_timeout_ms":9000}}"#,
        )
        .unwrap();
        Arc::new(Shared::new(settings, Tls::new().unwrap()))
    }

    #[tokio::test]
    async fn the_task_of_a_connection_is_small() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = listener.local_addr().unwrap();
        let tcp = TcpStream::connect(peer).await.unwrap();
        let (told, size) = std::sync::mpsc::channel();
        let shared = shared();
        let is_admitted = shared.admit(None, |guard| {
            let task = serve(guard, tcp, Ends { peer, local: peer, is_trusted: false, has_http: true });
            told.send(size_of_val(&task)).unwrap();
            task
        });
        let size = size.recv().unwrap();
        println!("task {size} bytes");
        assert!(is_admitted && size <= 1024, "every connection costs this for as long as it lasts: {size}");
    }

    #[tokio::test]
    async fn a_panic_ends_one_connection_and_is_counted() {
        let shared = shared();
        let is_admitted = shared.admit(None, |guard| async move {
            let _guard = guard;
            panic!("on purpose");
        });
        while shared.open_connections() > 0 {
            tokio::task::yield_now().await;
        }
        let counters: serde_json::Value = serde_json::from_slice(&shared.counters.to_json()).unwrap();
        assert!(is_admitted);
        assert_eq!((&counters["connection_panics"], &counters["connections_open"]), (&1.into(), &0.into()));
    }
}
