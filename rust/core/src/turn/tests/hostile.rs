//! What an attacker would try.

use super::*;

#[test]
fn private_and_own_addresses_are_403() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    for denied in
        ["127.0.0.1:22", "10.0.0.1:80", "169.254.169.254:80", "224.0.0.1:1", "255.255.255.255:1", "0.0.0.0:1"]
    {
        assert_eq!(anna.permit(&mut desk, denied), 403, "{denied}");
        assert_eq!(anna.bind(&mut desk, 0x4000, denied), 403, "{denied}");
        let bytes = anna.send_indication(denied, b"x", &[]);
        assert_eq!(dropped(desk.handle(&anna.tuple, &bytes)), Dropped::NoPermission);
    }
    assert_eq!(desk.server.counters().peers_denied, 12);

    let mut sixth = Client::new("anna", "secret", "[2a00::7]:1");
    let family = Attribute::RequestedAddressFamily([2, 0, 0, 0]);
    assert_eq!(sixth.code(&mut desk, ALLOCATE, &[UDP, family]), 200);
    for denied in
        ["[::1]:22", "[::ffff:10.0.0.1]:1", "[::ffff:127.0.0.1]:1", "[fe80::1]:1", "[64:ff9b::a00:1]:1"]
    {
        assert_eq!(sixth.permit(&mut desk, denied), 403, "{denied}");
    }
}

#[test]
fn on_the_relays_own_address_nothing_but_relayed_addresses_is_reached() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    assert_eq!(anna.permit(&mut desk, "9.9.9.9:1"), 200);
    for service in [SERVER, "9.9.9.9:22", "9.9.9.9:53"] {
        let (handled, _) = desk.handle(&anna.tuple, &anna.send_indication(service, b"x", &[]));
        assert!(!matches!(handled, Handled::ToPeer(_)), "{service}: {handled:?}");
    }
}

#[test]
fn a_configured_address_opens_all_but_the_control_ports() {
    let mut settings = Settings::default();
    settings.peers.allowed.push(Network::new(address("9.9.9.9:1").ip(), 32).unwrap());
    let mut desk = Desk::with(settings, false);
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    assert_eq!(anna.bind(&mut desk, 0x4000, SERVER), 403);
    assert_eq!(anna.permit(&mut desk, "9.9.9.9:1"), 200);
    assert_eq!(dropped(desk.handle(&anna.tuple, &anna.send_indication(SERVER, b"x", &[]))), Dropped::Denied);
    assert_eq!(to_peer(desk.handle(&anna.tuple, &anna.send_indication("9.9.9.9:53", b"x", &[]))).1, b"x");
}

#[test]
fn a_spoofed_source_gets_a_challenge_it_never_sees_and_leaves_nothing() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    let before = desk.server.allocation_count();
    // The victim's address, a stolen nonce, even the right password: the nonce is bound to another address.
    let mut spoofed = Client { nonce: anna.nonce.clone(), ..Client::new("anna", "secret", "5.5.5.5:5") };
    assert_eq!(spoofed.code(&mut desk, ALLOCATE, &[UDP]), 438);
    assert_eq!(desk.server.allocation_count(), before);
    for bytes in [channel_data(0x4000, b"x"), spoofed.send_indication(PEER, b"x", &[])] {
        assert_eq!(dropped(desk.handle(&spoofed.tuple, &bytes)), Dropped::NoAllocation);
    }
}

#[test]
fn an_old_allocate_replayed_changes_nothing() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let recorded = anna.build(ALLOCATE, &[UDP]);
    assert_eq!(code(&anna.ask_bytes(&mut desk, &recorded).unwrap()), 200);
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    let id = desk.id_of(&anna);
    for _ in 0..100 {
        assert_eq!(code(&anna.ask_bytes(&mut desk, &recorded).unwrap()), 200);
    }
    assert!(desk.datagram(id, PEER, b"x").is_ok());
    assert_eq!((desk.server.allocation_count(), desk.id_of(&anna)), (1, id));
    // From elsewhere, and after the nonce's end, it is nothing but a stranger's request.
    let elsewhere = FiveTuple::new(address("6.6.6.6:6"), address(SERVER), Transport::Udp);
    let _ = desk.handle(&elsewhere, &recorded);
    assert_eq!(code(&desk.sent.pop().unwrap().1), 438);
    desk.pass(700);
    assert_eq!(desk.server.allocation_count(), 0);
    assert_eq!(code(&anna.ask_bytes(&mut desk, &recorded).unwrap()), 438);
    assert_eq!(desk.server.allocation_count(), 0);
}

