//! RFC 8656 §11, §12.6 and §12.7: packets.

use super::*;

#[test]
fn channel_data_goes_to_the_peer_and_back_in_place() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let id = anna.allocate(&mut desk);
    assert_eq!(anna.bind(&mut desk, 0x4123, PEER), 200);
    let (handled, _) = desk.handle(&anna.tuple, &channel_data(0x4123, b"hello"));
    let expected = ToPeer {
        allocation: id,
        peer: address(PEER),
        payload: HEADROOM + 4..HEADROOM + 9,
        dont_fragment: false,
    };
    assert_eq!(handled, Handled::ToPeer(expected));
    // Padded over UDP is right too, and the padding stays here.
    let padded = [channel_data(0x4123, b"hello"), vec![0; 3]].concat();
    assert_eq!(to_peer(desk.handle(&anna.tuple, &padded)).1, b"hello");
    assert_eq!(to_peer(desk.handle(&anna.tuple, &channel_data(0x4123, b""))).1, b"");

    let (to, bytes) = desk.datagram(id, PEER, b"world").unwrap();
    assert_eq!((to, bytes), (anna.tuple, channel_data(0x4123, b"world")));
}

#[test]
fn over_streams_channel_data_is_padded_with_zeros() {
    for transport in [Transport::Tcp, Transport::Tls] {
        let mut desk = Desk::new();
        let mut anna = Client::over(transport, "anna", "secret", "1.1.1.1:1000");
        let id = anna.allocate(&mut desk);
        assert_eq!(anna.bind(&mut desk, 0x4123, PEER), 200);
        for length in 0..9 {
            let data = vec![5; length];
            let (_, bytes) = desk.datagram(id, PEER, &data).unwrap();
            let padding = length.next_multiple_of(4) - length;
            assert_eq!(bytes, [channel_data(0x4123, &data), vec![0; padding]].concat());
        }
    }
}

#[test]
fn indications_go_both_ways() {
    for (from, to) in [("8.8.8.8:5000", Family::V4), ("[2a00::1]:5000", Family::V6)] {
        let mut desk = Desk::new();
        let mut anna = Client::anna();
        let family = Attribute::RequestedAddressFamily([to as u8 + 1, 0, 0, 0]);
        assert_eq!(anna.code(&mut desk, ALLOCATE, &[UDP, family]), 200);
        let id = desk.id_of(&anna);
        assert_eq!(anna.permit(&mut desk, from), 200);
        for length in [0, 1, 2, 3, 4, 5, 1200] {
            let data = vec![7; length];
            let sent = to_peer(desk.handle(&anna.tuple, &anna.send_indication(from, &data, &[])));
            assert_eq!(sent, (address(from), data.clone()));
            let (client, bytes) = desk.datagram(id, from, &data).unwrap();
            assert_eq!(client, anna.tuple);
            let message = Message::parse(&bytes).unwrap();
            assert_eq!((message.class(), message.method()), (Class::Indication, DATA));
            assert_eq!(value(&bytes, kind::XOR_PEER_ADDRESS), Some(peer(from)));
            assert_eq!(value(&bytes, kind::DATA), Some(Attribute::Data(&data)));
        }
        let one = desk.datagram(id, from, b"x").unwrap().1;
        assert_ne!(one, desk.datagram(id, from, b"x").unwrap().1, "transaction ids differ");
    }
}

#[test]
fn a_send_indication_that_is_not_right_is_dropped() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let before = anna.send_indication(PEER, b"x", &[]);
    assert_eq!(dropped(desk.handle(&anna.tuple, &before)), Dropped::NoAllocation);
    anna.allocate(&mut desk);
    assert_eq!(dropped(desk.handle(&anna.tuple, &before)), Dropped::NoPermission);
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    for unwelcome in [Attribute::DontFragment(()), Attribute::Unknown(0x0003, &[0; 4])] {
        let bytes = anna.send_indication(PEER, b"x", &[unwelcome]);
        assert_eq!(dropped(desk.handle(&anna.tuple, &bytes)), Dropped::Malformed);
    }
    let bytes = anna.send_indication(PEER, b"x", &[Attribute::Unknown(0x8888, &[])]);
    assert_eq!(to_peer(desk.handle(&anna.tuple, &bytes)).1, b"x");
    for lacking in [peer(PEER), Attribute::Data(b"x")] {
        let mut buffer = [0; 128];
        let mut builder = Builder::new(&mut buffer, Class::Indication, SEND, [1; 12]).unwrap();
        builder.attribute(&lacking).unwrap();
        let bytes = builder.finish().to_vec();
        assert_eq!(dropped(desk.handle(&anna.tuple, &bytes)), Dropped::Malformed);
    }
    let mut truncated = anna.send_indication(PEER, b"xxxx", &[]);
    truncated.pop();
    assert_eq!(dropped(desk.handle(&anna.tuple, &truncated)), Dropped::Malformed);
}

