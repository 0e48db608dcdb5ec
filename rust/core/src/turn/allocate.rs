//! Allocate (RFC 8656 §7.2): what is asked for is judged at once, and answered when the sockets are there.

use super::allocation::{Allocation, AllocationId, Pending, Relayed};
use super::bound::granted;
use super::credentials::person;
use super::output::{Dropped, Family, Handled, Output, Port, Token};
use super::policy::is_tunnelled;
use super::serve::{Refused, Request};
use super::server::{Server, Timer};
use crate::budget::origin;

/// RFC 8656 §18.8, RFC 6062 §5.1 and the registry of protocol numbers.
const UDP: u8 = 17;
const TCP: u8 = 6;
/// How long an Allocate is taken for a retransmission of the one before: RFC 8489 §6.2.1, 39.5 s and the client is
/// done; later it is a replay.
const RETRANSMISSION_S: u32 = 40;
/// How long the driver may take to bind. Guess: it is a system call.
const BINDING_S: u32 = 10;

/// What is to be bound.
struct Plan {
    families: [bool; 2],
    port: Port,
    is_tcp: bool,
}

impl Server {
    pub(super) fn allocate(&mut self, request: &Request<'_>) -> Result<Handled, Refused> {
        if let Some(id) = request.allocation {
            return self.allocate_again(request, id);
        }
        let plan = self.plan(request)?;
        self.check_quotas(request, plan.port)?;
        self.start(request, &plan);
        Ok(Handled::Done)
    }

    /// RFC 8656 §7.2: a retransmission is answered as before, anything else is 437.
    fn allocate_again(&mut self, request: &Request<'_>, id: AllocationId) -> Result<Handled, Refused> {
        let allocation = self.allocations.get(id).ok_or(Refused(437))?;
        let is_same = allocation.transaction == request.asked.id && allocation.username == request.username;
        let age_ms = request.now.ms.saturating_sub(allocation.asked_at_ms);
        if !is_same || age_ms > u64::from(RETRANSMISSION_S) * 1000 {
            return Err(Refused(437));
        }
        if allocation.pending.is_some() {
            return Ok(self.counters.drop(Dropped::InProgress));
        }
        let attributes = granted(allocation, self.settings.served());
        self.answer_length = request.asked.success(&mut self.answer, &attributes, &request.seal);
        Ok(Handled::Answer)
    }

    fn plan(&mut self, request: &Request<'_>) -> Result<Plan, Refused> {
        let fields = &request.fields;
        // RFC 8656 §21.4: through a tunnel that wraps what it is sent, a relay could be made to answer itself.
        if is_tunnelled(request.client.client().ip()) {
            return Err(Refused(403));
        }
        match fields.protocol {
            None => return Err(Refused(400)),
            Some(UDP) => {}
            Some(TCP) if self.settings.has_tcp_allocations => return self.plan_tcp(request),
            Some(_) => return Err(Refused(442)),
        }
        // RFC 8016 §3.1: an empty ticket asks for mobility, a full one is for Refresh.
        if self.settings.has_mobility && fields.ticket.is_some_and(|ticket| !ticket.is_empty()) {
            return Err(Refused(400));
        }
        if let Some(token) = fields.token {
            // RFC 8656 §7.2: a token stands for port and family, so neither may be asked for besides.
            let is_alone =
                fields.even_port.is_none() && fields.family.is_none() && fields.additional_family.is_none();
            return if is_alone { self.redeem(request, token) } else { Err(Refused(400)) };
        }
        let families = self.families(fields.family, fields.additional_family)?;
        let port = match fields.even_port {
            None => Port::Any,
            Some(false) => Port::Even,
            // RFC 8656 §7.2: with two families, one token could not say whose port it is.
            Some(true) if fields.additional_family.is_some() => return Err(Refused(400)),
            Some(true) => Port::EvenReserveNext(self.new_token()),
        };
        Ok(Plan { families, port, is_tcp: false })
    }

    /// RFC 6062 §5.1.
    fn plan_tcp(&self, request: &Request<'_>) -> Result<Plan, Refused> {
        let fields = &request.fields;
        let is_for_udp = fields.dont_fragment || fields.even_port.is_some() || fields.token.is_some();
        if is_for_udp || !request.client.transport().is_stream() {
            return Err(Refused(400));
        }
        let families = self.families(fields.family, fields.additional_family)?;
        Ok(Plan { families, port: Port::Any, is_tcp: true })
    }

    fn redeem(&self, request: &Request<'_>, token: Token) -> Result<Plan, Refused> {
        // RFC 8656 §7.2: 508 if the token does not hold. Another user's does not hold either.
        let reservation = self
            .reservations
            .get(&token)
            .filter(|it| it.username == request.username && request.now.ms < it.expires_ms)
            .ok_or(Refused(508))?;
        let mut families = [false; 2];
        families[reservation.family as usize] = true;
        Ok(Plan { families, port: Port::Reserved(token), is_tcp: false })
    }

