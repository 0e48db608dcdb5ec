//! RFC 8656 §9, §10 and §12: permissions and channels.

use super::*;

#[test]
fn a_permission_lets_an_address_in_for_five_minutes() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let id = anna.allocate(&mut desk);
    assert_eq!(desk.datagram(id, PEER, b"x"), Err(Dropped::NoPermission));
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    assert!(desk.datagram(id, "8.8.8.8:1", b"x").is_ok(), "the port does not matter");
    assert_eq!(desk.datagram(id, "8.8.8.9:5000", b"x"), Err(Dropped::NoPermission));
    desk.pass(299);
    assert!(desk.datagram(id, PEER, b"x").is_ok());
    desk.pass(1);
    assert_eq!(desk.datagram(id, PEER, b"x"), Err(Dropped::NoPermission));
}

#[test]
fn nothing_but_a_request_refreshes_a_permission() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let id = anna.allocate(&mut desk);
    assert_eq!(anna.bind(&mut desk, 0x4000, PEER), 200);
    desk.pass(200);
    let _ = desk.handle(&anna.tuple, &channel_data(0x4000, b"x"));
    let _ = desk.handle(&anna.tuple, &anna.send_indication(PEER, b"x", &[]));
    assert!(desk.datagram(id, PEER, b"x").is_ok());
    assert_eq!(anna.code(&mut desk, REFRESH, &[]), 200);
    desk.pass(100);
    assert_eq!(desk.datagram(id, PEER, b"x"), Err(Dropped::NoPermission));
    assert_eq!(dropped(desk.handle(&anna.tuple, &channel_data(0x4000, b"x"))), Dropped::NoPermission);
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    assert!(desk.datagram(id, PEER, b"x").is_ok());
    assert_eq!(to_peer(desk.handle(&anna.tuple, &channel_data(0x4000, b"x"))).0, address(PEER));
}

#[test]
fn one_request_may_permit_several_and_does_all_or_nothing() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let id = anna.allocate(&mut desk);
    assert_eq!(anna.code(&mut desk, CREATE_PERMISSION, &[peer("8.8.8.1:1"), peer("10.0.0.1:1")]), 403);
    assert_eq!(anna.code(&mut desk, CREATE_PERMISSION, &[peer("8.8.8.1:1"), peer("[2a00::1]:1")]), 443);
    assert_eq!(desk.datagram(id, "8.8.8.1:1", b"x"), Err(Dropped::NoPermission));
    assert_eq!(anna.code(&mut desk, CREATE_PERMISSION, &[peer("8.8.8.1:1"), peer("8.8.8.2:1")]), 200);
    assert!(desk.datagram(id, "8.8.8.1:1", b"x").is_ok() && desk.datagram(id, "8.8.8.2:1", b"x").is_ok());
    assert_eq!(anna.code(&mut desk, CREATE_PERMISSION, &[]), 400);
    let many: Vec<_> = (0..17).map(|last| peer(&format!("8.8.7.{last}:1"))).collect();
    assert_eq!(anna.code(&mut desk, CREATE_PERMISSION, &many), 508);
    assert_eq!(anna.code(&mut desk, CREATE_PERMISSION, &many[..16]), 200);
}

#[test]
fn a_channel_bind_needs_both_attributes_and_a_number_in_range() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    let number = |number| Attribute::ChannelNumber(ChannelNumber(number));
    assert_eq!(anna.code(&mut desk, CHANNEL_BIND, &[number(0x4000)]), 400);
    assert_eq!(anna.code(&mut desk, CHANNEL_BIND, &[peer(PEER)]), 400);
    for (number, port, expected) in [
        (0x3FFF, 1, 400),
        (0x4000, 2, 200),
        (0x4FFF, 3, 200),
        (0x5000, 4, 200),
        (0x7FFF, 5, 200),
        (0x8000, 6, 400),
        (0xFFFF, 7, 400),
        (0x0000, 8, 400),
    ] {
        assert_eq!(anna.bind(&mut desk, number, &format!("8.8.8.8:{port}")), expected, "{number:#x}");
    }
    assert_eq!(anna.bind(&mut desk, 0x4001, "[2a00::1]:1"), 443);
}

#[test]
fn by_the_book_channels_end_at_4fff() {
    let mut desk = Desk::with(Settings { last_channel: 0x4FFF, ..Settings::default() }, false);
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    assert_eq!(anna.bind(&mut desk, 0x4FFF, "8.8.8.8:1"), 200);
    assert_eq!(anna.bind(&mut desk, 0x5000, "8.8.8.8:2"), 400);
}

#[test]
fn a_channel_is_one_peer_and_a_peer_one_channel() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    assert_eq!(anna.bind(&mut desk, 0x4000, PEER), 200);
    assert_eq!(anna.bind(&mut desk, 0x4000, "8.8.8.8:5001"), 400);
    assert_eq!(anna.bind(&mut desk, 0x4001, PEER), 400);
    assert_eq!(anna.bind(&mut desk, 0x4001, "8.8.8.8:5001"), 200);
    // Two channels crossed over is neither's renewal.
    assert_eq!(anna.bind(&mut desk, 0x4001, PEER), 400);
    assert_eq!(anna.bind(&mut desk, 0x4000, PEER), 200);
    let (to, data) = to_peer(desk.handle(&anna.tuple, &channel_data(0x4000, b"still here")));
    assert_eq!((to, &data[..]), (address(PEER), &b"still here"[..]));
}

#[test]
fn a_channel_lasts_ten_minutes_and_is_renewed_by_binding() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    assert_eq!(anna.code(&mut desk, ALLOCATE, &[UDP, Attribute::Lifetime(3600)]), 200);
    assert_eq!(anna.bind(&mut desk, 0x4000, PEER), 200);
    desk.pass(500);
    assert_eq!(anna.bind(&mut desk, 0x4000, PEER), 200);
    desk.pass(599);
    anna.nonce.clear();
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    assert_eq!(to_peer(desk.handle(&anna.tuple, &channel_data(0x4000, b"x"))).0, address(PEER));
    desk.pass(1);
    assert_eq!(dropped(desk.handle(&anna.tuple, &channel_data(0x4000, b"x"))), Dropped::NoChannel);
    let id = desk.id_of(&anna);
    let (_, bytes) = desk.datagram(id, PEER, b"x").unwrap();
    assert_eq!(Message::parse(&bytes).unwrap().method(), DATA, "without a channel by indication");
    assert_eq!(anna.bind(&mut desk, 0x4000, "8.8.8.8:5001"), 200);
}

#[test]
fn permissions_and_channels_have_a_bound_each() {
    let settings =
        Settings { permissions_per_allocation: 4, channels_per_allocation: 2, ..Settings::default() };
    let mut desk = Desk::with(settings, false);
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    for (number, expected) in [(0x4000, 200), (0x4001, 200), (0x4002, 508), (0x4000, 200)] {
        assert_eq!(anna.bind(&mut desk, number, &format!("8.8.8.{}:1", number & 0xFF)), expected);
    }
    for (last, expected) in [(2, 200), (3, 200), (4, 508), (3, 200), (0, 200)] {
        assert_eq!(anna.permit(&mut desk, &format!("8.8.8.{last}:1")), expected);
    }
    desk.pass(300);
    assert_eq!(anna.permit(&mut desk, "8.8.8.4:1"), 200, "what has expired makes room");
}
