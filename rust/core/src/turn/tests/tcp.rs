//! RFC 6062.

use super::*;

fn desk() -> Desk {
    Desk::with(Settings { has_tcp_allocations: true, shard: 3, ..Settings::default() }, true)
}

fn over_tls(username: &str, password: &str, from: &str) -> Client {
    Client::over(Transport::Tls, username, password, from)
}

/// Anna's control connection, with a TCP allocation.
fn anna(desk: &mut Desk) -> Client {
    let mut anna = over_tls("anna", "secret", "1.1.1.1:1000");
    assert_eq!(anna.code(desk, ALLOCATE, &[TCP]), 200);
    anna
}

/// A connection of hers for data.
fn second(desk: &mut Desk, port: u16) -> Client {
    let mut second = over_tls("anna", "secret", &format!("1.1.1.1:{port}"));
    second.ask(desk, CONNECTION_BIND, &[Attribute::ConnectionId(0)]);
    second
}

fn number(answer: &[u8]) -> u32 {
    match value(answer, kind::CONNECTION_ID) {
        Some(Attribute::ConnectionId(number)) => number,
        other => panic!("no CONNECTION-ID: {other:?}"),
    }
}

fn connected(desk: &mut Desk, anna: &mut Client, to: &str) -> (ConnectionId, u32) {
    assert_eq!(anna.ask(desk, CONNECT, &[peer(to)]), None, "the answer waits for the connection");
    let (connection, called) = *desk.connects.last().unwrap();
    assert_eq!(called, address(to));
    desk.server.handle_connected(desk.now, connection, Ok(()));
    desk.drain();
    let (client, answer) = desk.sent.pop().unwrap();
    assert_eq!((client, code(&answer)), (anna.tuple, 200));
    (connection, number(&answer))
}

fn join(desk: &mut Desk, client: &mut Client, number: u32) -> u16 {
    client.code(desk, CONNECTION_BIND, &[Attribute::ConnectionId(number)])
}

/// By a new connection of Anna's.
fn join_from(desk: &mut Desk, port: u16, number: u32) -> u16 {
    let mut data = second(desk, port);
    join(desk, &mut data, number)
}

fn accepted(desk: &mut Desk, id: AllocationId, from: &str) -> Option<ConnectionId> {
    let accepted = desk.server.handle_accepted(desk.now, id, address(from));
    desk.drain();
    accepted
}

#[test]
fn a_client_connects_to_a_peer_and_is_joined_to_it() {
    let mut desk = desk();
    let mut anna = anna(&mut desk);
    assert!(desk.events[0].is_tcp && desk.events[0].relayed[0].is_some());
    let (connection, number) = connected(&mut desk, &mut anna, PEER);
    assert_eq!(connection.shard(), 3);
    let mut data = second(&mut desk, 1001);
    let request = data.build(CONNECTION_BIND, &[Attribute::ConnectionId(number)]);
    assert_eq!(connection_to_join(&request), Some(connection));
    let (handled, _) = desk.handle(&data.tuple, &request);
    assert_eq!(handled, Handled::Join(connection));
    assert_eq!(code(&desk.sent.pop().unwrap().1), 200);
    assert!(desk.server.may_carry(desk.now, connection, Direction::ToPeer, 1000));
    assert!(desk.server.may_carry(desk.now, connection, Direction::ToClient, 10));
    let traffic = desk.server.status().next().unwrap().traffic;
    assert_eq!((traffic.bytes_to_peers, traffic.bytes_to_client), (1000, 10));
    // It outlasts the time to join, and ends with either side.
    desk.pass(60);
    assert!(desk.closed.is_empty());
    desk.server.assert_consistent();
    desk.server.handle_closed(connection);
    assert!(!desk.server.may_carry(desk.now, connection, Direction::ToPeer, 1));
    assert_eq!((desk.server.counters().connections_made, desk.server.counters().connections_joined), (1, 1));
    desk.server.assert_consistent();
    connected(&mut desk, &mut anna, PEER);
}