#[test]
fn dont_fragment_reaches_the_driver_where_it_can() {
    let mut desk = Desk::with(Settings { can_set_df: true, ..Settings::default() }, false);
    let mut anna = Client::anna();
    assert_eq!(anna.code(&mut desk, ALLOCATE, &[UDP, Attribute::DontFragment(())]), 200);
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    for (more, expected) in [(&[][..], false), (&[Attribute::DontFragment(())][..], true)] {
        let (handled, _) = desk.handle(&anna.tuple, &anna.send_indication(PEER, b"x", more));
        assert!(matches!(handled, Handled::ToPeer(it) if it.dont_fragment == expected));
    }
}

/// Two allocations, each permitting the other; the second also by channel if asked.
fn pair(desk: &mut Desk, has_channel: bool) -> (Client, Client) {
    let (mut anna, mut berta) = (Client::anna(), Client::berta());
    anna.allocate(desk);
    berta.allocate(desk);
    let (of_anna, of_berta) = (desk.relayed(&anna).to_string(), desk.relayed(&berta).to_string());
    assert_eq!(anna.bind(desk, 0x4001, &of_berta), 200);
    let permitted =
        if has_channel { berta.bind(desk, 0x4777, &of_anna) } else { berta.permit(desk, &of_anna) };
    assert_eq!(permitted, 200);
    (anna, berta)
}

#[test]
fn two_clients_of_the_relay_are_joined_without_a_socket() {
    let mut desk = Desk::new();
    let (anna, berta) = pair(&mut desk, true);
    let (to, bytes) = to_client(desk.handle(&anna.tuple, &channel_data(0x4001, b"across")));
    assert_eq!((to, bytes), (berta.tuple, channel_data(0x4777, b"across")));
    let (to, bytes) = to_client(desk.handle(&berta.tuple, &channel_data(0x4777, b"back")));
    assert_eq!((to, bytes), (anna.tuple, channel_data(0x4001, b"back")));
    let of_berta = desk.relayed(&berta).to_string();
    let indication = anna.send_indication(&of_berta, b"by indication", &[]);
    assert_eq!(to_client(desk.handle(&anna.tuple, &indication)).1, channel_data(0x4777, b"by indication"));
    assert_eq!(desk.server.counters().traffic.packets_joined, 3);
}

#[test]
fn joined_without_a_channel_it_is_a_data_indication() {
    let mut desk = Desk::new();
    let (anna, berta) = pair(&mut desk, false);
    let of_anna = desk.relayed(&anna);
    for length in 0..6 {
        let data = vec![1; length];
        let (to, bytes) = to_client(desk.handle(&anna.tuple, &channel_data(0x4001, &data)));
        assert_eq!(to, berta.tuple);
        assert_eq!(value(&bytes, kind::XOR_PEER_ADDRESS), Some(peer(&of_anna.to_string())));
        assert_eq!(value(&bytes, kind::DATA), Some(Attribute::Data(&data)));
    }
}

#[test]
fn joining_asks_both_for_permission() {
    let mut desk = Desk::new();
    let (mut anna, mut berta) = (Client::anna(), Client::berta());
    anna.allocate(&mut desk);
    berta.allocate(&mut desk);
    let (of_anna, of_berta) = (desk.relayed(&anna).to_string(), desk.relayed(&berta).to_string());
    assert_eq!(
        dropped(desk.handle(&anna.tuple, &anna.send_indication(&of_berta, b"x", &[]))),
        Dropped::NoPermission
    );
    assert_eq!(anna.permit(&mut desk, &of_berta), 200);
    assert_eq!(
        dropped(desk.handle(&anna.tuple, &anna.send_indication(&of_berta, b"x", &[]))),
        Dropped::NoPermission
    );
    assert_eq!(berta.permit(&mut desk, &of_anna), 200);
    assert_eq!(
        to_client(desk.handle(&anna.tuple, &anna.send_indication(&of_berta, b"x", &[]))).0,
        berta.tuple
    );
    assert_eq!(berta.code(&mut desk, REFRESH, &[Attribute::Lifetime(0)]), 200);
    let (handled, _) = desk.handle(&anna.tuple, &anna.send_indication(&of_berta, b"x", &[]));
    assert!(matches!(handled, Handled::ToSibling(_)), "never to a socket: {handled:?}");
}

