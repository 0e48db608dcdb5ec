//! Messages in, answers out: who asks is found out here, what is asked for is served in [`super::allocate`],
//! [`super::refresh`], [`super::grant`], [`super::tcp`] and [`super::mobility`].

use super::allocation::AllocationId;
use super::credentials::{OFFERED, Refusal};
use super::five_tuple::FiveTuple;
use super::output::{Dropped, Handled};
use super::packet::Packet;
use super::reply::{Asked, Seal};
use super::request::{
    ALLOCATE, CHANNEL_BIND, CONNECT, CONNECTION_BIND, CREATE_PERMISSION, Fields, REFRESH, SEND,
};
use super::server::Server;
use super::time::Now;
use crate::binding;
use crate::stun::{Algorithms, Attribute, Class, Fingerprint, Kinds, METHOD_BINDING, Message, kind};

/// A request whose sender is known.
pub(super) struct Request<'a> {
    pub(super) now: Now,
    pub(super) client: &'a FiveTuple,
    pub(super) asked: Asked,
    pub(super) fields: Fields<'a>,
    pub(super) username: Box<str>,
    pub(super) seal: Seal,
    pub(super) allocation: Option<AllocationId>,
}

/// A request is refused with this code; attributes that go with some codes are added where it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused(pub(super) u16);

impl Server {
    pub(super) fn handle_message(
        &mut self,
        now: Now,
        client: &FiveTuple,
        packet: &mut Packet<'_>,
    ) -> Handled {
        let Ok(message) = Message::parse(packet.bytes()) else {
            return self.counters.drop(Dropped::Malformed);
        };
        if message.fingerprint() == Fingerprint::Wrong {
            return self.counters.drop(Dropped::Malformed);
        }
        match (message.class(), message.method()) {
            (Class::Indication, SEND) => self.relay_send(now, client, packet),
            (Class::Request, METHOD_BINDING) => self.bind(client, &message),
            (Class::Request, ALLOCATE | REFRESH | CREATE_PERMISSION | CHANNEL_BIND) => {
                self.handle_request(now, client, &message)
            }
            (Class::Request, CONNECT | CONNECTION_BIND) if self.settings.has_tcp_allocations => {
                self.handle_request(now, client, &message)
            }
            _ => self.counters.drop(Dropped::NotServed),
        }
    }

    fn bind(&mut self, client: &FiveTuple, message: &Message<'_>) -> Handled {
        let transport =
            if client.transport().is_stream() { binding::Transport::Stream } else { binding::Transport::Udp };
        let mut buffer = [0; binding::ANSWER_LENGTH];
        match binding::answer(message.bytes(), client.client(), transport, &mut buffer) {
            binding::Answer::Success(length) | binding::Answer::UnknownAttributes(length) => {
                self.answer[..length].copy_from_slice(&buffer[..length]);
                self.answer_length = length;
                Handled::Answer
            }
            binding::Answer::Dropped(_) => self.counters.drop(Dropped::NotServed),
        }
    }

    fn handle_request(&mut self, now: Now, client: &FiveTuple, message: &Message<'_>) -> Handled {
        let asked = Asked::of(message);
        let allocation = self.by_client.get(client).copied();
        let Ok(mut fields) = Fields::of(message) else {
            return self.refuse(now, client, message, Refusal::BadRequest);
        };
        // From somewhere else these can only be about an allocation that there is (RFC 8016, RFC 6062).
        let is_renewal = allocation.is_some() || matches!(asked.method, REFRESH | CONNECTION_BIND);
        let authenticated = match self.credentials.check(now, client, message, &fields, is_renewal) {
            Ok(authenticated) => authenticated,
            Err(refusal) => {
                if fields.integrity.is_some() {
                    self.counters.unauthorized += u64::from(refusal == Refusal::Unauthorized);
                }
                return self.refuse(now, client, message, refusal);
            }
        };
        let seal = Seal { key: authenticated.key, integrity: authenticated.integrity };
        if fields.dont_fragment && !self.settings.can_set_df {
            fields.unknown.add(kind::DONT_FRAGMENT);
        }
        if !fields.unknown.bytes().is_empty() {
            let unknown = Attribute::UnknownAttributes(Kinds::new(fields.unknown.bytes()));
            self.answer_length = asked.error(&mut self.answer, 420, &[unknown], &seal);
            return Handled::Answer;
        }
        let username = authenticated.username;
        self.serve(&Request { now, client, asked, fields, username, seal, allocation })
    }

    fn serve(&mut self, request: &Request<'_>) -> Handled {
        let served = match (request.asked.method, request.allocation) {
            (ALLOCATE, _) => self.allocate(request),
            (REFRESH, None) if self.settings.has_mobility && request.fields.ticket.is_some() => {
                self.relocate(request)
            }
            (CONNECTION_BIND, None) => self.join(request),
            // RFC 6062 §4.3: it comes by a connection of its own.
            (CONNECTION_BIND, Some(_)) => Err(Refused(400)),
            // RFC 8656 §8.2, §10.2, §12.2; RFC 6062 §5.2.
            (_, None) => Err(Refused(437)),
            // RFC 8656 §5: "the server MUST reject" other users' requests, with 441.
            (_, Some(id)) if self.allocations.get(id).is_none_or(|it| it.username != request.username) => {
                Err(Refused(441))
            }
            // It is not there before its Allocate has been answered.
            (_, Some(id)) if self.allocations.get(id).is_none_or(|it| it.pending.is_some()) => {
                Err(Refused(437))
            }
            (REFRESH, Some(id)) => self.refresh(request, id),
            (CONNECT, Some(id)) => self.connect(request, id),
            (CREATE_PERMISSION, Some(id)) => self.create_permission(request, id),
            (_, Some(id)) => self.channel_bind(request, id),
        };
        served.unwrap_or_else(|Refused(code)| {
            self.counters.allocations_refused += u64::from(request.asked.method == ALLOCATE);
            self.counters.peers_denied += u64::from(code == 403);
            self.answer_length = request.asked.error(&mut self.answer, code, &[], &request.seal);
            Handled::Answer
        })
    }

    /// RFC 8489 §9.2.4: 401 and 438 carry what the client needs to try again.
    fn refuse(&mut self, now: Now, client: &FiveTuple, message: &Message<'_>, refusal: Refusal) -> Handled {
        let nonce = self.credentials.nonce(now, client);
        let challenge = [
            Attribute::Realm(self.credentials.realm()),
            Attribute::Nonce(&nonce),
            Attribute::PasswordAlgorithms(Algorithms::new(&OFFERED)),
        ];
        let attributes = if refusal == Refusal::BadRequest { &[][..] } else { &challenge[..] };
        let asked = Asked::of(message);
        let length = asked.refusal(&mut self.answer, refusal.code(), attributes);
        let is_paid = client.transport().is_stream()
            || self.strangers.may_answer(now.ms, client.client().ip(), message.bytes().len(), length);
        if !is_paid {
            return self.counters.drop(Dropped::OverBudget);
        }
        self.counters.challenged += 1;
        self.answer_length = length;
        Handled::Answer
    }

    pub(super) fn succeed(&mut self, request: &Request<'_>, attributes: &[Attribute<'_>]) -> Handled {
        self.answer_length = request.asked.success(&mut self.answer, attributes, &request.seal);
        Handled::Answer
    }
}
