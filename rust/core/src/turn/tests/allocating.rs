//! RFC 8656 §7 and §8.

use super::*;

const V6: Attribute<'static> = Attribute::RequestedAddressFamily([2, 0, 0, 0]);
const ALSO_V6: Attribute<'static> = Attribute::AdditionalAddressFamily([2, 0, 0, 0]);

fn relayed(answer: &[u8]) -> Vec<SocketAddr> {
    let message = Message::parse(answer).unwrap();
    let id = message.transaction_id();
    let all = message.attributes().filter(|raw| raw.kind == kind::XOR_RELAYED_ADDRESS);
    all.map(|raw| match raw.decode(&id) {
        Ok(Attribute::XorRelayedAddress(it)) => it.0,
        other => panic!("{other:?}"),
    })
    .collect()
}

#[test]
fn an_allocation_says_where_it_is_and_how_long() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let answer = anna.ask(&mut desk, ALLOCATE, &[UDP]).unwrap();
    assert_eq!(relayed(&answer), [desk.relayed(&anna)]);
    assert_eq!(value(&answer, kind::LIFETIME), Some(Attribute::Lifetime(600)));
    let mapped = Attribute::XorMappedAddress(XorMappedAddress(address("1.1.1.1:1000")));
    assert_eq!(value(&answer, kind::XOR_MAPPED_ADDRESS), Some(mapped));
    assert_eq!(value(&answer, kind::RESERVATION_TOKEN), None);
    assert_eq!(desk.binds, [(Family::V4, Port::Any)]);
    assert_eq!(desk.events[0].what, What::Made);
}

#[test]
fn what_is_asked_for_wrongly_is_refused_with_the_code_of_the_book() {
    let even = |reserve| Attribute::EvenPort([if reserve { 0x80 } else { 0 }]);
    let token = || Attribute::ReservationToken([1; 8]);
    for (attributes, expected) in [
        (vec![], 400),
        (vec![Attribute::RequestedTransport([6, 0, 0, 0])], 442),
        (vec![UDP, V6, ALSO_V6], 400),
        (vec![UDP, Attribute::AdditionalAddressFamily([1, 0, 0, 0])], 400),
        (vec![UDP, Attribute::RequestedAddressFamily([3, 0, 0, 0])], 440),
        (vec![UDP, even(true), ALSO_V6], 400),
        (vec![UDP, token(), even(false)], 400),
        (vec![UDP, token(), V6], 400),
        (vec![UDP, token(), ALSO_V6], 400),
        (vec![UDP, token()], 508),
        (vec![UDP, Attribute::DontFragment(())], 420),
        (vec![UDP, Attribute::Unknown(0x0003, &[0; 4])], 420),
        (vec![UDP, Attribute::UseCandidate(())], 420),
        (vec![UDP, even(false)], 200),
        (vec![UDP, V6], 200),
    ] {
        let mut desk = Desk::new();
        assert_eq!(Client::anna().code(&mut desk, ALLOCATE, &attributes), expected, "{attributes:?}");
        assert_eq!(desk.server.allocation_count(), usize::from(expected == 200));
    }
}

#[test]
fn unknown_attributes_are_named() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let unknown =
        [UDP, Attribute::DontFragment(()), Attribute::Unknown(0x0003, &[]), Attribute::Unknown(0x8888, &[])];
    let answer = anna.ask(&mut desk, ALLOCATE, &unknown).unwrap();
    let named = value(&answer, kind::UNKNOWN_ATTRIBUTES).unwrap();
    assert!(matches!(named, Attribute::UnknownAttributes(kinds) if kinds.iter().eq([0x0003, 0x001A])));
}

#[test]
fn a_family_that_is_not_served_is_440() {
    let settings = Settings { has_ipv6: false, ..Settings::default() };
    let mut desk = Desk::with(settings, false);
    assert_eq!(Client::anna().code(&mut desk, ALLOCATE, &[UDP, V6]), 440);
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let answer = anna.ask(&mut desk, ALLOCATE, &[UDP, ALSO_V6]).unwrap();
    assert_eq!(relayed(&answer), [desk.relayed(&anna)]);
    let error = Attribute::AddressErrorCode([2, 0, 4, 40]);
    assert_eq!(value(&answer, kind::ADDRESS_ERROR_CODE), Some(error));
}

