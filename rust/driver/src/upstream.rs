//! The way to the application: its Unix socket, or the answer that it is not there.

use std::io;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

use crate::client::{Client, with_scratch};
use crate::connection::end;
use crate::shared::Shared;

/// How long a connection is held while the application starts or restarts; a browser waits longer than that.
const PATIENCE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

const UNAVAILABLE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 37\r\n\
    Retry-After: 5\r\n\
    Cache-Control: no-store\r\n\
    Connection: close\r\n\r\n\
    The server is starting or stopping.\r\n";

/// A connection to the application; None: it was not reached in time.
pub(crate) async fn connect(shared: &Shared) -> Option<UnixStream> {
    let deadline = Instant::now() + PATIENCE;
    let mut pause = FIRST_PAUSE;
    loop {
        match UnixStream::connect(&shared.upstream).await {
            Ok(stream) => {
                shared.upstream_is(false, "");
                return Some(stream);
            }
            // WouldBlock: its backlog is full. The others: not there yet, or not there any more.
            Err(error) if is_worth_waiting(&error) && Instant::now() + pause < deadline => {
                shared.counters.upstream_retries.increment();
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(error) => {
                shared.upstream_is(true, &error.to_string());
                return None;
            }
        }
    }
}

fn is_worth_waiting(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, NotFound, WouldBlock};
    matches!(error.kind(), ConnectionRefused | NotFound | WouldBlock)
}

/// Answer 503 and close.
pub(crate) async fn refuse(shared: &Shared, mut client: Client) {
    shared.counters.upstream_unavailable.increment();
    let sent = std::future::poll_fn(|cx| {
        std::task::ready!(client.poll_flush(cx))?;
        with_scratch(|scratch| {
            scratch.plain[..UNAVAILABLE.len()].copy_from_slice(UNAVAILABLE);
            std::task::Poll::Ready(client.send(cx, scratch, UNAVAILABLE.len()))
        })
    });
    if let Ok(Ok(())) = timeout(PATIENCE, sent).await {
        end(&mut client).await;
    }
}

#[cfg(test)]
mod tests {
    use super::UNAVAILABLE;

    #[test]
    fn the_length_of_the_answer_is_right() {
        let text = std::str::from_utf8(UNAVAILABLE).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())));
    }
}
