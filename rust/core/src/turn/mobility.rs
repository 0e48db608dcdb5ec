//! Mobility (RFC 8016): a client that changes network finds its allocation by a ticket.
//!
//! The allocation moves at once. RFC 8016 §3.2 lets the old 5-tuple live on until the client is heard on the new one;
//! here the request that carried ticket and password, with a nonce made for the new address, is taken as hearing it.

use subtle::ConstantTimeEq;

use super::allocation::{AllocationId, Mobility, TICKET};
use super::output::{Handled, What};
use super::serve::{Refused, Request};
use super::server::Server;
use crate::budget::origin;
use crate::stun::{Attribute, TransactionId};

impl Server {
    pub(super) fn give_ticket(&mut self, id: AllocationId, moved_by: Option<TransactionId>) {
        let mut ticket = [0; TICKET];
        ticket[..4].copy_from_slice(&id.index.to_be_bytes());
        ticket[4..8].copy_from_slice(&id.generation.to_be_bytes());
        ticket[8..].copy_from_slice(&self.unguessable());
        if let Some(allocation) = self.allocations.get_mut(id) {
            allocation.mobility = Some(Box::new(Mobility { ticket, moved_by }));
        }
    }

    /// A Refresh with a ticket, from a 5-tuple that has no allocation.
    pub(super) fn relocate(&mut self, request: &Request<'_>) -> Result<Handled, Refused> {
        let id = self.owner(request).ok_or(Refused(400))?;
        let allocation = self.allocations.get(id).ok_or(Refused(437))?;
        if allocation.username != request.username {
            return Err(Refused(441));
        }
        let (client, old_origin, was_away) = (allocation.client, allocation.origin, allocation.is_away);
        let new_origin = origin(request.client.client().ip());
        let is_elsewhere = new_origin != origin(client.client().ip());
        if is_elsewhere && self.origins.allocations(&new_origin) >= self.settings.allocations_per_address {
            return Err(Refused(486));
        }
        // Whatever else is wrong is told before anything moves: the client would not know.
        self.family_of(request, id)?;
        if !was_away {
            self.by_client.remove(&client);
        }
        self.by_client.insert(*request.client, id);
        let number = self.origins.open(request.now, new_origin);
        self.origins.close(old_origin);
        if let Some(allocation) = self.allocations.get_mut(id) {
            allocation.client = *request.client;
            allocation.is_away = false;
            allocation.origin = number;
        }
        self.give_ticket(id, Some(request.asked.id));
        self.tell(id, What::Moved);
        self.refresh(request, id)
    }

    /// The allocation that the ticket names and that has been given it.
    fn owner(&self, request: &Request<'_>) -> Option<AllocationId> {
        let ticket: &[u8; TICKET] = request.fields.ticket?.try_into().ok()?;
        let word =
            |at: usize| u32::from_be_bytes([ticket[at], ticket[at + 1], ticket[at + 2], ticket[at + 3]]);
        let id = AllocationId { index: word(0), generation: word(4) };
        let allocation = self.allocations.get(id).filter(|it| it.pending.is_none())?;
        let mobility = allocation.mobility.as_ref()?;
        bool::from(mobility.ticket.ct_eq(ticket)).then_some(id)
    }

    /// A ticket in a Refresh is the one that holds, or that of the move itself, sent again.
    pub(super) fn check_ticket(&self, request: &Request<'_>, id: AllocationId) -> Result<(), Refused> {
        let Some(ticket) = request.fields.ticket.filter(|_| self.settings.has_mobility) else {
            return Ok(());
        };
        let mobility = self.allocations.get(id).and_then(|it| it.mobility.as_deref()).ok_or(Refused(400))?;
        let is_current = bool::from(mobility.ticket[..].ct_eq(ticket));
        let is_of_the_move = mobility.moved_by == Some(request.asked.id);
        if is_current || is_of_the_move { Ok(()) } else { Err(Refused(400)) }
    }

    pub(super) fn answer_refreshed(
        &mut self,
        request: &Request<'_>,
        id: AllocationId,
    ) -> Result<Handled, Refused> {
        let allocation = self.allocations.get(id).ok_or(Refused(437))?;
        let mut attributes = vec![Attribute::Lifetime(allocation.lifetime_s)];
        if let Some(mobility) = allocation.mobility.as_ref().filter(|_| request.fields.ticket.is_some()) {
            attributes.push(Attribute::MobilityTicket(&mobility.ticket));
        }
        self.answer_length = request.asked.success(&mut self.answer, &attributes, &request.seal);
        Ok(Handled::Answer)
    }
}