#[test]
fn two_families_come_together_and_one_may_go() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let answer = anna.ask(&mut desk, ALLOCATE, &[UDP, ALSO_V6]).unwrap();
    let both = relayed(&answer);
    assert!(both.len() == 2 && both[0].is_ipv4() && both[1].is_ipv6());
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    assert_eq!(anna.permit(&mut desk, "[2a00::1]:1"), 200);
    assert_eq!(anna.code(&mut desk, REFRESH, &[V6, Attribute::Lifetime(0)]), 200);
    assert_eq!(desk.bound.len(), 1);
    assert_eq!(anna.permit(&mut desk, "[2a00::1]:1"), 443);
    assert_eq!(anna.code(&mut desk, REFRESH, &[V6]), 443);
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    let id = desk.id_of(&anna);
    assert!(desk.datagram(id, PEER, b"x").is_ok());
}

#[test]
fn a_retransmission_is_answered_the_same_and_another_allocate_is_437() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let request = anna.build(ALLOCATE, &[UDP, Attribute::EvenPort([0x80])]);
    let first = anna.ask_bytes(&mut desk, &request).unwrap();
    desk.pass(8);
    assert_eq!(anna.ask_bytes(&mut desk, &request).unwrap(), first);
    assert_eq!((desk.bound.len(), desk.binds.len()), (1, 1));
    assert_eq!(anna.code(&mut desk, ALLOCATE, &[UDP]), 437);
    // Much later it is a replay: no state changes, and no answer tells more than 437.
    desk.pass(40);
    assert_eq!(code(&anna.ask_bytes(&mut desk, &request).unwrap()), 437);
    assert_eq!(desk.bound.len(), 1);
}

#[test]
fn a_retransmission_before_the_socket_is_there_is_not_answered_twice() {
    let mut desk = Desk::new();
    desk.is_slow = true;
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let request = anna.build(ALLOCATE, &[UDP]);
    assert_eq!(anna.ask_bytes(&mut desk, &request), None);
    assert_eq!(dropped(desk.handle(&anna.tuple, &request)), Dropped::InProgress);
    let id = desk.id_of(&anna);
    desk.bind(id, Family::V4, Port::Any);
    desk.drain();
    assert_eq!(desk.sent.len(), 1);
    assert_eq!(code(&desk.sent[0].1), 200);
}

#[test]
fn a_socket_that_comes_too_late_is_released() {
    let mut desk = Desk::new();
    desk.is_slow = true;
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let id = desk.id_of(&anna);
    desk.pass(11);
    assert_eq!(desk.server.allocation_count(), 0);
    desk.bind(id, Family::V4, Port::EvenReserveNext([1; 8]));
    desk.drain();
    assert!(desk.bound.is_empty() && desk.kept.is_empty() && desk.events.is_empty());
}

#[test]
fn without_a_socket_it_is_508() {
    let mut desk = Desk::new();
    desk.broken = vec![Family::V4];
    assert_eq!(Client::anna().code(&mut desk, ALLOCATE, &[UDP]), 508);
    assert_eq!((desk.server.allocation_count(), desk.events.len()), (0, 0));
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let answer = anna.ask(&mut desk, ALLOCATE, &[UDP, ALSO_V6]).unwrap();
    assert!(relayed(&answer).len() == 1 && relayed(&answer)[0].is_ipv6());
    assert_eq!(value(&answer, kind::ADDRESS_ERROR_CODE), Some(Attribute::AddressErrorCode([1, 0, 5, 8])));
}

#[test]
fn a_reserved_port_is_for_the_same_user_once_and_for_30_s() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let answer = anna.ask(&mut desk, ALLOCATE, &[UDP, Attribute::EvenPort([0x80])]).unwrap();
    let Some(Attribute::ReservationToken(token)) = value(&answer, kind::RESERVATION_TOKEN) else {
        panic!("no token");
    };
    assert_eq!(desk.binds, [(Family::V4, Port::EvenReserveNext(token))]);
    let reserved = [UDP, Attribute::ReservationToken(token)];
    assert_eq!(Client::berta().code(&mut desk, ALLOCATE, &reserved), 508);
    let mut second = Client::new("anna", "secret", "1.1.1.1:1001");
    assert_eq!(second.code(&mut desk, ALLOCATE, &reserved), 200);
    assert_eq!(desk.binds.last(), Some(&(Family::V4, Port::Reserved(token))));
    let mut third = Client::new("anna", "secret", "1.1.1.1:1002");
    assert_eq!(third.code(&mut desk, ALLOCATE, &reserved), 508);

    let mut fourth = Client::new("anna", "secret", "1.1.1.1:1003");
    assert_eq!(fourth.code(&mut desk, ALLOCATE, &[UDP, Attribute::EvenPort([0x80])]), 200);
    assert_eq!(desk.kept.len(), 2);
    desk.pass(30);
    assert_eq!(desk.kept, [token], "the second was given back, the first is in use");
}

