//! Accepting TCP connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;

use crate::connection;
use crate::shared::Shared;

/// After a failure such as EMFILE the connection stays in the backlog and accepting fails again at once, so wait; twice
/// as long each time, up to a second.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Accept until the task is aborted.
pub(crate) async fn run(shared: Arc<Shared>, listener: TcpListener, bound: SocketAddr, has_http: bool) {
    let mut pause = FIRST_PAUSE;
    loop {
        wait_for_room(&shared).await;
        match listener.accept().await {
            Ok((tcp, peer)) => {
                pause = FIRST_PAUSE;
                // Spares getsockname where the answer is known.
                let local =
                    if bound.ip().is_unspecified() { tcp.local_addr().unwrap_or(bound) } else { bound };
                let is_trusted = shared.is_trusted_proxy(peer.ip());
                let is_bounded = !is_trusted && !shared.is_unbounded(peer.ip());
                let address = is_bounded.then_some(peer.ip());
                let ends = connection::Ends { peer, local, is_trusted, has_http };
                // A refused connection is closed by dropping it.
                shared.admit(address, |guard| connection::serve(guard, tcp, ends));
            }
            // These are about one connection that is gone already.
            Err(error) if is_about_the_client(&error) => {}
            Err(error) => {
                shared.counters.accept_errors.increment();
                shared.rare_event("accept_failed", json!({ "error": error.to_string() }));
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

async fn wait_for_room(shared: &Shared) {
    while shared.is_full() {
        let left = shared.left.notified();
        tokio::pin!(left);
        // From here on a departure is not missed; ask again, as one may have come before.
        left.as_mut().enable();
        if !shared.is_full() {
            return;
        }
        shared.rare_event("connection_limit_reached", json!({ "connections": shared.limits.connections }));
        left.await;
    }
}

fn is_about_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