#[test]
fn a_flood_of_allocations_meets_quotas_then_the_cap_and_memory_comes_back() {
    let settings = Settings {
        allocations: 50,
        allocations_per_user: 30,
        allocations_per_address: 20,
        ..Settings::default()
    };
    let mut desk = Desk::with(settings, false);
    let mut codes = HashMap::<u16, usize>::new();
    let mut flood = |desk: &mut Desk, username: &str, password: &str, host: &str| {
        for port in 1..=100_u16 {
            let mut client = Client::over(Transport::Tcp, username, password, &format!("{host}:{port}"));
            *codes.entry(client.code(desk, ALLOCATE, &[UDP])).or_default() += 1;
        }
        std::mem::take(&mut codes)
    };
    let of = |codes: &HashMap<u16, usize>, code| codes.get(&code).copied().unwrap_or(0);
    let first = flood(&mut desk, "anna", "secret", "1.1.1.1");
    assert_eq!((of(&first, 200), of(&first, 486)), (20, 80), "per address");
    let second = flood(&mut desk, "anna", "secret", "1.1.1.2");
    assert_eq!((of(&second, 200), of(&second, 486)), (10, 90), "per user");
    let third = flood(&mut desk, "berta", "other secret", "1.1.1.3");
    assert_eq!((of(&third, 200), of(&third, 508)), (20, 80), "in all");
    assert_eq!((desk.server.allocation_count(), desk.bound.len()), (50, 50));
    desk.pass(600);
    let server = &desk.server;
    assert_eq!((server.allocation_count(), server.by_client.len(), server.by_relayed.len()), (0, 0, 0));
    assert_eq!((server.users.len(), server.origins.len(), server.timers.len()), (0, 0, 0));
    assert_eq!(of(&flood(&mut desk, "anna", "secret", "1.1.1.1"), 200), 20);
}

#[test]
fn a_quota_is_of_all_shards() {
    let settings = Settings { allocations_per_user: 3, ..Settings::default() };
    let [mut one, mut other] = [(); 2].map(|()| Desk::with(settings.clone(), false));
    let code = |desk: &mut Desk, port: u16| {
        let mut client = Client::over(Transport::Tcp, "anna", "secret", &format!("1.1.1.1:{port}"));
        client.code(desk, ALLOCATE, &[UDP])
    };
    let codes =
        [1, 2].map(|port| code(&mut one, port)).into_iter().chain([3, 4].map(|port| code(&mut other, port)));
    assert_eq!(codes.collect::<Vec<_>>(), [200, 200, 200, 486]);
    one.pass(600);
    assert_eq!(code(&mut other, 5), 200, "what ended at one can be had at the other");
}

#[test]
fn a_new_timestamp_is_no_new_person() {
    let mut desk = Desk::with(Settings { allocations_per_user: 1, ..Settings::default() }, true);
    for (second, expected) in [(10, 200), (11, 486)] {
        let username = format!("{}:carla", 1_700_000_000 + second);
        let password = time_limited_password(b"north", &username);
        let mut carla = Client::new(&username, &password, &format!("1.1.1.1:{second}"));
        assert_eq!(carla.code(&mut desk, ALLOCATE, &[UDP]), expected);
    }
}

#[test]
fn a_wrong_fingerprint_is_silence_and_a_right_one_is_answered_with_one() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let mut buffer = [0; 128];
    let mut builder = Builder::new(&mut buffer, Class::Request, ALLOCATE, [1; 12]).unwrap();
    builder.attribute(&UDP).unwrap();
    builder.fingerprint().unwrap();
    let mut request = builder.finish().to_vec();
    let answer = anna.ask_bytes(&mut desk, &request).unwrap();
    assert_eq!(Message::parse(&answer).unwrap().fingerprint(), crate::stun::Fingerprint::Right);
    *request.last_mut().unwrap() ^= 1;
    assert_eq!(dropped(desk.handle(&anna.tuple, &request)), Dropped::Malformed);
}

#[test]
fn clients_behind_tunnels_that_could_loop_get_no_allocation() {
    let mut desk = Desk::new();
    for from in ["[2002:102:304::1]:1", "[2001:0:1::1]:1"] {
        assert_eq!(Client::new("anna", "secret", from).code(&mut desk, ALLOCATE, &[UDP]), 403, "{from}");
    }
}