#[test]
fn a_relayed_address_of_another_shard_is_handed_over() {
    let (mut one, mut two) = (Desk::new(), Desk::new());
    two.next_port = 60_000;
    let (mut anna, mut berta) = (Client::anna(), Client::berta());
    anna.allocate(&mut one);
    berta.allocate(&mut two);
    let (of_anna, of_berta) = (one.relayed(&anna), two.relayed(&berta));
    assert_eq!(anna.permit(&mut one, &of_berta.to_string()), 200);
    assert_eq!(berta.permit(&mut two, &of_anna.to_string()), 200);
    let (handled, mut buffer) =
        one.handle(&anna.tuple, &anna.send_indication(&of_berta.to_string(), b"x", &[]));
    let Handled::ToSibling(it) = handled else { panic!("{handled:?}") };
    assert_eq!((it.relayed, it.from), (of_berta, of_anna));
    let mut packet = Packet::new(&mut buffer, it.payload);
    let handled = two.server.handle_sibling(two.now, it.relayed, it.from, &mut packet);
    assert!(matches!(handled, Handled::ToClient(it) if it.client == berta.tuple));
}

#[test]
fn traffic_is_counted_and_told_at_the_end() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let id = anna.allocate(&mut desk);
    assert_eq!(anna.bind(&mut desk, 0x4000, PEER), 200);
    let _ = desk.handle(&anna.tuple, &channel_data(0x4000, &[0; 100]));
    let _ = desk.datagram(id, PEER, &[0; 30]);
    let _ = desk.datagram(id, PEER, &[0; 30]);
    assert_eq!(anna.code(&mut desk, REFRESH, &[Attribute::Lifetime(0)]), 200);
    let expected = Traffic {
        packets_to_peers: 1,
        bytes_to_peers: 100,
        packets_to_client: 2,
        bytes_to_client: 60,
        packets_joined: 0,
    };
    let event = desk.events.last().unwrap();
    assert_eq!((event.traffic, event.client.transport()), (expected, Transport::Udp));
    assert_eq!(desk.server.counters().traffic, expected);
}

#[test]
fn rates_are_kept_per_person_and_per_address() {
    let slow = Rate { bytes_per_s: Some(1000), burst: 1000 };
    for (user_rate, address_rate) in [(slow, no_limit()), (no_limit(), slow)] {
        let mut desk = Desk::with(Settings { user_rate, address_rate, ..Settings::default() }, false);
        let mut anna = Client::anna();
        anna.allocate(&mut desk);
        assert_eq!(anna.bind(&mut desk, 0x4000, PEER), 200);
        for _ in 0..10 {
            assert!(matches!(
                desk.handle(&anna.tuple, &channel_data(0x4000, &[0; 100])).0,
                Handled::ToPeer(_)
            ));
        }
        assert_eq!(dropped(desk.handle(&anna.tuple, &channel_data(0x4000, &[0; 100]))), Dropped::OverRate);
        desk.pass(1);
        assert!(matches!(desk.handle(&anna.tuple, &channel_data(0x4000, &[0; 100])).0, Handled::ToPeer(_)));
    }
}

fn no_limit() -> Rate {
    Rate { bytes_per_s: None, burst: 0 }
}

#[test]
fn icmp_errors_are_told_to_clients_with_permission() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let id = anna.allocate(&mut desk);
    let tell = |desk: &mut Desk, peer: &str, kind| {
        desk.sent.clear();
        desk.server.handle_icmp(desk.now, id, address(peer), Icmp { kind, code: 4, data: [0, 0, 5, 0xDC] });
        desk.drain();
        desk.sent.pop()
    };
    assert_eq!(tell(&mut desk, PEER, 3), None);
    assert_eq!(anna.permit(&mut desk, PEER), 200);
    assert_eq!(tell(&mut desk, PEER, 8), None, "an echo request is no error");
    let (to, bytes) = tell(&mut desk, PEER, 3).unwrap();
    assert_eq!(to, anna.tuple);
    assert_eq!(value(&bytes, kind::XOR_PEER_ADDRESS), Some(peer(PEER)));
    assert_eq!(value(&bytes, kind::ICMP), Some(Attribute::Icmp([0, 0, 6, 4, 0, 0, 5, 0xDC])));
    assert_eq!(value(&bytes, kind::DATA), None);
}