#[test]
fn a_peer_with_permission_is_announced_and_joined() {
    let mut desk = desk();
    let mut anna = anna(&mut desk);
    let id = desk.id_of(&anna);
    assert_eq!(accepted(&mut desk, id, PEER), None, "without permission");
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    let connection = accepted(&mut desk, id, PEER).unwrap();
    let (client, bytes) = desk.sent.pop().unwrap();
    let message = Message::parse(&bytes).unwrap();
    assert_eq!((message.class(), message.method()), (Class::Indication, CONNECTION_ATTEMPT));
    assert_eq!((client, value(&bytes, kind::XOR_PEER_ADDRESS)), (anna.tuple, Some(peer(PEER))));
    assert_eq!(accepted(&mut desk, id, PEER), None, "the same twice");
    assert_eq!(join_from(&mut desk, 1001, number(&bytes)), 200);
    assert!(desk.server.may_carry(desk.now, connection, Direction::ToClient, 1));
    desk.pass(300);
    assert_eq!(accepted(&mut desk, id, "8.8.8.8:5001"), None, "the permission has ended");
    assert!(desk.closed.is_empty());
}

#[test]
fn an_allocate_for_tcp_asks_for_nothing_of_udp() {
    let even = Attribute::EvenPort([0]);
    for (transport, attributes, expected) in [
        (Transport::Udp, vec![TCP], 400),
        (Transport::Tcp, vec![TCP], 200),
        (Transport::Tcp, vec![TCP, even.clone()], 400),
        (Transport::Tcp, vec![TCP, Attribute::ReservationToken([1; 8])], 400),
        (Transport::Tcp, vec![Attribute::RequestedTransport([132, 0, 0, 0])], 442),
        (Transport::Tcp, vec![UDP], 200),
    ] {
        let mut desk = desk();
        let mut anna = Client::over(transport, "anna", "secret", "1.1.1.1:1000");
        assert_eq!(anna.code(&mut desk, ALLOCATE, &attributes), expected, "{attributes:?}");
        desk.server.assert_consistent();
    }
    let mut settings = Settings { has_tcp_allocations: true, ..Settings::default() };
    settings.can_set_df = true;
    let mut anna = over_tls("anna", "secret", "1.1.1.1:1000");
    let df = Attribute::DontFragment(());
    assert_eq!(anna.code(&mut Desk::with(settings, false), ALLOCATE, &[TCP, df]), 400);
}

#[test]
fn without_the_setting_there_is_no_tcp() {
    let mut desk = Desk::new();
    let mut anna = over_tls("anna", "secret", "1.1.1.1:1000");
    assert_eq!(anna.code(&mut desk, ALLOCATE, &[TCP]), 442);
    for method in [CONNECT, CONNECTION_BIND] {
        let bytes = anna.build(method, &[peer(PEER), Attribute::ConnectionId(1)]);
        assert_eq!(dropped(desk.handle(&anna.tuple, &bytes)), Dropped::NotServed);
    }
}

#[test]
fn the_mechanisms_of_udp_are_not_for_tcp_and_the_other_way_round() {
    let mut desk = desk();
    let mut anna = anna(&mut desk);
    let relayed = desk.relayed(&anna);
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    assert_eq!(anna.bind(&mut desk, 0x4000, PEER), 403);
    let bytes = anna.send_indication(PEER, b"x", &[]);
    assert_eq!(dropped(desk.handle(&anna.tuple, &bytes)), Dropped::NoAllocation);
    let mut berta = over_tls("berta", "other secret", "2.2.2.2:2000");
    berta.allocate(&mut desk);
    assert_eq!(berta.code(&mut desk, CONNECT, &[peer(PEER)]), 437);
    let id = desk.id_of(&berta);
    assert_eq!(berta.permit(&mut desk, PEER), 200);
    assert_eq!(accepted(&mut desk, id, PEER), None);
    // Datagrams to a TCP allocation's address find nobody, though both have permission.
    assert_eq!(anna.permit(&mut desk, "9.9.9.9:1"), 200);
    assert_eq!(berta.permit(&mut desk, "9.9.9.9:1"), 200);
    let (handled, _) = desk.handle(&berta.tuple, &berta.send_indication(&relayed.to_string(), b"x", &[]));
    assert!(matches!(handled, Handled::ToSibling(_)), "{handled:?}");
}

