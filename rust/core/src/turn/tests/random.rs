//! Any sequence of anything keeps the books right.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Allocate { family: u8, even: Option<u8>, has_token: bool },
    Refresh { lifetime_s: Option<u32>, family: Option<u8> },
    Permit { peers: Vec<u8> },
    Bind { number: u16, peer: u8 },
    Send { peer: u8, length: usize },
    ChannelData { number: u16, length: usize },
    Datagram { peer: u8, length: usize },
    Garbage(Vec<u8>),
    Mangled { at: usize, byte: u8 },
    Pass(u64),
    Disconnect,
    Bound { works: bool },
    AllocateTcp,
    Connect { peer: u8 },
    Connected { works: bool },
    Accepted { peer: u8 },
    Join { which: usize },
    Closed { which: usize },
}

fn steps() -> impl Strategy<Value = (usize, Step)> {
    let step = prop_oneof![
        4 => (0..5_u8, prop::option::of(0..2_u8), any::<bool>())
            .prop_map(|(family, even, has_token)| Step::Allocate { family, even, has_token }),
        2 => (prop::option::of(prop_oneof![Just(0_u32), 0..5000_u32]), prop::option::of(1..3_u8))
            .prop_map(|(lifetime_s, family)| Step::Refresh { lifetime_s, family }),
        3 => prop::collection::vec(0..12_u8, 0..4).prop_map(|peers| Step::Permit { peers }),
        4 => (0x3FFE..0x4008_u16, 0..12_u8).prop_map(|(number, peer)| Step::Bind { number, peer }),
        3 => (0..12_u8, 0..50_usize).prop_map(|(peer, length)| Step::Send { peer, length }),
        4 => (0x3FFE..0x4008_u16, 0..50_usize).prop_map(|(number, length)| Step::ChannelData { number, length }),
        4 => (0..12_u8, 0..50_usize).prop_map(|(peer, length)| Step::Datagram { peer, length }),
        1 => prop::collection::vec(any::<u8>(), 0..80).prop_map(Step::Garbage),
        1 => (0..160_usize, any::<u8>()).prop_map(|(at, byte)| Step::Mangled { at, byte }),
        2 => prop_oneof![0..20_u64, 0..700_u64].prop_map(Step::Pass),
        1 => Just(Step::Disconnect),
        3 => any::<bool>().prop_map(|works| Step::Bound { works }),
        2 => Just(Step::AllocateTcp),
        3 => (0..12_u8).prop_map(|peer| Step::Connect { peer }),
        2 => any::<bool>().prop_map(|works| Step::Connected { works }),
        3 => (0..3_u8).prop_map(|peer| Step::Accepted { peer }),
        3 => (0..4_usize).prop_map(|which| Step::Join { which }),
        1 => (0..4_usize).prop_map(|which| Step::Closed { which }),
    ];
    (0..6_usize, step)
}

fn clients() -> Vec<Client> {
    let one = |transport, name, password, from| Client::over(transport, name, password, from);
    vec![
        one(Transport::Udp, "anna", "secret", "1.1.1.1:1"),
        one(Transport::Tcp, "anna", "secret", "1.1.1.1:1"),
        Client { style: Style::Sha256, ..one(Transport::Tls, "berta", "other secret", "1.1.1.2:1") },
        Client { style: Style::Hashed, ..one(Transport::Udp, "berta", "other secret", "[2a00::1]:1") },
        one(Transport::Udp, "anna", "wrong", "1.1.1.1:2"),
        one(Transport::Udp, "berta", "other secret", "1.1.1.2:2"),
    ]
}

/// Peers outside, peers denied, and relayed addresses of other clients.
fn peer_address(desk: &Desk, number: u8) -> SocketAddr {
    let mut relayed: Vec<_> = desk.bound.values().copied().collect();
    relayed.sort();
    match number {
        0..=2 => SocketAddr::new([8, 8, 8, 8].into(), 5000 + u16::from(number)),
        3 => address("10.0.0.1:1"),
        4 => address("[2a00::5]:1"),
        5 => address("[::ffff:8.8.8.8]:1"),
        6 => address(SERVER),
        _ => relayed.get(usize::from(number) - 7).copied().unwrap_or(address("8.8.4.4:1")),
    }
}

struct Run {
    desk: Desk,
    clients: Vec<Client>,
    waiting: Vec<(AllocationId, Family, Port)>,
    /// Connections with peers that the driver is making, and that it holds.
    making: Vec<ConnectionId>,
    open: Vec<ConnectionId>,
    token: Token,
    ticket: Vec<u8>,
}

