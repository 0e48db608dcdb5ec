//! Refresh (RFC 8656 §8.2): a new end, or the end.

use super::allocation::{AllocationId, Relayed};
use super::connection::ConnectionId;
use super::output::{Family, Handled, Output, What, Why};
use super::serve::{Refused, Request};
use super::server::Server;
use crate::stun::Attribute;

impl Server {
    pub(super) fn refresh(&mut self, request: &Request<'_>, id: AllocationId) -> Result<Handled, Refused> {
        let family = self.family_of(request, id)?;
        self.check_ticket(request, id)?;
        if request.fields.lifetime_s == Some(0) {
            self.delete(id, family);
            return Ok(self.succeed(request, &[Attribute::Lifetime(0)]));
        }
        let lifetime_s = self.lifetime(request.fields.lifetime_s);
        self.extend(request.now, id, lifetime_s);
        self.tell(id, What::Refreshed);
        self.answer_refreshed(request, id)
    }

    /// RFC 8656 §8.2: a family that the allocation does not have is 443.
    pub(super) fn family_of(
        &self,
        request: &Request<'_>,
        id: AllocationId,
    ) -> Result<Option<Family>, Refused> {
        let Some(number) = request.fields.family else {
            return Ok(None);
        };
        let family = Family::from_number(number).ok_or(Refused(443))?;
        let has = self.allocations.get(id).is_some_and(|allocation| allocation.address(family).is_some());
        if has { Ok(Some(family)) } else { Err(Refused(443)) }
    }

    /// RFC 8656 §8.2: of two relayed addresses, one may go.
    fn delete(&mut self, id: AllocationId, family: Option<Family>) {
        let Some(allocation) = self.allocations.get_mut(id) else { return };
        let others = allocation.addresses().iter().flatten().count() - 1;
        match (family, others) {
            (None, _) | (_, 0) => self.end(id, Why::Deleted),
            (Some(family), _) => {
                let relayed = std::mem::replace(&mut allocation.relayed[family as usize], Relayed::No);
                allocation.permissions.drop_family(family == Family::V4);
                allocation.channels.drop_family(family == Family::V4);
                let connections = allocation.connections.as_deref().cloned().unwrap_or_default();
                let is_of_family = |it: &ConnectionId| {
                    self.connections.get(*it).is_some_and(|it| Family::of(it.peer) == family)
                };
                let connections: Vec<_> = connections.into_iter().filter(is_of_family).collect();
                self.close_all(&connections);
                if let Relayed::Bound(address) = relayed {
                    self.table_of(id).remove(&address);
                    self.outputs.push_back(Output::Release { allocation: id, family });
                }
            }
        }
    }
}
