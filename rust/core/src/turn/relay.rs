//! The packet path (RFC 8656 §11, §12.6, §12.7): nothing here allocates, and payloads stay where they are.

use std::net::SocketAddr;
use std::ops::Range;

use super::allocate::mix;
use super::allocation::{Allocation, AllocationId};
use super::five_tuple::FiveTuple;
use super::output::{Dropped, Family, Handled, Icmp, Output, ToClient, ToPeer, ToSibling};
use super::packet::Packet;
use super::policy::Reach;
use super::request::{DATA, Fields, source};
use super::server::Server;
use super::time::Now;
use crate::stun::{Attribute, Builder, Class, HEADER_LENGTH, Message, XorMappedAddress, kind};

/// RFC 8656 §12.4: channel number and length.
const CHANNEL_HEADER: usize = 4;

/// A payload on its way to a peer.
struct Outgoing {
    peer: SocketAddr,
    payload: Range<usize>,
    dont_fragment: bool,
}

impl Server {
    /// A datagram that came to an allocation's relayed address. Writes up to [`super::HEADROOM`] bytes before it and
    /// [`super::TAILROOM`] after it.
    #[inline]
    pub fn handle_peer(
        &mut self,
        now: Now,
        id: AllocationId,
        peer: SocketAddr,
        packet: &mut Packet<'_>,
    ) -> Handled {
        let payload = packet.range.clone();
        self.deliver(now, id, source(peer), payload, packet).unwrap_or_else(|why| self.counters.drop(why))
    }

    /// A payload from a client of another shard: what [`Handled::ToSibling`] names.
    pub fn handle_sibling(
        &mut self,
        now: Now,
        relayed: SocketAddr,
        from: SocketAddr,
        packet: &mut Packet<'_>,
    ) -> Handled {
        match self.by_relayed.get(&relayed) {
            Some(&id) => self.handle_peer(now, id, from, packet),
            None => self.counters.drop(Dropped::NoAllocation),
        }
    }

    /// An ICMP packet about a datagram that went from the allocation to `peer` (RFC 8656 §11.5). The answer is an
    /// [`Output::Send`]: errors are few, so this is off the packet path.
    pub fn handle_icmp(&mut self, now: Now, id: AllocationId, peer: SocketAddr, icmp: Icmp) {
        let peer = source(peer);
        let Some(allocation) = self.allocations.get(id) else { return };
        if allocation.is_away
            || !is_relayed_icmp(peer, icmp.kind)
            || allocation.permissions.reach(now, peer.ip()).is_none()
        {
            return;
        }
        let client = allocation.client;
        let id = self.indication_id();
        let [high, low] = (u16::from(icmp.kind) << 9 | u16::from(icmp.code)).to_be_bytes();
        let [a, b, c, d] = icmp.data;
        let mut buffer = [0; 64];
        let built = Builder::new(&mut buffer, Class::Indication, DATA, id).and_then(|mut builder| {
            builder.attribute(&Attribute::XorPeerAddress(XorMappedAddress(peer)))?;
            builder.attribute(&Attribute::Icmp([0, 0, high, low, a, b, c, d]))?;
            Ok(builder.length())
        });
        if let Ok(length) = built {
            let bytes = buffer[..length].into();
            self.outputs.push_back(Output::Send { client, bytes });
        }
    }

    pub(super) fn indication_id(&mut self) -> [u8; 12] {
        self.indications = self.indications.wrapping_add(1);
        indication_id(self.seed, self.indications)
    }

    #[inline]
    pub(super) fn relay_channel_data(
        &mut self,
        now: Now,
        client: &FiveTuple,
        packet: &mut Packet<'_>,
    ) -> Handled {
        self.channel_data(now, client, packet).unwrap_or_else(|why| self.counters.drop(why))
    }

    pub(super) fn relay_send(&mut self, now: Now, client: &FiveTuple, packet: &mut Packet<'_>) -> Handled {
        self.send(now, client, packet).unwrap_or_else(|why| self.counters.drop(why))
    }

