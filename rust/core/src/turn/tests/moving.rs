//! RFC 8016.

use super::*;

fn ticket(answer: &[u8]) -> Option<Vec<u8>> {
    match value(answer, kind::MOBILITY_TICKET) {
        Some(Attribute::MobilityTicket(ticket)) => Some(ticket.to_vec()),
        _ => None,
    }
}

fn desk() -> Desk {
    Desk::with(Settings { has_mobility: true, ..Settings::default() }, false)
}

/// Anna over TLS with a ticket, a permission and a channel.
fn anna(desk: &mut Desk) -> (Client, Vec<u8>) {
    let mut anna = Client::over(Transport::Tls, "anna", "secret", "1.1.1.1:1000");
    anna.ask(desk, ALLOCATE, &[UDP]);
    let answer = anna.ask(desk, ALLOCATE, &[UDP, Attribute::MobilityTicket(&[])]).unwrap();
    assert_eq!(anna.bind(desk, 0x4000, PEER), 200);
    (anna, ticket(&answer).expect("a ticket"))
}

fn elsewhere(username: &str, password: &str, desk: &mut Desk) -> Client {
    let mut client = Client::new(username, password, "4.4.4.4:4000");
    client.ask(desk, REFRESH, &[]);
    client
}

#[test]
fn a_client_takes_its_allocation_along() {
    let mut desk = desk();
    let (anna, ticket_of_anna) = anna(&mut desk);
    let id = desk.id_of(&anna);
    desk.server.handle_disconnected(&anna.tuple);
    let mut moved = elsewhere("anna", "secret", &mut desk);
    let request = moved.build(REFRESH, &[Attribute::MobilityTicket(&ticket_of_anna)]);
    let answer = moved.ask_bytes(&mut desk, &request).unwrap();
    assert_eq!((code(&answer), desk.id_of(&moved)), (200, id));
    let next = ticket(&answer).expect("a new ticket");
    assert_ne!(next, ticket_of_anna);
    assert_eq!(ticket(&moved.ask_bytes(&mut desk, &request).unwrap()), Some(next.clone()), "sent again");
    assert!(desk.events.iter().any(|event| event.what == What::Moved));
    desk.server.assert_consistent();
    assert_eq!(desk.datagram(id, PEER, b"x").unwrap(), (moved.tuple, channel_data(0x4000, b"x")));
    assert_eq!(to_peer(desk.handle(&moved.tuple, &channel_data(0x4000, b"y"))).1, b"y");
    assert_eq!(dropped(desk.handle(&anna.tuple, &channel_data(0x4000, b"y"))), Dropped::NoAllocation);
    assert_eq!(moved.code(&mut desk, REFRESH, &[Attribute::MobilityTicket(&next)]), 200);
    assert_eq!(moved.code(&mut desk, REFRESH, &[Attribute::MobilityTicket(&ticket_of_anna)]), 400);
}

#[test]
fn a_ticket_is_good_for_its_user_once_and_while_the_allocation_lives() {
    let mut desk = desk();
    let (mut anna, held) = anna(&mut desk);
    let take = |desk: &mut Desk, username, password, ticket: &[u8]| {
        elsewhere(username, password, desk).code(desk, REFRESH, &[Attribute::MobilityTicket(ticket)])
    };
    assert_eq!(take(&mut desk, "berta", "other secret", &held), 441);
    let mut forged = held.clone();
    forged[23] ^= 1;
    for wrong in [&forged[..], &held[..23], &[]] {
        assert_eq!(take(&mut desk, "anna", "secret", wrong), 400);
    }
    assert_eq!(anna.code(&mut desk, REFRESH, &[Attribute::Lifetime(0)]), 200);
    assert_eq!(take(&mut desk, "anna", "secret", &held), 400);
    assert_eq!(desk.server.allocation_count(), 0);
}

#[test]
fn whoever_gets_the_address_of_a_client_that_is_away_gets_nothing_else_of_it() {
    let mut desk = desk();
    let (anna, held) = anna(&mut desk);
    let id = desk.id_of(&anna);
    desk.server.handle_disconnected(&anna.tuple);
    desk.server.assert_consistent();
    // Behind the same NAT, another user is given the port that has become free.
    let mut berta = Client { tuple: anna.tuple, ..Client::berta() };
    assert_eq!(desk.datagram(id, PEER, b"for anna"), Err(Dropped::NoAllocation));
    let icmp = Icmp { kind: 3, code: 3, data: [0; 4] };
    desk.server.handle_icmp(desk.now, id, address(PEER), icmp);
    assert_eq!(desk.server.poll_output(), None);
    assert_eq!(dropped(desk.handle(&berta.tuple, &channel_data(0x4000, b"x"))), Dropped::NoAllocation);
    let of_berta = berta.allocate(&mut desk);
    desk.server.assert_consistent();
    // Both go on, and the end of one is not that of the other.
    let mut moved = elsewhere("anna", "secret", &mut desk);
    assert_eq!(moved.code(&mut desk, REFRESH, &[Attribute::MobilityTicket(&held)]), 200);
    assert_eq!((desk.id_of(&moved), desk.id_of(&berta)), (id, of_berta));
    assert_eq!(moved.code(&mut desk, REFRESH, &[Attribute::Lifetime(0)]), 200);
    assert_eq!(desk.id_of(&berta), of_berta);
    desk.server.assert_consistent();
}

#[test]
fn a_move_that_is_refused_moves_nothing() {
    let settings = Settings { has_mobility: true, allocations_per_address: 1, ..Settings::default() };
    let mut desk = Desk::with(settings, false);
    let (anna, held) = anna(&mut desk);
    let id = desk.id_of(&anna);
    let ticket = || Attribute::MobilityTicket(&held);
    let mut moved = elsewhere("anna", "secret", &mut desk);
    let v6 = Attribute::RequestedAddressFamily([2, 0, 0, 0]);
    assert_eq!(moved.code(&mut desk, REFRESH, &[ticket(), v6]), 443);
    assert_eq!((desk.id_of(&anna), desk.server.allocation_count()), (id, 1));
    // The quota of an address is not in the way of who has the allocation that fills it.
    let mut beside = Client::new("anna", "secret", "1.1.1.1:2000");
    beside.ask(&mut desk, REFRESH, &[]);
    assert_eq!(beside.code(&mut desk, REFRESH, &[ticket()]), 200);
    assert_eq!(desk.id_of(&beside), id);
    desk.server.assert_consistent();
}

#[test]
fn without_the_setting_a_ticket_is_an_unknown_optional_attribute() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let answer = anna.ask(&mut desk, ALLOCATE, &[UDP, Attribute::MobilityTicket(&[])]).unwrap();
    assert_eq!((code(&answer), ticket(&answer)), (200, None));
    let mut moved = elsewhere("anna", "secret", &mut desk);
    assert_eq!(moved.code(&mut desk, REFRESH, &[Attribute::MobilityTicket(&[0; 24])]), 437);
}
