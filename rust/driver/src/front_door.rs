//! Opening and closing the whole.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;
use std::thread::{available_parallelism, yield_now};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

use crate::acme::{self, AcmeError};
use crate::certificates::BadCertificate;
use crate::relay::Relay;
use crate::settings::{BadSettings, Settings};
use crate::shared::Shared;
use crate::tls::Tls;
use crate::udp::Udp;
use crate::{accept, listen};

/// One thread would do for most; two keep a burst of handshakes from delaying everybody else. On a single processor
/// they would only take turns.
const MOST_WORKERS: usize = 2;
/// How long the last tasks may take to notice that they were aborted. They never block, so this is generous.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// Why a front door did not open. Nothing stays bound.
#[derive(Debug)]
pub enum OpenError {
    Settings(BadSettings),
    /// The address as it stands in the settings could not be bound.
    Bind(SocketAddr, io::Error),
    Other(io::Error),
}

/// An address that was bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bound {
    pub transport: &'static str,
    pub address: SocketAddr,
    pub is_local: bool,
}

/// The running front door. Dropping it closes it without grace.
pub struct FrontDoor {
    shared: Arc<Shared>,
    bound: Vec<Bound>,
    running: Mutex<Option<Running>>,
    /// Outlives `running` for those who wait in it.
    handle: Handle,
}

struct Running {
    runtime: Runtime,
    listeners: Vec<JoinHandle<()>>,
}

impl FrontDoor {
    /// Bind every listener and start serving.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        let mut sockets = Vec::new();
        for listener in &settings.listeners {
            let bound = listen::bind(listener.address, listener.has_udp)
                .map_err(|error| OpenError::Bind(listener.address, error))?;
            sockets.push((bound, listener.clone()));
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(available_parallelism().map_or(1, |most| most.get().min(MOST_WORKERS)))
            .thread_name("front-door")
            // Before it sleeps a worker lets the application's thread go on, if that waits for the same processor: what
            // it writes meanwhile is then found in one go instead of one wake-up each. Elsewhere this costs nothing.
            .on_thread_park(yield_now)
            .enable_all()
            .build()
            .map_err(OpenError::Other)?;
        let tls = Tls::new().map_err(|error| OpenError::Other(io::Error::other(error)))?;
        let relay_settings = settings.relay.clone();
        let shared = Arc::new(Shared::new(settings, tls));
        let mut bound = Vec::new();
        let mut relay_sockets = Vec::new();
        let mut listeners = Vec::new();
        let entered = runtime.enter();
        for (sockets, listener) in sockets {
            let (address, is_local) = (sockets.address, listener.is_local);
            bound.push(Bound { transport: "tcp", address, is_local });
            let tcp = TcpListener::from_std(sockets.tcp).map_err(OpenError::Other)?;
            listeners.push(runtime.spawn(accept::run(shared.clone(), tcp, address, listener.has_http)));
            if let Some(udp) = sockets.udp {
                bound.push(Bound { transport: "udp", address, is_local });
                if relay_settings.is_some() {
                    relay_sockets.push(udp);
                } else {
                    let udp = Udp::new(udp).map_err(OpenError::Other)?;
                    listeners.push(runtime.spawn(udp.run(shared.clone())));
                }
            }
        }
        drop(entered);
        if let Some(settings) = relay_settings {
            let control = bound.iter().map(|it| it.address).collect();
            shared.set_relay(Relay::start(shared.clone(), settings, relay_sockets, control)?);
        }
        let handle = runtime.handle().clone();
        Ok(Self { shared, bound, running: Mutex::new(Some(Running { runtime, listeners })), handle })
    }

    pub fn addresses(&self) -> &[Bound] {
        &self.bound
    }

    /// Serve these PEM (chain, key) pairs from the next handshake on.
    pub fn set_certificates(&self, pairs: &[(Vec<u8>, Vec<u8>)]) -> Result<(), BadCertificate> {
        self.shared.tls.certificates.set(pairs, &self.shared.tls.provider)?;
        self.shared.event("certificates_set", json!({ "count": pairs.len() }));
        Ok(())
    }

    /// Get a certificate by ACME; blocks.
    pub fn obtain_certificate(&self, request: &[u8]) -> Result<Vec<u8>, AcmeError> {
        if self.running().is_none() {
            return Err(AcmeError::NotReached("the front door is closed".to_owned()));
        }
        // As a task: when the door is closed meanwhile it is dropped, while a timer polled from here would panic.
        let (shared, request) = (self.shared.clone(), request.to_vec());
        let order = self.handle.spawn(async move { acme::obtain(&shared, &request).await });
        match self.handle.block_on(order) {
            Ok(answer) => answer,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(AcmeError::NotReached("the front door was closed".to_owned())),
        }
    }

    /// Show the challenge certificate for `name` until the front door closes: the part of `obtain_certificate` that a
    /// test can see without an ACME server.
    #[doc(hidden)]
    pub fn show_challenge(&self, name: &str, digest: &[u8; 32]) -> Result<(), AcmeError> {
        acme::show_challenge(&self.shared, name, digest)
    }

    /// One flat JSON object of name -> integer.
    pub fn counters(&self) -> Vec<u8> {
        if let Some(relay) = self.shared.relay() {
            relay.publish();
        }
        self.shared.counters.to_json()
    }

    /// Every allocation of the relay, as a JSON list.
    pub fn relay_status(&self) -> Vec<u8> {
        let status = self.shared.relay().map(|relay| relay.status()).unwrap_or_default();
        serde_json::Value::Array(status).to_string().into_bytes()
    }

    /// End every allocation of a user; how many there were.
    pub fn revoke_relay(&self, user: &str) -> usize {
        self.shared.relay().map_or(0, |relay| relay.revoke(user))
    }

    /// The next event; blocks for up to `timeout`.
    pub fn next_event(&self, timeout: Duration) -> Option<Vec<u8>> {
        self.shared.events.next(timeout)
    }

    /// Stop listening, let HTTP connections finish for `grace`, then drop them; blocks. A second call does nothing.
    ///
    /// Connections that have not said what they speak, and STUN, have nothing to finish and are dropped at once.
    pub fn close(&self, grace: Duration) {
        let Some(Running { runtime, listeners }) = self.running().take() else { return };
        let deadline = Instant::now() + grace;
        // The sockets are closed when the tasks are gone, and the port is free when this has returned.
        listeners.iter().for_each(JoinHandle::abort);
        if let Some(relay) = self.shared.relay() {
            relay.publish();
            relay.close();
        }
        runtime.block_on(async {
            for listener in listeners {
                let _ = listener.await;
            }
            self.shared.drop_connections(false);
            let _ = tokio::time::timeout_at(deadline.into(), self.all_left()).await;
            self.shared.drop_connections(true);
            let _ = tokio::time::timeout(LAST_MOMENT, self.all_left()).await;
        });
        runtime.shutdown_timeout(LAST_MOMENT);
        self.shared.events.close();
    }

    async fn all_left(&self) {
        loop {
            let left = self.shared.left.notified();
            tokio::pin!(left);
            left.as_mut().enable();
            if self.shared.open_connections() == 0 {
                return;
            }
            left.await;
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FrontDoor {
    fn drop(&mut self) {
        self.close(Duration::ZERO);
    }
}
