//! The relay's threads around `sightline_core::turn`, beside tokio: see `docs/decisions/0010-relay-threads.md`.
//!
//! Each shard is a thread with an epoll of its own and owns sockets, connections and allocations alone; `shard` is the
//! loop. [`Relay`] is what the front door holds.

mod behaviour;
mod datagrams;
mod outbox;
mod outputs;
mod ports;
mod queue;
mod settings;
mod shard;
mod siblings;
mod sockets;
mod status;
mod streams;
mod transfers;

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{JoinHandle, available_parallelism};
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit};
use serde_json::Value;
use sightline_core::turn::{Census, Transport};

use crate::front_door::OpenError;
use crate::listen::bind_udp;
use crate::shared::Shared;
use behaviour::Behaviour;
use ports::{MOST_SHARDS, Ports};
pub use settings::RelaySettings;
use shard::{Context, Control, Parts, Shard};
use siblings::Waker;
pub(crate) use streams::Adopted;

/// How long a question to a shard may take. Shards never block, so this is generous.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a shard is told.
enum Command {
    Adopt(Box<Adopted>),
    Status(Sender<Vec<Value>>),
    Publish(Sender<()>),
    Revoke(String, Sender<usize>),
    Close,
    #[cfg(test)]
    Panic,
}

/// The running relay.
pub(crate) struct Relay {
    shards: Vec<Handle>,
    next: AtomicUsize,
}

