//! What must hold between any two calls, for the tests that throw things at the server.

use super::allocation::Relayed;
use super::server::{Server, Timer};

impl Server {
    /// Panics if the books do not agree. Takes time in proportion to what there is; not for use in service.
    #[doc(hidden)]
    pub fn assert_consistent(&self) {
        let count = self.allocations.len();
        assert!(count <= self.settings.allocations, "never more allocations than configured");
        let away = self.allocations.iter().filter(|(_, it)| it.is_away).count();
        assert_eq!(self.by_client.len() + away, count, "every allocation has one client, or waits for it");
        let charged = count + self.reservations.len();
        assert_eq!(self.users.total(), charged, "every allocation and kept port is in one user's books");
        assert_eq!(self.origins.total(), charged, "every allocation and kept port is in one address's books");
        assert_eq!(
            self.timers.len(),
            count + self.reservations.len() + self.pending_connections(),
            "everything has an end"
        );
        let (mut relayed, mut connections) = (0, 0);
        for (id, allocation) in self.allocations.iter() {
            assert!(allocation.is_away || self.by_client.get(&allocation.client) == Some(&id));
            assert!(!allocation.is_away || (allocation.mobility.is_some() && allocation.pending.is_none()));
            assert!(self.timers.contains(&(allocation.expires_ms, Timer::Allocation(id))));
            assert!(allocation.permissions.len() <= self.settings.permissions_per_allocation);
            assert!(allocation.channels.len() <= self.settings.channels_per_allocation);
            allocation.channels.assert_consistent();
            for address in allocation.addresses().into_iter().flatten() {
                let table =
                    if allocation.connections.is_some() { &self.by_listening } else { &self.by_relayed };
                assert_eq!(table.get(&address), Some(&id));
                relayed += 1;
            }
            for connection in allocation.connections.iter().flat_map(|it| it.iter()) {
                assert!(self.connections.get(*connection).is_some_and(|it| it.allocation == id));
                connections += 1;
            }
            let held = allocation.connections.as_ref().map_or(0, |it| it.len());
            assert!(held <= self.settings.connections_per_allocation);
            let is_binding = allocation.relayed.contains(&Relayed::Binding);
            assert_eq!(allocation.pending.is_some(), is_binding, "who waits, waits for a socket");
        }
        let found = self.by_relayed.len() + self.by_listening.len();
        assert_eq!(found, relayed, "every relayed address has its allocation");
        assert_eq!(self.connections.len(), connections, "every connection has its allocation");
        assert!(connections <= self.settings.connections);
        for (id, connection) in self.connections.iter().filter(|(_, it)| it.is_pending()) {
            assert!(self.timers.contains(&(connection.expires_ms, Timer::Connection(id))));
        }
        for (token, reservation) in &self.reservations {
            assert!(self.timers.contains(&(reservation.expires_ms, Timer::Reservation(*token))));
        }
    }

    fn pending_connections(&self) -> usize {
        self.connections.iter().filter(|(_, it)| it.is_pending()).count()
    }
}
