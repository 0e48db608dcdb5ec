//! CreatePermission (RFC 8656 §10.2) and ChannelBind (§12.2).

use std::net::SocketAddr;

use super::allocation::AllocationId;
use super::output::{Family, Handled};
use super::policy::Reach;
use super::request::PEERS;
use super::serve::{Refused, Request};
use super::server::Server;

/// RFC 8656 §12: the first channel number.
const FIRST_CHANNEL: u16 = 0x4000;

impl Server {
    pub(super) fn create_permission(
        &mut self,
        request: &Request<'_>,
        id: AllocationId,
    ) -> Result<Handled, Refused> {
        let peers = &request.fields.peers;
        match peers.count {
            0 => return Err(Refused(400)),
            1..=PEERS => {}
            _ => return Err(Refused(508)),
        }
        // All or nothing: RFC 8656 §10.2 refuses the request, not the address.
        let mut reaches = [Reach::Anything; PEERS];
        for (reach, peer) in reaches.iter_mut().zip(peers.iter()) {
            *reach = self.judge(id, peer)?;
        }
        let most = self.settings.permissions_per_allocation;
        let expires_ms = request.now.in_s(self.settings.permission_lifetime_s);
        let allocation = self.allocations.get_mut(id).ok_or(Refused(437))?;
        if allocation.permissions.len_with(request.now, peers.iter().map(|peer| peer.ip())) > most {
            return Err(Refused(508));
        }
        for (reach, peer) in reaches.into_iter().zip(peers.iter()) {
            allocation.permissions.install(peer.ip(), reach, expires_ms);
        }
        Ok(self.succeed(request, &[]))
    }

    pub(super) fn channel_bind(
        &mut self,
        request: &Request<'_>,
        id: AllocationId,
    ) -> Result<Handled, Refused> {
        let (Some(number), Some(peer)) = (request.fields.channel, request.fields.peers.first()) else {
            return Err(Refused(400));
        };
        if !(FIRST_CHANNEL..=self.settings.last_channel.min(0x7FFF)).contains(&number) {
            return Err(Refused(400));
        }
        // RFC 6062 §3: channels are not for TCP.
        if self.allocations.get(id).is_some_and(|it| it.connections.is_some()) {
            return Err(Refused(403));
        }
        let reach = self.judge(id, peer)?;
        if reach == Reach::AllButControl && self.settings.peers.is_control(peer) {
            return Err(Refused(403));
        }
        let settings = &self.settings;
        let allocation = self.allocations.get_mut(id).ok_or(Refused(437))?;
        let is_renewal =
            allocation.channels.is_renewal(request.now, number, peer).map_err(|_| Refused(400))?;
        let is_full = (!is_renewal && allocation.channels.len() >= settings.channels_per_allocation)
            || allocation.permissions.len_with(request.now, [peer.ip()].into_iter())
                > settings.permissions_per_allocation;
        if is_full {
            return Err(Refused(508));
        }
        allocation.channels.bind(number, peer, request.now.in_s(settings.channel_lifetime_s));
        // RFC 8656 §12.2: a channel installs or refreshes a permission.
        let expires_ms = request.now.in_s(settings.permission_lifetime_s);
        allocation.permissions.install(peer.ip(), reach, expires_ms);
        Ok(self.succeed(request, &[]))
    }

    /// Whether the allocation may have to do with the peer: 443 for another family, 403 by policy.
    pub(super) fn judge(&self, id: AllocationId, peer: SocketAddr) -> Result<Reach, Refused> {
        let allocation = self.allocations.get(id).ok_or(Refused(437))?;
        if allocation.address(Family::of(peer)).is_none() {
            return Err(Refused(443));
        }
        self.settings.peers.reach(peer.ip()).ok_or(Refused(403))
    }
}
