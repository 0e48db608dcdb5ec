//! What must hold between any two calls, for the tests that throw things at the server.

use super::allocation::Relayed;
use super::server::{Server, Timer};

impl Server {
    /// Panics if the books do not agree. Takes time in proportion to what there is; not for use in service.
    #[doc(hidden)]
    pub fn assert_consistent(&self) {
        let count = self.allocations.len();
        assert!(count <= self.settings.allocations, "never more allocations than configured");
        assert_eq!(self.by_client.len(), count, "every allocation has one client");
        assert_eq!(self.users.total(), count, "every allocation is in one user's books");
        assert_eq!(self.origins.total(), count, "every allocation is in one address's books");
        assert_eq!(self.timers.len(), count + self.reservations.len(), "everything has an end");
        let mut relayed = 0;
        for (id, allocation) in self.allocations.iter() {
            assert_eq!(self.by_client.get(&allocation.client), Some(&id));
            assert!(self.timers.contains(&(allocation.expires_ms, Timer::Allocation(id))));
            assert!(allocation.permissions.len() <= self.settings.permissions_per_allocation);
            assert!(allocation.channels.len() <= self.settings.channels_per_allocation);
            allocation.channels.assert_consistent();
            for address in allocation.addresses().into_iter().flatten() {
                assert_eq!(self.by_relayed.get(&address), Some(&id));
                relayed += 1;
            }
            let is_binding = allocation.relayed.contains(&Relayed::Binding);
            assert_eq!(allocation.pending.is_some(), is_binding, "who waits, waits for a socket");
        }
        assert_eq!(self.by_relayed.len(), relayed, "every relayed address has its allocation");
        for (token, reservation) in &self.reservations {
            assert!(self.timers.contains(&(reservation.expires_ms, Timer::Reservation(*token))));
        }
    }
}