    #[inline]
    fn channel_data(
        &mut self,
        now: Now,
        client: &FiveTuple,
        packet: &mut Packet<'_>,
    ) -> Result<Handled, Dropped> {
        let (header, rest) =
            packet.bytes().split_first_chunk::<CHANNEL_HEADER>().ok_or(Dropped::Malformed)?;
        let number = u16::from_be_bytes([header[0], header[1]]);
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        // RFC 8656 §12.6: what is longer than it says is padded, what is shorter was cut.
        if length > rest.len() {
            return Err(Dropped::Malformed);
        }
        let start = packet.range.start + CHANNEL_HEADER;
        let id = *self.by_client.get(client).ok_or(Dropped::NoAllocation)?;
        let allocation = self.allocations.get(id).ok_or(Dropped::NoAllocation)?;
        let peer = allocation.channels.peer(now, number).ok_or(Dropped::NoChannel)?;
        self.forward(now, id, Outgoing { peer, payload: start..start + length, dont_fragment: false }, packet)
    }

    /// RFC 8656 §11.2: a Send indication that is not right is dropped; nothing is ever answered.
    fn send(&mut self, now: Now, client: &FiveTuple, packet: &mut Packet<'_>) -> Result<Handled, Dropped> {
        let id = *self.by_client.get(client).ok_or(Dropped::NoAllocation)?;
        // RFC 6062 §3: indications are not for TCP.
        if self.allocations.get(id).is_none_or(|it| it.connections.is_some()) {
            return Err(Dropped::NoAllocation);
        }
        let message = Message::parse(packet.bytes()).map_err(|_| Dropped::Malformed)?;
        let fields = Fields::of(&message).map_err(|_| Dropped::Malformed)?;
        let (Some(peer), Some(data)) = (fields.peers.first(), fields.data) else {
            return Err(Dropped::Malformed);
        };
        // RFC 8489 §6.3.2: an indication with an attribute that must be understood and is not is discarded.
        let is_unknown = !fields.unknown.bytes().is_empty();
        if is_unknown || (fields.dont_fragment && !self.settings.can_set_df) {
            return Err(Dropped::Malformed);
        }
        let start = packet.range.start;
        let payload = start + data.start..start + data.end;
        self.forward(now, id, Outgoing { peer, payload, dont_fragment: fields.dont_fragment }, packet)
    }

    #[inline]
    fn forward(
        &mut self,
        now: Now,
        id: AllocationId,
        outgoing: Outgoing,
        packet: &mut Packet<'_>,
    ) -> Result<Handled, Dropped> {
        let Outgoing { peer, payload, dont_fragment } = outgoing;
        let allocation = self.allocations.get_mut(id).ok_or(Dropped::NoAllocation)?;
        let reach = allocation.permissions.reach(now, peer.ip()).ok_or(Dropped::NoPermission)?;
        let from = allocation.address(Family::of(peer)).ok_or(Dropped::NoPermission)?;
        // Addresses of ours are never `Anything`, so the common case is spared the look-up.
        let joined = if reach == Reach::Anything { None } else { self.by_relayed.get(&peer).copied() };
        if joined.is_none() && reach == Reach::AllButControl && !self.settings.peers.may_leave(reach, peer) {
            return Err(Dropped::Denied);
        }
        let is_within = self.users.take(now, allocation.user, payload.len())
            && self.origins.take(now, allocation.origin, payload.len());
        if !is_within {
            return Err(Dropped::OverRate);
        }
        let is_joined = u64::from(joined.is_some());
        for traffic in [&mut allocation.traffic, &mut self.counters.traffic] {
            traffic.packets_to_peers += 1;
            traffic.bytes_to_peers += payload.len() as u64;
            traffic.packets_joined += is_joined;
        }
        match (joined, reach) {
            (Some(other), _) => self.deliver(now, other, from, payload, packet),
            (None, Reach::OnlyRelayed) => Ok(Handled::ToSibling(ToSibling { relayed: peer, from, payload })),
            (None, _) => Ok(Handled::ToPeer(ToPeer { allocation: id, peer, payload, dont_fragment })),
        }
    }