#[test]
fn udp_and_tcp_may_have_the_same_port() {
    let mut desk = desk();
    let mut anna = anna(&mut desk);
    desk.next_port -= 2;
    let mut berta = Client::berta();
    berta.allocate(&mut desk);
    assert_eq!(desk.relayed(&anna), desk.relayed(&berta));
    desk.server.assert_consistent();
    assert_eq!(anna.code(&mut desk, REFRESH, &[Attribute::Lifetime(0)]), 200);
    desk.server.assert_consistent();
    assert_eq!(berta.permit(&mut desk, PEER), 200);
    let id = desk.id_of(&berta);
    assert!(desk.datagram(id, PEER, b"x").is_ok());
}

#[test]
fn a_peer_is_connected_to_once() {
    let mut desk = desk();
    let mut anna = anna(&mut desk);
    assert_eq!(anna.ask(&mut desk, CONNECT, &[peer(PEER)]), None);
    assert_eq!(anna.code(&mut desk, CONNECT, &[peer(PEER)]), 446, "while it is being made");
    let connection = desk.connects[0].0;
    desk.server.handle_connected(desk.now, connection, Ok(()));
    desk.drain();
    let number = number(&desk.sent.pop().unwrap().1);
    assert_eq!(anna.code(&mut desk, CONNECT, &[peer(PEER)]), 446, "while it waits");
    assert_eq!(join_from(&mut desk, 1001, number), 200);
    assert_eq!(anna.code(&mut desk, CONNECT, &[peer(PEER)]), 446, "while it is open");
    assert_eq!(desk.connects.len(), 1);
}

#[test]
fn a_connect_that_cannot_be_is_refused_with_the_code_of_the_book() {
    let mut desk = desk();
    let mut anna = anna(&mut desk);
    assert_eq!(anna.code(&mut desk, CONNECT, &[]), 400);
    assert_eq!(anna.code(&mut desk, CONNECT, &[peer("8.8.8.8:0")]), 400);
    for denied in ["127.0.0.1:22", "10.0.0.1:80", "169.254.169.254:80", SERVER, "9.9.9.9:22"] {
        assert_eq!(anna.code(&mut desk, CONNECT, &[peer(denied)]), 403, "{denied}");
    }
    let own = desk.relayed(&anna).to_string();
    assert_eq!(anna.code(&mut desk, CONNECT, &[peer(&own)]), 403, "itself");
    assert_eq!(anna.code(&mut desk, CONNECT, &[peer("[2a00::1]:1")]), 443);
    let mut nobody = second(&mut desk, 1001);
    assert_eq!(nobody.code(&mut desk, CONNECT, &[peer(PEER)]), 437);
    assert_eq!(anna.ask(&mut desk, CONNECT, &[peer(PEER)]), None);
    desk.server.handle_connected(desk.now, desk.connects[0].0, Err(ConnectFailed));
    desk.drain();
    assert_eq!(code(&desk.sent.pop().unwrap().1), 447);
    assert!(desk.connects.len() == 1 && desk.closed.is_empty());
    desk.server.assert_consistent();
    assert_eq!(desk.server.counters().connections_refused, 10);
}

#[test]
fn of_our_own_addresses_only_what_is_relayed_is_connected_to() {
    let mut desk = desk();
    let mut anna = anna(&mut desk);
    let mut berta = over_tls("berta", "other secret", "2.2.2.2:2000");
    assert_eq!(berta.code(&mut desk, ALLOCATE, &[TCP]), 200);
    let of_berta = desk.relayed(&berta).to_string();
    connected(&mut desk, &mut anna, &of_berta);
    assert_eq!(berta.code(&mut desk, REFRESH, &[Attribute::Lifetime(0)]), 200);
    desk.server.handle_closed(desk.connects[0].0);
    assert_eq!(anna.code(&mut desk, CONNECT, &[peer(&of_berta)]), 403, "who knows what listens there now");
}

#[test]
fn what_is_not_made_within_30_s_is_447_and_what_is_not_joined_is_closed() {
    let mut desk = desk();
    let mut anna = anna(&mut desk);
    anna.ask(&mut desk, CONNECT, &[peer(PEER)]);
    desk.pass(29);
    assert!(desk.sent.is_empty());
    desk.pass(1);
    let connection = desk.connects[0].0;
    assert_eq!((code(&desk.sent.pop().unwrap().1), &desk.closed[..]), (447, &[connection][..]));
    // The driver comes too late, and has to close it once more.
    desk.server.handle_connected(desk.now, connection, Ok(()));
    desk.drain();
    assert_eq!((desk.closed.len(), desk.sent.len()), (2, 0));

    let (connection, number) = connected(&mut desk, &mut anna, PEER);
    let mut data = second(&mut desk, 1001);
    desk.pass(29);
    assert_eq!(desk.closed.len(), 2);
    desk.pass(1);
    assert_eq!(desk.closed.last(), Some(&connection));
    assert_eq!(join(&mut desk, &mut data, number), 400);
    desk.server.assert_consistent();
}