#[test]
fn lifetimes_are_kept_within_bounds() {
    for (asked, granted) in [(None, 600), (Some(1), 600), (Some(1200), 1200), (Some(u32::MAX), 3600)] {
        let mut desk = Desk::new();
        let mut anna = Client::anna();
        let attributes: Vec<_> = [UDP].into_iter().chain(asked.map(Attribute::Lifetime)).collect();
        anna.ask(&mut desk, ALLOCATE, &attributes);
        let answer = anna.ask(&mut desk, ALLOCATE, &attributes).unwrap();
        assert_eq!(value(&answer, kind::LIFETIME), Some(Attribute::Lifetime(granted)));
        let answer = anna.ask(&mut desk, REFRESH, &attributes[1..]).unwrap();
        assert_eq!(value(&answer, kind::LIFETIME), Some(Attribute::Lifetime(granted)));
        desk.pass(u64::from(granted) - 1);
        assert_eq!(desk.server.allocation_count(), 1);
        desk.pass(1);
        assert_eq!((desk.server.allocation_count(), desk.bound.len()), (0, 0));
        assert_eq!(desk.events.last().unwrap().what, What::Ended(Why::Expired));
        assert_eq!(desk.server.deadline(), None);
    }
}

#[test]
fn refresh_with_zero_deletes_and_a_second_one_is_437() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    let answer = anna.ask(&mut desk, REFRESH, &[Attribute::Lifetime(0)]).unwrap();
    assert_eq!(value(&answer, kind::LIFETIME), Some(Attribute::Lifetime(0)));
    assert!(desk.bound.is_empty());
    assert_eq!(desk.events.last().unwrap().what, What::Ended(Why::Deleted));
    assert_eq!(anna.code(&mut desk, REFRESH, &[Attribute::Lifetime(0)]), 437);
    assert_eq!(anna.permit(&mut desk, PEER), 437);
    assert_eq!(anna.bind(&mut desk, 0x4000, PEER), 437);
    anna.allocate(&mut desk);
}

#[test]
fn a_closed_connection_and_the_application_end_an_allocation() {
    let mut desk = Desk::new();
    let mut anna = Client::over(Transport::Tls, "anna", "secret", "1.1.1.1:1000");
    anna.allocate(&mut desk);
    desk.server.handle_disconnected(&anna.tuple);
    desk.drain();
    assert_eq!(desk.events.last().unwrap().what, What::Ended(Why::Disconnected));
    let id = anna.allocate(&mut desk);
    desk.server.revoke(id);
    desk.drain();
    assert_eq!(desk.events.last().unwrap().what, What::Ended(Why::Revoked));
    assert!(desk.bound.is_empty() && desk.server.status().next().is_none());
}

#[test]
fn the_transport_is_part_of_the_five_tuple() {
    let mut desk = Desk::new();
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        Client::over(transport, "anna", "secret", "1.1.1.1:1000").allocate(&mut desk);
    }
    let mut elsewhere = Client::anna();
    elsewhere.tuple = FiveTuple::new(address("1.1.1.1:1000"), address("9.9.9.9:443"), Transport::Udp);
    elsewhere.allocate(&mut desk);
    assert_eq!(desk.server.allocation_count(), 4);
}

#[test]
fn a_binding_request_is_answered_beside_the_relay() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let answer = anna.ask(&mut desk, 0x001, &[]).unwrap();
    let mapped = Attribute::XorMappedAddress(XorMappedAddress(address("1.1.1.1:1000")));
    assert_eq!(value(&answer, kind::XOR_MAPPED_ADDRESS), Some(mapped));
}