struct Handle {
    commands: Sender<Command>,
    waker: Arc<Waker>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Handle {
    fn tell(&self, command: Command) -> bool {
        let is_told = self.commands.send(command).is_ok();
        self.waker.wake();
        is_told
    }
}

/// How many threads there will be. A client that has moved is found only by the thread that knows it, and the kernel deals
/// its new address to any: with mobility there is one, unless somebody has said how many.
fn shard_count(settings: &RelaySettings) -> usize {
    let wanted = match settings.threads {
        0 if settings.has_mobility => 1,
        0 => available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    wanted.min(MOST_SHARDS)
}

impl Relay {
    /// `listeners`: every listener's UDP socket. `control`: every listener's address.
    pub(crate) fn start(
        shared: Arc<Shared>,
        settings: RelaySettings,
        listeners: Vec<UdpSocket>,
        mut control: Vec<SocketAddr>,
    ) -> Result<Self, OpenError> {
        let bound = listeners.iter().map(UdpSocket::local_addr).collect::<io::Result<Vec<_>>>();
        let bound = bound.map_err(OpenError::Other)?;
        let behaviour = Behaviour::new(&settings, &bound).map_err(OpenError::Settings)?;
        let mut listeners = listeners;
        for address in behaviour.as_ref().map(|it| it.missing(&bound)).unwrap_or_default() {
            listeners.push(bind_udp(address).map_err(|error| OpenError::Bind(address, error))?);
            control.push(address);
        }
        Self::start_threads(shared, settings, listeners, control, behaviour).map_err(OpenError::Other)
    }

    fn start_threads(
        shared: Arc<Shared>,
        settings: RelaySettings,
        listeners: Vec<UdpSocket>,
        control: Vec<SocketAddr>,
        behaviour: Option<Behaviour>,
    ) -> io::Result<Self> {
        let count = shard_count(&settings);
        let random = shared.tls.provider.secure_random;
        let ports = Arc::new(Ports::new(settings.first_port, settings.last_port, random));
        let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let context = Arc::new(Context {
            // A quarter: the rest is for relayed addresses and connections.
            most_connected: usize::try_from(descriptors / 4).unwrap_or(usize::MAX) / count,
            relay_addresses: settings.relay_addresses(),
            shared,
            settings,
            ports,
            census: Census::default(),
            shards: count,
            control,
            behaviour,
            started: Instant::now(),
            ways: OnceLock::new(),
        });
        let (doors, sides) = siblings::meet(count)?;
        let mut controls: Vec<Vec<Control>> = (0..count).map(|_| Vec::new()).collect();
        for socket in listeners {
            let sockets = sockets::share(socket, count)?;
            for (socket, controls) in sockets.into_iter().zip(&mut controls) {
                sockets::join_bursts(&socket)?;
                controls.push(Control { address: socket.local_addr()?, socket });
            }
        }
        // Closes what has been started should the rest fail.
        let mut relay = Self { shards: Vec::new(), next: AtomicUsize::new(0) };
        for (number, (siblings, controls)) in sides.into_iter().zip(controls).enumerate() {
            let (sender, commands) = channel();
            let parts = Parts { number, context: context.clone(), controls, commands, siblings };
            let shard = Shard::new(parts)?;
            let thread = std::thread::Builder::new().name(format!("relay-{number}")).spawn(|| shard.run())?;
            relay.shards.push(Handle {
                commands: sender,
                waker: doors[number].waker.clone(),
                thread: Mutex::new(Some(thread)),
            });
        }
        let ways = relay.shards.iter().map(|shard| (shard.commands.clone(), shard.waker.clone()));
        let _ = context.ways.set(ways.collect());
        Ok(relay)
    }

    /// Give a connection to a shard; it is closed if there is none any more.
    pub(crate) fn adopt(&self, adopted: Adopted) {
        let number = self.next.fetch_add(1, Ordering::Relaxed) % self.shards.len();
        self.shards[number].tell(Command::Adopt(Box::new(adopted)));
    }

    pub(crate) fn status(&self) -> Vec<Value> {
        self.ask(Command::Status).into_iter().flatten().collect()
    }

    /// Bring the counters up to date.
    pub(crate) fn publish(&self) {
        self.ask(Command::Publish);
    }

    pub(crate) fn revoke(&self, user: &str) -> usize {
        self.ask(|answer| Command::Revoke(user.to_owned(), answer)).into_iter().sum()
    }

    /// All answers that come in time.
    fn ask<T>(&self, command: impl Fn(Sender<T>) -> Command) -> Vec<T> {
        let (sender, answers): (_, Receiver<T>) = channel();
        for shard in &self.shards {
            shard.tell(command(sender.clone()));
        }
        drop(sender);
        let end = Instant::now() + PATIENCE;
        let mut all = Vec::new();
        while let Ok(answer) = answers.recv_timeout(end.saturating_duration_since(Instant::now())) {
            all.push(answer);
        }
        all
    }

    /// Close every socket and connection; when it returns the ports are free.
    pub(crate) fn close(&self) {
        for shard in &self.shards {
            shard.tell(Command::Close);
        }
        for shard in &self.shards {
            let thread = shard.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(thread) = thread {
                let _ = thread.join();
            }
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shard {
    fn obey(&mut self, command: Command) {
        match command {
            Command::Adopt(adopted) => self.adopt(*adopted),
            Command::Status(answer) => {
                let all = self
                    .server
                    .status()
                    .map(|event| status::allocation(self.number, &event, self.age_s(event.allocation)));
                let _ = answer.send(all.collect());
            }
            Command::Publish(answer) => {
                let mut open = [0; 3];
                for event in self.server.status() {
                    open[event.client.transport() as usize] += 1;
                }
                let connected = self.connected as u64;
                self.tally.publish(&self.context.shared.counters, &self.server, open, connected);
                let _ = answer.send(());
            }
            Command::Revoke(user, answer) => {
                let is_theirs =
                    |name: &str| name == user || name.split_once(':').is_some_and(|it| it.1 == user);
                let ids: Vec<_> = self
                    .server
                    .status()
                    .filter(|event| is_theirs(&event.username))
                    .map(|event| event.allocation)
                    .collect();
                for id in &ids {
                    self.server.revoke(*id);
                }
                self.drain(None);
                let _ = answer.send(ids.len());
            }
            Command::Close => self.is_closing = true,
            #[cfg(test)]
            Command::Panic => panic!("on purpose"),
        }
    }
}

// The order of the gauges in `Tally::publish`.
const _: () =
    assert!(Transport::Udp as usize == 0 && Transport::Tcp as usize == 1 && Transport::Tls as usize == 2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use crate::tls::Tls;

    #[test]
    fn a_panic_ends_no_thread_and_what_was_told_after_it_is_done() {
        let settings = serde_json::json!({
            "listeners": [{ "address": "[::1]:0", "is_local": false, "has_udp": false, "has_http": true }],
            "upstream": "/nowhere", "trusted_proxies": [], "unbounded_addresses": [],
            "limits": {
                "connections": 9, "connections_per_address": 9, "unidentified_connections": 9,
                "identify_timeout_ms": 9000, "request_head_timeout_ms": 9000, "stun_idle_timeout_ms": 9000,
            },
            "relay": {
                "realm": "r", "nonce_secret": "00".repeat(32), "addresses": ["127.0.0.1"], "control": [],
                "public_addresses": {}, "threads": 2, "first_port": 49152, "last_port": 65535,
                "allowed_peers": [], "denied_peers": [], "users": [], "shared_secrets": [],
                "has_mobility": false, "has_tcp_allocations": false, "allocations": 9,
                "allocations_per_user": 9, "allocations_per_address": 9, "permissions_per_allocation": 9,
                "channels_per_allocation": 9, "user_bytes_per_s": null, "address_bytes_per_s": null,
                "second_address": null, "second_port": null,
            },
        });
        let settings = Settings::from_json(settings.to_string().as_bytes()).unwrap();
        let relay = settings.relay.clone().unwrap();
        let shared = Arc::new(Shared::new(settings, Tls::new().unwrap()));
        let relay = Relay::start(shared.clone(), relay, Vec::new(), Vec::new()).unwrap_or_else(|_| panic!());
        let (answer, answers) = channel();
        // Told in one go, so that both may be found in one wake-up.
        for command in [Command::Panic, Command::Status(answer)] {
            assert!(relay.shards[0].commands.send(command).is_ok());
        }
        relay.shards[0].waker.wake();
        assert!(answers.recv_timeout(PATIENCE).is_ok_and(|status| status.is_empty()));
        let counters: Value = serde_json::from_slice(&shared.counters.to_json()).unwrap();
        assert_eq!(counters["relay_panics"], 1);
        assert_eq!(relay.ask(Command::Status).len(), 2);
    }
}
