//! What every connection of a front door shares.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use serde_json::Value;
use sightline_core::limits::{self, Bounds, Refused, Ticket};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::counters::Counters;
use crate::events::Events;
use crate::relay::Relay;
use crate::settings::{Limits, Prefix, Settings};
use crate::tls::Tls;

pub(crate) struct Shared {
    pub(crate) counters: Counters,
    pub(crate) events: Events,
    pub(crate) tls: Tls,
    pub(crate) upstream: PathBuf,
    pub(crate) limits: Limits,
    trusted_proxies: Vec<Prefix>,
    unbounded_addresses: Vec<Prefix>,
    /// So that an outage of the application is one event, not one per connection.
    is_upstream_down: AtomicBool,
    table: Mutex<Table>,
    /// Set once, before the first connection is let in.
    relay: OnceLock<Relay>,
    /// Somebody left: there may be room, or nobody left at all.
    pub(crate) left: Notify,
}

/// The open connections.
struct Table {
    limits: limits::Limits,
    open: HashMap<u64, Open>,
}

struct Open {
    task: AbortHandle,
    /// HTTP connections are let finish when the front door closes; others have nothing to finish.
    is_http: bool,
}

impl Shared {
    pub(crate) fn new(settings: Settings, tls: Tls) -> Self {
        let limits = settings.limits;
        let bounds = Bounds {
            connections: limits.connections,
            per_address: limits.connections_per_address,
            unidentified: limits.unidentified_connections,
        };
        Self {
            counters: Counters::default(),
            events: Events::default(),
            tls,
            upstream: settings.upstream,
            limits,
            trusted_proxies: settings.trusted_proxies,
            unbounded_addresses: settings.unbounded_addresses,
            is_upstream_down: AtomicBool::new(false),
            table: Mutex::new(Table { limits: limits::Limits::new(bounds), open: HashMap::new() }),
            relay: OnceLock::new(),
            left: Notify::new(),
        }
    }

    pub(crate) fn relay(&self) -> Option<&Relay> {
        self.relay.get()
    }

    pub(crate) fn set_relay(&self, relay: Relay) {
        let _ = self.relay.set(relay);
    }

    pub(crate) fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|prefix| prefix.contains(address))
    }

    /// Whether all connections from there may be those of many clients.
    pub(crate) fn is_unbounded(&self, address: IpAddr) -> bool {
        self.unbounded_addresses.iter().any(|prefix| prefix.contains(address))
    }

    pub(crate) fn is_full(&self) -> bool {
        self.table().limits.is_full()
    }

    pub(crate) fn open_connections(&self) -> usize {
        self.table().limits.open()
    }

    /// Let a connection in and start `run` as its task. False: refused (and counted).
    pub(crate) fn admit<F>(self: &Arc<Self>, address: Option<IpAddr>, run: impl FnOnce(Guard) -> F) -> bool
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut table = self.table();
        let admitted = match table.limits.admit(address) {
            Ok(admitted) => admitted,
            Err(refused) => {
                drop(table);
                self.count_refusal(refused);
                return false;
            }
        };
        if let Some(oldest) = admitted.oldest_to_drop
            && let Some(open) = table.open.get(&oldest)
        {
            self.counters.connections_dropped_unidentified.increment();
            open.task.abort();
        }
        let number = admitted.ticket.number();
        self.counters.connections_accepted.increment();
        self.counters.connections_open.increment();
        let guard = Guard { shared: self.clone(), ticket: Some(admitted.ticket) };
        // The table stays locked until the task is in it: the task's end takes it out again.
        let task = tokio::spawn(run(guard)).abort_handle();
        table.open.insert(number, Open { task, is_http: false });
        true
    }

    fn count_refusal(&self, refused: Refused) {
        match refused {
            Refused::TooManyConnections => self.counters.connections_refused_total.increment(),
            Refused::TooManyFromAddress => self.counters.connections_refused_per_address.increment(),
        }
    }

    /// Drop every connection that is not HTTP, or every one.
    pub(crate) fn drop_connections(&self, is_all: bool) {
        for open in self.table().open.values().filter(|open| is_all || !open.is_http) {
            open.task.abort();
        }
    }

    pub(crate) fn event(&self, name: &'static str, fields: Value) {
        if !self.events.push(name, fields) {
            self.counters.events_dropped.increment();
        }
    }

    /// An event of everyday life: when nobody fetches them they leave room for those that matter more.
    pub(crate) fn frequent_event(&self, name: &'static str, fields: Value) {
        if !self.events.push_frequent(name, fields) {
            self.counters.events_dropped.increment();
        }
    }

    /// An event that strangers can cause.
    pub(crate) fn rare_event(&self, name: &'static str, fields: Value) {
        if !self.events.push_rarely(name, Instant::now(), fields) {
            self.counters.events_dropped.increment();
        }
    }

    /// Remember whether the application answers; an event when that changes.
    pub(crate) fn upstream_is(&self, is_down: bool, reason: &str) {
        // Most calls change nothing and need no exclusive access to the cache line.
        if self.is_upstream_down.load(Ordering::Relaxed) != is_down
            && self.is_upstream_down.swap(is_down, Ordering::Relaxed) != is_down
        {
            let name = if is_down { "upstream_unreachable" } else { "upstream_reachable" };
            self.event(name, serde_json::json!({ "reason": reason }));
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place in the books, held by its task; whatever way the task ends, the place is given back.
pub(crate) struct Guard {
    shared: Arc<Shared>,
    ticket: Option<Ticket>,
}

impl Guard {
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// A load balancer has said whose connection it is. False: that address has too many (counted).
    pub(crate) fn attribute(&mut self, address: IpAddr) -> bool {
        let Some(ticket) = self.ticket.as_mut() else { return true };
        let attributed = self.shared.table().limits.attribute(ticket, address);
        attributed.map_err(|refused| self.shared.count_refusal(refused)).is_ok()
    }

    /// The connection has said what it speaks.
    pub(crate) fn identify(&self, is_http: bool) {
        let Some(ticket) = self.ticket.as_ref() else { return };
        let mut table = self.shared.table();
        table.limits.identify(ticket);
        if let Some(open) = table.open.get_mut(&ticket.number()) {
            open.is_http = is_http;
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.counters.connection_panics.increment();
            self.shared.rare_event("connection_panicked", serde_json::json!({}));
        }
        if let Some(ticket) = self.ticket.take() {
            let mut table = self.shared.table();
            // Dropping the handle may free the task, but that is the one we are in, which is still held.
            table.open.remove(&ticket.number());
            table.limits.release(ticket);
        }
        self.shared.counters.connections_open.decrement();
        self.shared.left.notify_waiters();
    }
}