    fn families(&self, family: Option<u8>, additional: Option<u8>) -> Result<[bool; 2], Refused> {
        let has = self.settings.served();
        match (family, additional) {
            (Some(_), Some(_)) => Err(Refused(400)),
            (None, Some(number)) => match Family::from_number(number) {
                // RFC 8656 §7.2: only IPv6 may be additional.
                Some(Family::V6) if has == [false, false] => Err(Refused(440)),
                Some(Family::V6) => Ok([true, true]),
                _ => Err(Refused(400)),
            },
            (family, None) => {
                let family = Family::from_number(family.unwrap_or(1)).ok_or(Refused(440))?;
                let mut families = [false; 2];
                families[family as usize] = true;
                if has[family as usize] { Ok(families) } else { Err(Refused(440)) }
            }
        }
    }

    /// A kept port counts as an allocation, or whoever allocates and deletes could have every port kept.
    fn check_quotas(&self, request: &Request<'_>, port: Port) -> Result<(), Refused> {
        let (more, fewer) = match port {
            Port::Any | Port::Even => (1, 0),
            Port::EvenReserveNext(_) => (2, 0),
            Port::Reserved(_) => (1, 1),
        };
        if self.allocations.len() + self.reservations.len() + more - fewer > self.settings.allocations {
            return Err(Refused(508));
        }
        let (more, fewer) = (more as u32, fewer as u32);
        let of_user = self.users.allocations(&person(&request.username).into());
        let of_address = self.origins.allocations(&origin(request.client.client().ip()));
        // Who redeems a token may do it from another address than the one that was charged for it.
        let is_over = of_user + more - fewer > self.settings.allocations_per_user
            || of_address + more > self.settings.allocations_per_address + fewer;
        if is_over { Err(Refused(486)) } else { Ok(()) }
    }

    fn start(&mut self, request: &Request<'_>, plan: &Plan) {
        let now = request.now;
        let has = self.settings.served();
        let relayed = [0, 1].map(|family| match (plan.families[family], has[family]) {
            (false, _) => Relayed::No,
            (true, true) => Relayed::Binding,
            (true, false) => Relayed::Failed,
        });
        let token = match plan.port {
            Port::EvenReserveNext(token) => Some(token),
            Port::Any | Port::Even | Port::Reserved(_) => None,
        };
        if let Port::Reserved(token) = plan.port {
            self.forget_reservation(token);
        }
        let granted_s = self.lifetime(request.fields.lifetime_s);
        let expires_ms = now.in_s(BINDING_S);
        let id = self.allocations.insert(Allocation {
            client: *request.client,
            is_away: false,
            username: request.username.clone(),
            user: self.users.open(now, person(&request.username).into()),
            origin: self.origins.open(now, origin(request.client.client().ip())),
            relayed,
            pending: Some(Box::new(Pending { asked: request.asked, seal: request.seal.clone() })),
            transaction: request.asked.id,
            asked_at_ms: now.ms,
            granted_s,
            lifetime_s: granted_s,
            expires_ms,
            token,
            mobility: None,
            permissions: Default::default(),
            channels: Default::default(),
            connections: plan.is_tcp.then(Default::default),
            traffic: Default::default(),
        });
        self.by_client.insert(*request.client, id);
        // A TCP allocation ends with its connection: its data would have nowhere else to go.
        if self.settings.has_mobility && request.fields.ticket.is_some() && !plan.is_tcp {
            self.give_ticket(id, None);
        }
        self.timers.insert((expires_ms, Timer::Allocation(id)));
        for family in [Family::V4, Family::V6] {
            if relayed[family as usize] == Relayed::Binding {
                self.outputs.push_back(match plan.is_tcp {
                    true => Output::Listen { allocation: id, family },
                    false => Output::Bind { allocation: id, family, port: plan.port },
                });
            }
        }
    }

    /// RFC 8656 §7.2: what is asked for, but not below the default and not above the longest.
    pub(super) fn lifetime(&self, asked_s: Option<u32>) -> u32 {
        let default_s = self.settings.default_lifetime_s;
        asked_s.unwrap_or(default_s).clamp(default_s, self.settings.longest_lifetime_s.max(default_s))
    }

    /// `seed` tells shards apart: they share the secret.
    fn new_token(&mut self) -> Token {
        let mut token = [0; 8];
        token.copy_from_slice(&self.unguessable()[..8]);
        token
    }

    pub(super) fn unguessable(&mut self) -> [u8; 16] {
        self.tokens = self.tokens.wrapping_add(1);
        self.credentials.unguessable(self.seed ^ self.tokens)
    }
}

/// Steele, Lea and Flood's splitmix64: spreads a counter over all bits, and is one-to-one.
pub(super) fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}