#[test]
fn a_connection_is_joined_by_its_user_once_and_when_it_is_there() {
    let mut desk = desk();
    let mut anna = anna(&mut desk);
    anna.ask(&mut desk, CONNECT, &[peer(PEER)]);
    let (connection, _) = desk.connects[0];
    let mut data = second(&mut desk, 1001);
    assert_eq!(join(&mut desk, &mut data, connection.0), 400, "before it is made");
    desk.server.handle_connected(desk.now, connection, Ok(()));
    desk.drain();
    let number = number(&desk.sent.pop().unwrap().1);
    let mut berta = over_tls("berta", "other secret", "2.2.2.2:2000");
    assert_eq!(join(&mut desk, &mut berta, number), 400, "another user's");
    assert_eq!(join(&mut desk, &mut anna, number), 400, "by the control connection");
    assert_eq!(join(&mut desk, &mut data, number ^ 1), 400);
    assert_eq!(data.code(&mut desk, CONNECTION_BIND, &[]), 400);
    let mut datagram = Client::new("anna", "secret", "1.1.1.1:1002");
    assert_eq!(join(&mut desk, &mut datagram, number), 400, "over UDP");
    let mut wrong = over_tls("anna", "wrong", "1.1.1.1:1003");
    assert_eq!(join(&mut desk, &mut wrong, number), 401);
    assert_eq!(join(&mut desk, &mut data, number), 200);
    assert_eq!(join_from(&mut desk, 1004, number), 400, "twice");
    assert!(desk.server.may_carry(desk.now, connection, Direction::ToPeer, 1));
}

#[test]
fn a_time_limited_name_joins_what_it_allocated_also_past_its_end() {
    let mut desk = desk();
    let username = "1700000060:carla";
    let password = time_limited_password(b"north", username);
    let mut carla = over_tls(username, &password, "3.3.3.3:1");
    assert_eq!(carla.code(&mut desk, ALLOCATE, &[TCP]), 200);
    desk.pass(120);
    let (_, number) = connected(&mut desk, &mut carla, PEER);
    let mut data = over_tls(username, &password, "3.3.3.3:2");
    assert_eq!(join(&mut desk, &mut data, number), 200);
    let mut late = over_tls(username, &password, "3.3.3.3:3");
    assert_eq!(late.code(&mut desk, ALLOCATE, &[TCP]), 401);
}

#[test]
fn with_the_allocation_its_connections_end() {
    for how in 0..4 {
        let mut desk = desk();
        let mut anna = anna(&mut desk);
        let (first, number) = connected(&mut desk, &mut anna, PEER);
        let mut data = second(&mut desk, 1001);
        assert_eq!(join(&mut desk, &mut data, number), 200);
        let (waiting, _) = connected(&mut desk, &mut anna, "8.8.8.8:5001");
        anna.ask(&mut desk, CONNECT, &[peer("8.8.8.8:5002")]);
        let making = desk.connects[2].0;
        match how {
            0 => assert_eq!(anna.code(&mut desk, REFRESH, &[Attribute::Lifetime(0)]), 200),
            1 => desk.server.handle_disconnected(&anna.tuple),
            2 => desk.server.revoke(desk.id_of(&anna)),
            _ => desk.pass(600),
        }
        desk.drain();
        desk.closed.sort();
        let mut all = [first, waiting, making];
        all.sort();
        assert_eq!(desk.closed, all, "{how}");
        assert!(desk.bound.is_empty());
        desk.server.assert_consistent();
        assert_eq!(desk.server.deadline(), None);
    }
}

