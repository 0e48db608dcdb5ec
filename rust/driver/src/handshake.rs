//! The TLS handshake: read the ClientHello, choose how to go on by it, and finish.

use std::future::poll_fn;
use std::io;

use rustls::server::Acceptor;
use tokio::net::TcpStream;

use crate::client::Client;
use crate::connection::{end, read_more, receive};
use crate::session::Session;
use crate::shared::Shared;
use crate::tls::Choice;

/// A ClientHello with every extension and a post-quantum key share has 2 KiB; rustls itself takes up to 64 KiB. Guess,
/// errs on the side of long ones.
const LONGEST_HELLO: usize = 16 * 1024;
/// RFC 8446 §6: a fatal alert, internal_error(80): the same that a server without a certificate sends elsewhere.
const NO_CERTIFICATE_ALERT: &[u8] = &[21, 3, 3, 0, 2, 2, 80];

/// The handshake: a client with TLS, the plaintext that came with it, and the name it asked for. None: done with it.
pub(crate) async fn run(
    shared: &Shared,
    mut tcp: TcpStream,
    mut early: Vec<u8>,
) -> io::Result<Option<(Client, Vec<u8>, Option<String>)>> {
    let (choice, name) = read_hello(shared, &mut tcp, &mut early).await?;
    let (config, is_challenge) = match choice {
        // Only now: the validator of the very first certificate comes when there is none.
        Choice::Serve(_) if shared.tls.certificates.is_empty() => {
            shared.counters.tls_failed_no_certificate.increment();
            shared.rare_event("tls_without_certificate", serde_json::json!({}));
            let _ = tcp.try_write(NO_CERTIFICATE_ALERT);
            return Ok(None);
        }
        Choice::Serve(config) => (config, false),
        Choice::Challenge(config) => (config, true),
    };
    let session = Box::new(Session::new(config).map_err(io::Error::other)?);
    let mut client = Client::new(tcp);
    let mut plain = match client.start_tls(session, &mut early) {
        Ok(plain) => plain,
        Err(error) => {
            end(&mut client).await;
            return Err(error);
        }
    };
    drop(early);
    poll_fn(|cx| client.poll_flush(cx)).await?;
    while client.tls().is_some_and(Session::is_handshaking) {
        if client.has_ended() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        receive(&mut client, &mut plain).await?;
    }
    if is_challenge {
        // RFC 8737 §3: no application data; the validator has what it wants and the connection is closed.
        shared.counters.acme_challenges_served.increment();
        end(&mut client).await;
        return Ok(None);
    }
    if client.tls().is_some_and(Session::is_resumed) {
        shared.counters.tls_handshakes_resumed.increment();
    }
    Ok(Some((client, plain, name)))
}

/// Read on until the ClientHello is whole, in however many pieces it comes, and choose by it. The bytes stay in
/// `early`: the session reads them again, because rustls' unbuffered sessions cannot be made from an [`Acceptor`].
async fn read_hello(
    shared: &Shared,
    tcp: &mut TcpStream,
    early: &mut Vec<u8>,
) -> io::Result<(Choice, Option<String>)> {
    let mut acceptor = Acceptor::default();
    let mut fed = 0;
    loop {
        let mut rest = &early[fed..];
        while !rest.is_empty() {
            acceptor.read_tls(&mut rest)?;
            match acceptor.accept() {
                Ok(None) => {}
                Ok(Some(accepted)) => {
                    let hello = accepted.client_hello();
                    return Ok((shared.tls.choose(&hello), hello.server_name().map(str::to_owned)));
                }
                Err((error, mut alert)) => {
                    let mut bytes = Vec::new();
                    alert.write_all(&mut bytes)?;
                    let _ = tcp.try_write(&bytes);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                }
            }
        }
        fed = early.len();
        if fed > LONGEST_HELLO {
            let error = rustls::Error::General("the ClientHello is too long".to_owned());
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        if read_more(tcp, early).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Count a handshake that failed, by what went wrong.
pub(crate) fn count_failure(shared: &Shared, error: &io::Error) {
    use rustls::Error as Tls;
    let counters = &shared.counters;
    let tls_error = error.get_ref().and_then(|inner| inner.downcast_ref::<Tls>());
    match tls_error {
        Some(Tls::AlertReceived(alert)) => {
            counters.tls_failed_client_alert.increment();
            // Tells an operator of a network that replaces certificates, or of one that is not trusted.
            shared.rare_event("tls_refused_by_client", serde_json::json!({ "alert": format!("{alert:?}") }));
        }
        Some(Tls::PeerIncompatible(_)) => counters.tls_failed_incompatible.increment(),
        Some(_) => counters.tls_failed_protocol.increment(),
        None => counters.tls_failed_closed.increment(),
    }
}
