//! What is seen of the relay from outside: allocations, news of them, and counters.

use serde_json::{Value, json};
use sightline_core::turn::{Counters as Core, Dropped, Event, Server, Traffic, Transport, What, Why};

use crate::counters::{Counter, Counters};

/// An allocation as `media.front_door.Allocation` has it.
pub(super) fn allocation(shard: usize, event: &Event, age_s: u64) -> Value {
    let mut value = facts(shard, event);
    if let Value::Object(fields) = &mut value {
        fields.insert("client".to_owned(), event.client.client().to_string().into());
        fields.insert("age_s".to_owned(), age_s.into());
        fields.insert("shard".to_owned(), shard.into());
        extend_with_traffic(fields, &event.traffic);
    }
    value
}

/// News for the application, without the client's address; None: nothing that it wants to know.
pub(super) fn event(shard: usize, event: &Event, age_s: u64) -> Option<(&'static str, Value)> {
    let mut value = facts(shard, event);
    let name = match event.what {
        What::Made => "relay_allocation_made",
        What::Moved => "relay_allocation_moved",
        What::Ended(_) => "relay_allocation_ended",
        What::Refreshed => return None,
    };
    if let (What::Ended(why), Value::Object(fields)) = (event.what, &mut value) {
        let why = match why {
            Why::Deleted => "deleted",
            Why::Expired => "expired",
            Why::Disconnected => "disconnected",
            Why::NoSocket => "no_socket",
            Why::Revoked => "revoked",
        };
        fields.insert("why".to_owned(), why.into());
        fields.insert("age_s".to_owned(), age_s.into());
        extend_with_traffic(fields, &event.traffic);
    }
    Some((name, value))
}

fn facts(shard: usize, event: &Event) -> Value {
    let transport = match event.client.transport() {
        Transport::Udp => "udp",
        Transport::Tcp => "tcp",
        Transport::Tls => "tls",
    };
    let relayed: Vec<String> = event.relayed.iter().flatten().map(ToString::to_string).collect();
    json!({
        "id": format!("{shard}.{}.{}", event.allocation.index, event.allocation.generation),
        "user": event.username,
        "transport": transport,
        "relayed": relayed,
        "lifetime_s": event.lifetime_s,
    })
}

fn extend_with_traffic(fields: &mut serde_json::Map<String, Value>, traffic: &Traffic) {
    for (name, value) in [
        ("packets_to_peers", traffic.packets_to_peers),
        ("bytes_to_peers", traffic.bytes_to_peers),
        ("packets_to_client", traffic.packets_to_client),
        ("bytes_to_client", traffic.bytes_to_client),
        ("packets_joined", traffic.packets_joined),
    ] {
        fields.insert(name.to_owned(), value.into());
    }
}

/// What a shard counts for itself, so that shards do not wait for each other's counters, and what of it is already in
/// the common ones.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) bytes_received: u64,
    pub(super) bytes_sent: u64,
    pub(super) stun: u64,
    pub(super) send_errors: u64,
    pub(super) relay_send_errors: u64,
    pub(super) bind_failures: u64,
    /// To clients of other shards; the core counts those of its own.
    pub(super) joined: u64,
    pub(super) dropped_sibling: u64,
    pub(super) dropped_queue: u64,
    before: Vec<u64>,
    published: Vec<u64>,
}

impl Tally {
    /// Add what is new to the common counters.
    pub(super) fn publish(&mut self, counters: &Counters, server: &Server, open: [u64; 3], connected: u64) {
        let totals = core_totals(counters, server.counters());
        self.before.resize(totals.len(), 0);
        let totals =
            totals.into_iter().zip(&self.before).map(|((counter, now), before)| (counter, now + before));
        let own = [
            (&counters.udp_bytes_received, self.bytes_received),
            (&counters.udp_bytes_sent, self.bytes_sent),
            (&counters.udp_stun, self.stun),
            (&counters.udp_send_errors, self.send_errors),
            (&counters.relay_send_errors, self.relay_send_errors),
            (&counters.relay_bind_failures, self.bind_failures),
            (&counters.relay_packets_joined, self.joined),
            (&counters.relay_dropped_no_sibling, self.dropped_sibling),
            (&counters.relay_dropped_queue_full, self.dropped_queue),
            (&counters.relay_allocations_udp_open, open[0]),
            (&counters.relay_allocations_tcp_open, open[1]),
            (&counters.relay_allocations_tls_open, open[2]),
            (&counters.relay_connected_sockets_open, connected),
        ];
        let all: Vec<_> = totals.chain(own).collect();
        self.published.resize(all.len(), 0);
        for ((counter, now), published) in all.into_iter().zip(&mut self.published) {
            // Wraps where a number that goes up and down has gone down.
            counter.add(now.wrapping_sub(*published));
            *published = now;
        }
    }

    /// The core is replaced and counts from zero.
    pub(super) fn carry_over(&mut self, server: &Server) {
        let counters = Counters::default();
        let totals = core_totals(&counters, server.counters());
        self.before.resize(totals.len(), 0);
        for (before, (_, now)) in self.before.iter_mut().zip(totals) {
            *before += now;
        }
    }
}

fn core_totals<'a>(counters: &'a Counters, core: &Core) -> Vec<(&'a Counter, u64)> {
    let Traffic { packets_to_peers, bytes_to_peers, packets_to_client, bytes_to_client, packets_joined } =
        core.traffic;
    vec![
        (&counters.relay_allocations_made, core.allocations_made),
        (&counters.relay_allocations_refused, core.allocations_refused),
        (&counters.relay_challenged, core.challenged),
        (&counters.relay_unauthorized, core.unauthorized),
        (&counters.relay_peers_denied, core.peers_denied),
        (&counters.relay_packets_to_peers, packets_to_peers),
        (&counters.relay_bytes_to_peers, bytes_to_peers),
        (&counters.relay_packets_to_client, packets_to_client),
        (&counters.relay_bytes_to_client, bytes_to_client),
        (&counters.relay_packets_joined, packets_joined),
        (&counters.relay_dropped_malformed, core.dropped(Dropped::Malformed)),
        (&counters.relay_dropped_not_served, core.dropped(Dropped::NotServed)),
        (&counters.relay_dropped_no_allocation, core.dropped(Dropped::NoAllocation)),
        (&counters.relay_dropped_no_channel, core.dropped(Dropped::NoChannel)),
        (&counters.relay_dropped_no_permission, core.dropped(Dropped::NoPermission)),
        (&counters.relay_dropped_denied, core.dropped(Dropped::Denied)),
        (&counters.relay_dropped_over_rate, core.dropped(Dropped::OverRate)),
        (&counters.relay_dropped_over_budget, core.dropped(Dropped::OverBudget)),
        (&counters.relay_dropped_in_progress, core.dropped(Dropped::InProgress)),
        (&counters.relay_dropped_no_room, core.dropped(Dropped::NoRoom)),
    ]
}