#[test]
fn connections_are_bounded_and_a_flood_of_peers_leaves_nothing() {
    let settings = Settings {
        has_tcp_allocations: true,
        connections: 7,
        connections_per_allocation: 5,
        pending_connections_per_allocation: 2,
        ..Settings::default()
    };
    let mut desk = Desk::with(settings, false);
    let mut anna = anna(&mut desk);
    let id = desk.id_of(&anna);
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    let flood = |desk: &mut Desk, id| {
        (1..1000).filter_map(|port| accepted(desk, id, &format!("8.8.8.8:{port}"))).count()
    };
    assert_eq!(flood(&mut desk, id), 2, "pending");
    assert_eq!(anna.code(&mut desk, CONNECT, &[peer("8.8.8.8:9000")]), 508);
    desk.pass(30);
    assert_eq!(desk.closed.len(), 2);
    for port in 1..=5 {
        let (_, number) = connected(&mut desk, &mut anna, &format!("8.8.8.8:{port}"));
        assert_eq!(join_from(&mut desk, 2000 + port, number), 200);
    }
    assert_eq!(anna.code(&mut desk, CONNECT, &[peer("8.8.8.8:9000")]), 508, "of the allocation");
    let mut berta = over_tls("berta", "other secret", "2.2.2.2:2000");
    assert_eq!(berta.code(&mut desk, ALLOCATE, &[TCP]), 200);
    connected(&mut desk, &mut berta, "8.8.8.8:1");
    connected(&mut desk, &mut berta, "8.8.8.8:2");
    let mut third = over_tls("berta", "other secret", "2.2.2.2:2001");
    assert_eq!(third.code(&mut desk, ALLOCATE, &[TCP]), 200);
    assert_eq!(third.code(&mut desk, CONNECT, &[peer("8.8.8.8:1")]), 508, "in all");
    desk.server.assert_consistent();
}

#[test]
fn bytes_of_connections_are_within_the_rate() {
    let rate = crate::budget::Rate { bytes_per_s: Some(1000), burst: 2000 };
    let settings = Settings { has_tcp_allocations: true, user_rate: rate, ..Settings::default() };
    let mut desk = Desk::with(settings, false);
    let mut anna = anna(&mut desk);
    let (connection, number) = connected(&mut desk, &mut anna, PEER);
    assert!(!desk.server.may_carry(desk.now, connection, Direction::ToPeer, 1), "not joined yet");
    let mut data = second(&mut desk, 1001);
    assert_eq!(join(&mut desk, &mut data, number), 200);
    assert!(desk.server.may_carry(desk.now, connection, Direction::ToPeer, 2000));
    assert!(!desk.server.may_carry(desk.now, connection, Direction::ToClient, 1));
    desk.pass(1);
    assert!(desk.server.may_carry(desk.now, connection, Direction::ToClient, 1000));
}

#[test]
fn of_two_families_one_may_go_with_its_connections() {
    let mut desk = desk();
    let mut anna = over_tls("anna", "secret", "1.1.1.1:1000");
    let also_v6 = Attribute::AdditionalAddressFamily([2, 0, 0, 0]);
    assert_eq!(anna.code(&mut desk, ALLOCATE, &[TCP, also_v6]), 200);
    let (fourth, _) = connected(&mut desk, &mut anna, PEER);
    let (sixth, _) = connected(&mut desk, &mut anna, "[2a00::1]:1");
    let v6 = Attribute::RequestedAddressFamily([2, 0, 0, 0]);
    assert_eq!(anna.code(&mut desk, REFRESH, &[v6, Attribute::Lifetime(0)]), 200);
    assert_eq!(desk.closed, [sixth]);
    assert!(desk.server.connections.has(fourth));
    desk.server.assert_consistent();
}

#[test]
fn a_tcp_allocation_has_no_ticket() {
    let settings = Settings { has_tcp_allocations: true, has_mobility: true, ..Settings::default() };
    let mut desk = Desk::with(settings, false);
    let mut anna = over_tls("anna", "secret", "1.1.1.1:1000");
    anna.ask(&mut desk, ALLOCATE, &[TCP]);
    let answer = anna.ask(&mut desk, ALLOCATE, &[TCP, Attribute::MobilityTicket(&[])]).unwrap();
    assert_eq!((code(&answer), value(&answer, kind::MOBILITY_TICKET)), (200, None));
    desk.server.handle_disconnected(&anna.tuple);
    assert_eq!(desk.server.allocation_count(), 0);
}
