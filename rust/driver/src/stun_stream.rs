//! STUN over TCP and TLS (RFC 8489 §6.2.2): one connection, any number of messages.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;

use sightline_core::binding::{self, ANSWER_LENGTH, Answer, Dropped, Transport};
use sightline_core::framing::{Framing, Garbage};
use tokio::time::{Instant, timeout_at};

use crate::client::{CHUNK, Client, with_scratch};
use crate::connection::{OnDrop, end, receive};
use crate::counters::{Counter, Counters};
use crate::shared::Shared;

/// The longest message taken from a stranger: a Binding request with every attribute at its longest stays below it.
pub(crate) const LONGEST_MESSAGE: usize = 4 * 1024;

/// Answer until the client ends, says nothing for long, or says something else.
pub(crate) async fn run(shared: &Shared, mut client: Client, first: Vec<u8>, source: SocketAddr) {
    let counters = &shared.counters;
    counters.stun_connections_open.increment();
    let _open = OnDrop(|| counters.stun_connections_open.decrement());
    let mut framing = Framing::new(LONGEST_MESSAGE);
    let mut bytes = first;
    let mut deadline = Instant::now() + shared.limits.stun_idle_timeout();
    loop {
        let mut answers = Vec::new();
        let answered =
            if client.tls().is_some() { &counters.stun_answered_tls } else { &counters.stun_answered_tcp };
        let mut has_message = false;
        let received = framing.receive(&bytes, |message| {
            has_message = true;
            let mut buffer = [0; ANSWER_LENGTH];
            let answer = binding::answer(message, source, Transport::Stream, &mut buffer);
            if let Some(length) = counted(counters, answered, answer) {
                answers.extend_from_slice(&buffer[..length]);
            }
        });
        if has_message {
            // Only whole messages count as activity, or a byte now and then would hold the connection for ever.
            deadline = Instant::now() + shared.limits.stun_idle_timeout();
        }
        // A client that asks and never reads is as idle as one that never asks.
        match timeout_at(deadline, send(&mut client, &answers)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                counters.stun_closed_idle.increment();
                return;
            }
        }
        if let Err(Garbage::NotStun | Garbage::TooLong) = received {
            counters.stun_closed_garbage.increment();
            break;
        }
        if client.has_ended() {
            break;
        }
        bytes.clear();
        match timeout_at(deadline, receive(&mut client, &mut bytes)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                counters.stun_closed_idle.increment();
                break;
            }
        }
    }
    end(&mut client).await;
}

/// Count an answer; its length if there is one.
pub(crate) fn counted(counters: &Counters, answered: &Counter, answer: Answer) -> Option<usize> {
    let (counter, length) = match answer {
        Answer::Success(length) => (answered, Some(length)),
        Answer::UnknownAttributes(length) => {
            counters.stun_unknown_attributes.increment();
            (answered, Some(length))
        }
        Answer::Dropped(Dropped::Malformed(_)) => (&counters.stun_dropped_malformed, None),
        Answer::Dropped(Dropped::WrongFingerprint) => (&counters.stun_dropped_fingerprint, None),
        Answer::Dropped(Dropped::OtherMethod) => (&counters.stun_dropped_method, None),
        Answer::Dropped(Dropped::Indication) => (&counters.stun_dropped_indication, None),
        Answer::Dropped(Dropped::Response) => (&counters.stun_dropped_response, None),
    };
    counter.increment();
    length
}

/// Send all of it; waits while the client does not read, so it cannot make us keep more than one batch.
async fn send(client: &mut Client, bytes: &[u8]) -> io::Result<()> {
    for chunk in bytes.chunks(CHUNK) {
        poll_fn(|cx| {
            std::task::ready!(client.poll_flush(cx))?;
            with_scratch(|scratch| {
                scratch.plain[..chunk.len()].copy_from_slice(chunk);
                Poll::Ready(client.send(cx, scratch, chunk.len()))
            })
        })
        .await?;
    }
    poll_fn(|cx| client.poll_flush(cx)).await
}