impl Run {
    fn ask(&mut self, who: usize, method: u16, attributes: &[Attribute<'_>]) {
        let request = self.clients[who].build(method, attributes);
        self.handle(who, &request);
    }

    fn handle(&mut self, who: usize, bytes: &[u8]) {
        let tuple = self.clients[who].tuple;
        let mut buffer = vec![0; HEADROOM];
        buffer.extend_from_slice(bytes);
        let end = buffer.len();
        buffer.extend_from_slice(&[0; TAILROOM]);
        let mut packet = Packet::new(&mut buffer, HEADROOM..end);
        let handled = self.desk.server.handle_client(self.desk.now, &tuple, &mut packet);
        match handled {
            Handled::Answer => {
                let answer = self.desk.server.answer().to_vec();
                self.learn(&tuple, &answer);
            }
            Handled::ToClient(it) => assert!(buffer.get(it.bytes).is_some()),
            // Whatever happened before: no socket is ever pointed at what is denied.
            Handled::ToPeer(it) => {
                assert!(buffer.get(it.payload).is_some() && it.peer.port() != 3478);
                assert!(
                    it.peer.to_string().starts_with("8.8.") || it.peer.to_string().starts_with("[2a00::5]")
                );
                assert!(self.desk.bound.contains_key(&(it.allocation, Family::of(it.peer))));
            }
            Handled::Join(connection) => assert!(self.open.contains(&connection)),
            Handled::ToSibling(_) | Handled::Done | Handled::Dropped(_) => {}
        }
        self.drain();
    }

    fn learn(&mut self, tuple: &FiveTuple, answer: &[u8]) {
        let message = Message::parse(answer).expect("an answer is well-formed");
        let Some(client) = self.clients.iter_mut().find(|it| it.tuple == *tuple) else { return };
        if let Some(Ok(Attribute::Nonce(nonce))) = message.decode(kind::NONCE) {
            client.nonce = nonce.to_vec();
        }
        if let Some(Ok(Attribute::ReservationToken(token))) = message.decode(kind::RESERVATION_TOKEN) {
            self.token = token;
        }
        if let Some(Ok(Attribute::MobilityTicket(ticket))) = message.decode(kind::MOBILITY_TICKET) {
            self.ticket = ticket.to_vec();
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.desk.server.poll_output() {
            match output {
                Output::Bind { allocation, family, port } => self.waiting.push((allocation, family, port)),
                Output::Listen { allocation, family } => self.waiting.push((allocation, family, Port::Any)),
                Output::Connect { connection, peer, .. } => {
                    let ip = peer.ip().to_string();
                    assert!(
                        ip == "8.8.8.8" || ip == "8.8.4.4" || self.desk.bound.values().any(|it| *it == peer)
                    );
                    self.making.push(connection);
                }
                Output::Close { connection } => self.open.retain(|it| *it != connection),
                Output::Release { allocation, family } => {
                    self.desk.bound.remove(&(allocation, family));
                }
                Output::Send { client, bytes } => self.learn(&client, &bytes),
                Output::Unreserve { token } => self.desk.kept.retain(|kept| *kept != token),
                Output::Event(_) => {}
            }
        }
    }

    fn bound(&mut self, works: bool) {
        let Some((id, family, port)) = self.waiting.pop() else { return };
        let desk = &mut self.desk;
        desk.next_port += 2;
        let host = if family == Family::V4 { "9.9.9.9" } else { "2a00::9" };
        let relayed = SocketAddr::new(host.parse().unwrap(), desk.next_port);
        if works {
            desk.bound.insert((id, family), relayed);
            match port {
                Port::EvenReserveNext(token) => desk.kept.push(token),
                Port::Reserved(token) => {
                    let before = desk.kept.len();
                    desk.kept.retain(|kept| *kept != token);
                    assert_eq!(desk.kept.len() + 1, before, "a reserved port is there, and taken once");
                }
                Port::Any | Port::Even => {}
            }
        } else if let Port::Reserved(token) = port {
            desk.kept.retain(|kept| *kept != token);
        }
        desk.server.handle_bound(
            desk.now,
            id,
            family,
            port,
            if works { Ok(relayed) } else { Err(BindFailed) },
        );
        self.drain();
    }

    fn allocate(&mut self, who: usize, family: u8, even: Option<u8>, has_token: bool) {
        let mut attributes = vec![UDP];
        match family {
            3 => attributes.push(Attribute::AdditionalAddressFamily([2, 0, 0, 0])),
            1 | 2 => attributes.push(Attribute::RequestedAddressFamily([family, 0, 0, 0])),
            _ => {}
        }
        attributes.extend(even.map(|reserve| Attribute::EvenPort([reserve << 7])));
        if has_token && family == 0 {
            attributes.push(Attribute::ReservationToken(self.token));
        }
        if family == 4 {
            attributes.push(Attribute::MobilityTicket(&[]));
        }
        self.ask(who, ALLOCATE, &attributes);
    }

    fn take(&mut self, who: usize, step: Step) {
        let peers = |desk: &Desk, peer| Attribute::XorPeerAddress(XorMappedAddress(peer_address(desk, peer)));
        match step {
            Step::Allocate { family, even, has_token } => self.allocate(who, family, even, has_token),
            Step::Refresh { lifetime_s, family } => {
                let mut attributes: Vec<_> = lifetime_s.map(Attribute::Lifetime).into_iter().collect();
                attributes.extend(family.map(|it| Attribute::RequestedAddressFamily([it, 0, 0, 0])));
                let ticket = self.ticket.clone();
                if lifetime_s.is_none() {
                    attributes.push(Attribute::MobilityTicket(&ticket));
                }
                self.ask(who, REFRESH, &attributes);
            }
            Step::Permit { peers: numbers } => {
                let attributes: Vec<_> = numbers.iter().map(|it| peers(&self.desk, *it)).collect();
                self.ask(who, CREATE_PERMISSION, &attributes);
            }
            Step::Bind { number, peer } => {
                let number = Attribute::ChannelNumber(ChannelNumber(number));
                self.ask(who, CHANNEL_BIND, &[number, peers(&self.desk, peer)]);
            }
            Step::Send { peer, length } => {
                let to = peer_address(&self.desk, peer).to_string();
                let bytes = self.clients[who].send_indication(&to, &vec![0; length], &[]);
                self.handle(who, &bytes);
            }
            Step::ChannelData { number, length } => {
                self.handle(who, &channel_data(number, &vec![0; length]));
            }
            Step::Datagram { peer, length } => {
                let id = self.desk.server.by_client.get(&self.clients[who].tuple).copied();
                let from = peer_address(&self.desk, peer).to_string();
                let _ = id.map(|id| self.desk.datagram(id, &from, &vec![0; length]));
            }
            Step::Garbage(bytes) => self.handle(who, &bytes),
            Step::Mangled { at, byte } => {
                let mut bytes = self.clients[who].build(CHANNEL_BIND, &[peers(&self.desk, 0)]);
                let at = at % bytes.len();
                bytes[at] = byte;
                self.handle(who, &bytes);
            }
            Step::Pass(seconds) => {
                self.desk.now.ms += seconds * 1000;
                self.desk.now.unix_s += seconds;
                self.desk.server.handle_timeout(self.desk.now);
                assert!(self.desk.server.deadline().is_none_or(|at_ms| at_ms > self.desk.now.ms));
                self.drain();
            }
            Step::Disconnect => {
                self.desk.server.handle_disconnected(&self.clients[who].tuple.clone());
                self.drain();
            }
            Step::Bound { works } => self.bound(works),
            Step::AllocateTcp => self.ask(who, ALLOCATE, &[TCP]),
            Step::Connect { peer } => {
                let attributes = [peers(&self.desk, peer)];
                self.ask(who, CONNECT, &attributes);
            }
            Step::Connected { works } => {
                let Some(connection) = self.making.pop() else { return };
                if works {
                    self.open.push(connection);
                }
                let result = if works { Ok(()) } else { Err(ConnectFailed) };
                self.desk.server.handle_connected(self.desk.now, connection, result);
                self.drain();
            }
            Step::Accepted { peer } => {
                let Some(&id) = self.desk.server.by_client.get(&self.clients[who].tuple) else { return };
                let peer = peer_address(&self.desk, peer);
                self.open.extend(self.desk.server.handle_accepted(self.desk.now, id, peer));
                self.drain();
            }
            Step::Join { which } => {
                let Some(connection) = self.open.get(which) else { return };
                self.ask(who, CONNECTION_BIND, &[Attribute::ConnectionId(connection.0)]);
            }
            Step::Closed { which } => {
                if which < self.open.len() {
                    let connection = self.open.swap_remove(which);
                    self.desk.server.handle_closed(connection);
                    self.drain();
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_books_balance_whatever_happens(steps in prop::collection::vec(steps(), 0..120)) {
        let settings = Settings {
            allocations: 4,
            has_mobility: true,
            allocations_per_user: 2,
            permissions_per_allocation: 3,
            channels_per_allocation: 2,
            has_tcp_allocations: true,
            connections: 5,
            connections_per_allocation: 3,
            pending_connections_per_allocation: 2,
            ..Settings::default()
        };
        let desk = Desk::with(settings, false);
        let mut run = Run {
            desk,
            clients: clients(),
            waiting: Vec::new(),
            making: Vec::new(),
            open: Vec::new(),
            token: [0; 8],
            ticket: Vec::new(),
        };
        for (who, step) in steps {
            run.take(who, step);
            run.desk.server.assert_consistent();
            let sockets = run.desk.bound.len();
            let found = run.desk.server.by_relayed.len() + run.desk.server.by_listening.len();
            prop_assert_eq!(found, sockets, "no socket is forgotten");
            prop_assert!(run.open.iter().all(|it| run.desk.server.connections.has(*it)), "no connection is forgotten");
            prop_assert!(run.desk.server.connections.len() <= run.open.len() + run.making.len());
            let reserved = run.waiting.iter().filter(|it| matches!(it.2, Port::Reserved(_))).count();
            let kept = run.desk.kept.len();
            prop_assert!(kept >= run.desk.server.reservations.len());
            prop_assert!(kept <= run.desk.server.reservations.len() + reserved, "no kept port is forgotten");
        }
        run.take(0, Step::Pass(4000));
        run.desk.server.assert_consistent();
        prop_assert_eq!(run.desk.server.allocation_count(), 0);
        prop_assert!(run.desk.bound.is_empty() && run.open.is_empty());
    }
}