#[test]
fn kept_ports_count_and_a_flood_of_them_ends_at_the_quota() {
    let mut desk = Desk::with(Settings { allocations_per_user: 10, ..Settings::default() }, false);
    let mut anna = Client::anna();
    let reserve = [UDP, Attribute::EvenPort([0x80])];
    let mut refused = 0;
    for _ in 0..100 {
        match anna.code(&mut desk, ALLOCATE, &reserve) {
            200 => assert_eq!(anna.code(&mut desk, REFRESH, &[Attribute::Lifetime(0)]), 200),
            other => refused += usize::from(other == 486),
        }
        desk.server.assert_consistent();
    }
    assert_eq!((desk.kept.len(), refused), (9, 91));
    let mut berta = Client::berta();
    assert_eq!(berta.code(&mut desk, ALLOCATE, &reserve), 200, "others go on");
    // The quota is of what there is: a token that is used makes no more of it.
    let token = desk.kept[0];
    let mut second = Client::new("anna", "secret", "1.1.1.1:1001");
    assert_eq!(second.code(&mut desk, ALLOCATE, &[UDP]), 200);
    let mut third = Client::new("anna", "secret", "1.1.1.1:1002");
    assert_eq!(third.code(&mut desk, ALLOCATE, &[UDP]), 486);
    assert_eq!(third.code(&mut desk, ALLOCATE, &[UDP, Attribute::ReservationToken(token)]), 200);
    desk.server.assert_consistent();
    desk.pass(30);
    desk.server.assert_consistent();
    assert_eq!(anna.code(&mut desk, ALLOCATE, &reserve), 200);
}

#[test]
fn truncated_and_oversized_channel_data_is_dropped() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    assert_eq!(anna.bind(&mut desk, 0x4000, PEER), 200);
    let whole = channel_data(0x4000, b"hello");
    for end in 1..whole.len() {
        assert_eq!(dropped(desk.handle(&anna.tuple, &whole[..end])), Dropped::Malformed);
    }
    assert_eq!(dropped(desk.handle(&anna.tuple, &[])), Dropped::Malformed);
    assert_eq!(dropped(desk.handle(&anna.tuple, &[0x40, 0, 0xFF, 0xFF])), Dropped::Malformed);
    assert_eq!(dropped(desk.handle(&anna.tuple, &[0x80; 40])), Dropped::Malformed);
    let large = channel_data(0x4000, &[1; 65_535]);
    assert_eq!(to_peer(desk.handle(&anna.tuple, &large)).1.len(), 65_535);
}

#[test]
fn a_datagram_too_long_for_its_header_is_dropped() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let id = anna.allocate(&mut desk);
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    assert!(desk.datagram(id, PEER, &[0; 65_507]).is_ok());
    assert_eq!(desk.datagram(id, PEER, &[0; 65_530]), Err(Dropped::NoRoom));
    let mut buffer = [0; 30];
    for range in [0..10, 10..30, 40..50] {
        let mut packet = Packet::new(&mut buffer, range);
        let handled = desk.server.handle_peer(desk.now, id, address(PEER), &mut packet);
        assert_eq!(handled, Handled::Dropped(Dropped::NoRoom));
    }
}

#[test]
fn responses_and_foreign_indications_are_never_answered() {
    let mut desk = Desk::new();
    let tuple = Client::anna().tuple;
    for (class, method) in [
        (Class::SuccessResponse, ALLOCATE),
        (Class::ErrorResponse, ALLOCATE),
        (Class::SuccessResponse, 0x001),
        (Class::Indication, DATA),
        (Class::Indication, 0x001),
        (Class::Indication, ALLOCATE),
        (Class::Request, SEND),
        (Class::Request, 0x00A),
    ] {
        let mut buffer = [0; 64];
        let bytes = Builder::new(&mut buffer, class, method, [0; 12]).unwrap().finish().to_vec();
        assert_eq!(dropped(desk.handle(&tuple, &bytes)), Dropped::NotServed);
    }
    assert!(desk.sent.is_empty());
}

#[test]
fn a_malformed_attribute_is_400_without_a_challenge() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let odd = [Attribute::Unknown(kind::REQUESTED_TRANSPORT, &[17])];
    let answer = anna.ask(&mut desk, ALLOCATE, &odd).unwrap();
    assert_eq!((code(&answer), value(&answer, kind::NONCE)), (400, None));
}