    /// RFC 8656 §11.3 and §12.7: by its channel if the peer has one, else as a Data indication.
    #[inline]
    fn deliver(
        &mut self,
        now: Now,
        id: AllocationId,
        peer: SocketAddr,
        payload: Range<usize>,
        packet: &mut Packet<'_>,
    ) -> Result<Handled, Dropped> {
        let allocation = self.allocations.get_mut(id).ok_or(Dropped::NoAllocation)?;
        allocation.permissions.reach(now, peer.ip()).ok_or(Dropped::NoPermission)?;
        if allocation.is_away {
            return Err(Dropped::NoAllocation);
        }
        let length = payload.len();
        let is_within = self.users.take(now, allocation.user, length)
            && self.origins.take(now, allocation.origin, length);
        if !is_within {
            return Err(Dropped::OverRate);
        }
        let bytes = match allocation.channels.number(now, peer) {
            Some(number) => wrap_in_channel(allocation, number, payload, packet),
            None => {
                self.indications = self.indications.wrapping_add(1);
                let id = indication_id(self.seed, self.indications);
                wrap_in_indication(id, peer, payload, packet)
            }
        }
        .ok_or(Dropped::NoRoom)?;
        for traffic in [&mut allocation.traffic, &mut self.counters.traffic] {
            traffic.packets_to_client += 1;
            traffic.bytes_to_client += length as u64;
        }
        Ok(Handled::ToClient(ToClient { allocation: id, client: allocation.client, bytes }))
    }
}

/// RFC 8656 §12.5: padded to four bytes over streams; over UDP it need not be.
#[inline]
fn wrap_in_channel(
    allocation: &Allocation,
    number: u16,
    payload: Range<usize>,
    packet: &mut Packet<'_>,
) -> Option<Range<usize>> {
    let start = payload.start.checked_sub(CHANNEL_HEADER)?;
    let length = u16::try_from(payload.len()).ok()?;
    let padded = match allocation.client.transport().is_stream() {
        true => payload.len().next_multiple_of(4),
        false => payload.len(),
    };
    let end = payload.start + padded;
    packet.buffer.get_mut(payload.end..end)?.fill(0);
    let header = packet.buffer.get_mut(start..payload.start)?;
    header[..2].copy_from_slice(&number.to_be_bytes());
    header[2..].copy_from_slice(&length.to_be_bytes());
    Some(start..end)
}

/// RFC 8656 §11.3: header, XOR-PEER-ADDRESS and the head of DATA, before the payload where it lies.
fn wrap_in_indication(
    id: [u8; 12],
    peer: SocketAddr,
    payload: Range<usize>,
    packet: &mut Packet<'_>,
) -> Option<Range<usize>> {
    let before = HEADER_LENGTH + if peer.is_ipv4() { 12 } else { 24 };
    let start = payload.start.checked_sub(before + 4)?;
    let padded = payload.len().next_multiple_of(4);
    let message_length = u16::try_from(before - HEADER_LENGTH + 4 + padded).ok()?;
    let end = payload.start + padded;
    packet.buffer.get_mut(payload.end..end)?.fill(0);
    let head = packet.buffer.get_mut(start..payload.start)?;
    let mut builder = Builder::new(head, Class::Indication, DATA, id).ok()?;
    builder.attribute(&Attribute::XorPeerAddress(XorMappedAddress(peer))).ok()?;
    head[2..4].copy_from_slice(&message_length.to_be_bytes());
    head[before..before + 2].copy_from_slice(&kind::DATA.to_be_bytes());
    // It fits sixteen bits because the message's length does.
    head[before + 2..].copy_from_slice(&(payload.len() as u16).to_be_bytes());
    Some(start..end)
}

/// RFC 8656 §11.5: unreachable, packet too big, time exceeded.
fn is_relayed_icmp(peer: SocketAddr, kind: u8) -> bool {
    if peer.is_ipv4() { matches!(kind, 3 | 11) } else { matches!(kind, 1..=3) }
}

/// RFC 8489 §5 wants ids that differ; nobody answers an indication, so nobody gains by guessing one.
fn indication_id(seed: u64, count: u64) -> [u8; 12] {
    let mut id = [0; 12];
    id[..8].copy_from_slice(&mix(seed ^ count).to_be_bytes());
    id[8..].copy_from_slice(&(count as u32).to_be_bytes());
    id
}
