//! The relay over real sockets on loopback.

mod client;
mod transfers;

use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sightline_core::stun::{
    Attribute, Builder, Class, METHOD_BINDING, MappedAddress, Message, XorMappedAddress, kind,
};

use crate::support::*;
use client::*;

fn relay(changes: Value) -> Value {
    let mut whole = json!({
        "realm": REALM, "nonce_secret": "5a".repeat(32), "addresses": ["127.0.0.1"], "control": [],
        "public_addresses": {}, "threads": 1, "first_port": 49152, "last_port": 65535,
        "allowed_peers": ["127.0.0.0/8"], "denied_peers": [],
        "users": [{ "name": USER, "password": PASSWORD }], "shared_secrets": [],
        "has_mobility": false, "has_tcp_allocations": false,
        "allocations": 1000, "allocations_per_user": 1000, "allocations_per_address": 1000,
        "permissions_per_allocation": 64, "channels_per_allocation": 64,
        "user_bytes_per_s": null, "address_bytes_per_s": null, "second_address": null, "second_port": null,
    });
    for (name, change) in changes.as_object().unwrap() {
        whole[name] = change.clone();
    }
    json!({ "relay": whole })
}

fn house(changes: Value) -> House {
    House::open_without_application("127.0.0.1:0", relay(changes))
}

fn status(house: &House) -> Vec<Value> {
    serde_json::from_slice(&house.door.relay_status()).unwrap()
}

/// Wait until so many allocations are left.
fn assert_allocations(house: &House, expected: usize) {
    let start = Instant::now();
    while status(house).len() != expected && start.elapsed() < PATIENCE {
        std::thread::yield_now();
    }
    assert_eq!(status(house).len(), expected);
}

fn next_event(house: &House, name: &str) -> Value {
    loop {
        let event = house.door.next_event(PATIENCE).unwrap_or_else(|| panic!("no {name}"));
        let event: Value = serde_json::from_slice(&event).unwrap();
        if event["event"] == name {
            return event;
        }
    }
}

#[test]
fn packets_go_both_ways_over_every_transport() {
    let house = house(json!({}));
    for (mut client, transport) in Client::of_all_kinds(&house).into_iter().zip(["udp", "tcp", "tls"]) {
        let peer = peer();
        let peer_address = peer.local_addr().unwrap();
        let relayed = client.allocate();
        let made = next_event(&house, "relay_allocation_made");
        assert_eq!((&made["transport"], &made["user"]), (&json!(transport), &json!(USER)));
        assert_eq!(made["relayed"], json!([relayed.to_string()]));

        // Indications: a permission is enough.
        assert_eq!(client.permit(peer_address), 0);
        peer.send_to(b"to the client", relayed).unwrap();
        let told = client.receive();
        let data = told.message().decode(kind::DATA);
        assert!(matches!(data, Some(Ok(Attribute::Data(b"to the client")))), "{data:?}");

        // Channels, with payloads of every padding.
        assert_eq!(client.bind(0x4001, peer_address), 0);
        let mut buffer = [0; 2000];
        for length in [0, 1, 2, 3, 4, 5, 160, 1201] {
            let payload: Vec<u8> = (0..length).map(|number| number as u8).collect();
            client.send_on_channel(0x4001, &payload);
            let (received, from) = peer.recv_from(&mut buffer).unwrap();
            assert_eq!((&buffer[..received], from), (&payload[..], relayed));
            peer.send_to(&payload, relayed).unwrap();
            assert_eq!(client.receive_on_channel(0x4001), payload);
        }
        let status = status(&house);
        assert_eq!((&status[0]["client"], status.len()), (&json!(client.local().to_string()), 1));
        assert_eq!((&status[0]["packets_to_peers"], &status[0]["packets_to_client"]), (&json!(8), &json!(9)));

        assert_eq!(client.ask(REFRESH, &[Attribute::Lifetime(0)]).code(), 0);
        let ended = next_event(&house, "relay_allocation_ended");
        assert_eq!((&ended["why"], &ended["packets_to_client"]), (&json!("deleted"), &json!(9)));
        assert_allocations(&house, 0);
    }
    house.assert_counter("relay_allocations_made", 3);
    house.assert_counter("relay_packets_to_peers", 24);
    house.assert_counter("relay_allocations_tls_open", 0);
}

#[test]
fn a_busy_channel_gets_a_socket_of_its_own_and_others_are_still_heard() {
    let house = house(json!({}));
    let mut client = Client::udp(&house);
    let (peer, other) = (peer(), peer());
    let relayed = client.allocate();
    assert_eq!(client.bind(0x4001, peer.local_addr().unwrap()), 0);
    assert_eq!(client.bind(0x4002, other.local_addr().unwrap()), 0);
    let mut buffer = [0; 100];
    for _ in 0..100 {
        client.send_on_channel(0x4001, b"there");
        assert_eq!(peer.recv_from(&mut buffer).unwrap(), (5, relayed));
        peer.send_to(b"and back", relayed).unwrap();
        assert_eq!(client.receive_on_channel(0x4001), b"and back");
    }
    house.assert_counter("relay_connected_sockets_open", 1);
    other.send_to(b"from elsewhere", relayed).unwrap();
    assert_eq!(client.receive_on_channel(0x4002), b"from elsewhere");
    client.send_on_channel(0x4002, b"elsewhere");
    assert_eq!(other.recv_from(&mut buffer).unwrap(), (9, relayed));

    // Nobody else may have the port, sharing or not.
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
    socket.set_reuse_port(true).unwrap();
    assert!(socket.bind(&relayed.into()).is_err());

    // A peer that has gone is told of, as far as the system tells.
    let gone = peer.local_addr().unwrap();
    drop(peer);
    client.send_on_channel(0x4001, b"anybody?");
    let told = client.receive();
    let icmp = told.message().decode(kind::ICMP);
    let address = told.message().decode(kind::XOR_PEER_ADDRESS);
    assert!(matches!(icmp, Some(Ok(Attribute::Icmp([0, 0, 6, 3, ..])))), "{icmp:?}");
    assert_eq!(address, Some(Ok(Attribute::XorPeerAddress(XorMappedAddress(gone)))));
}

#[test]
fn bursts_keep_their_packets_and_their_order() {
    let house = house(json!({}));
    let mut client = Client::udp(&house);
    let peer = peer();
    let relayed = client.allocate();
    assert_eq!(client.bind(0x4001, peer.local_addr().unwrap()), 0);
    let mut buffer = [0; 2000];
    // Long enough for the relayed socket to be read in batches; the last of each burst is shorter.
    for round in 0..40_u8 {
        let burst: Vec<Vec<u8>> =
            (0..10_u8).map(|number| vec![number ^ round; if number == 9 { 300 } else { 1100 }]).collect();
        burst.iter().for_each(|payload| client.send_on_channel(0x4001, payload));
        for payload in &burst {
            let length = peer.recv(&mut buffer).unwrap();
            assert!(&buffer[..length] == payload);
        }
        burst.iter().for_each(|payload| assert_eq!(peer.send_to(payload, relayed).unwrap(), payload.len()));
        for payload in &burst {
            assert!(client.receive_on_channel(0x4001) == *payload);
        }
    }
}

#[test]
fn two_clients_are_joined_inside_whatever_their_threads_and_transports() {
    // Where nothing else on the machine may be reached, and where it may.
    for allowed in [&[][..], &["127.0.0.0/8"]] {
        join_everybody(&house(json!({ "threads": 2, "allowed_peers": allowed })));
    }
}

fn join_everybody(house: &House) {
    let mut clients: Vec<Client> =
        (0..4).flat_map(|_| Client::of_all_kinds(house)).chain((0..8).map(|_| Client::udp(house))).collect();
    let relayed: Vec<SocketAddr> = clients.iter_mut().map(Client::allocate).collect();
    let shards: std::collections::HashSet<_> =
        status(house).iter().map(|it| it["shard"].to_string()).collect();
    assert_eq!(shards.len(), 2, "the connections alone are dealt out evenly");
    for (index, client) in clients.iter_mut().enumerate() {
        for (other, address) in relayed.iter().enumerate().filter(|(other, _)| *other != index) {
            assert_eq!(client.bind(0x4000 + other as u16, *address), 0);
        }
    }
    let count = clients.len();
    let mut sent = 0;
    for from in 0..count {
        for to in (0..count).filter(|to| *to != from) {
            let payload = format!("{from} to {to}");
            clients[from].send_on_channel(0x4000 + to as u16, payload.as_bytes());
            assert_eq!(clients[to].receive_on_channel(0x4000 + from as u16), payload.as_bytes());
            sent += 1;
        }
    }
    house.assert_counter("relay_packets_to_client", sent);
    house.assert_counter("relay_packets_joined", sent);
    house.assert_counter("relay_dropped_no_sibling", 0);
}

#[test]
fn nothing_is_relayed_to_where_it_may_not_go() {
    let house = house(json!({ "allowed_peers": [], "control": ["127.0.0.1:9"] }));
    for mut client in Client::of_all_kinds(&house) {
        let relayed = client.allocate();
        for denied in
            ["10.0.0.1:1", "192.168.1.1:1", "169.254.169.254:80", "224.0.0.1:1", "0.0.0.0:1", "127.0.0.2:1"]
        {
            assert_eq!(client.permit(denied.parse().unwrap()), 403, "{denied}");
        }
        // On the relay's own address relayed ports are reached and nothing else.
        let peer = peer();
        assert_eq!(client.bind(0x4001, peer.local_addr().unwrap()), 0);
        client.send_on_channel(0x4001, b"hello?");
        client.send_on_channel(0x4001, b"hello?");
        peer.set_nonblocking(true).unwrap();
        assert_eq!(client.permit(relayed), 0);
        assert!(peer.recv(&mut [0; 10]).is_err(), "what was asked after it has been answered");
    }
    house.assert_counter("relay_peers_denied", 18);
    house.assert_counter("relay_dropped_no_sibling", 6);
}

#[test]
fn our_own_control_ports_stay_out_of_reach_even_where_loopback_is_allowed() {
    let house = house(json!({}));
    let mut client = Client::udp(&house);
    client.allocate();
    assert_eq!(client.bind(0x4001, house.address), 403);
    assert_eq!(
        client.permit(house.address),
        0,
        "a permission is about an address, and another port may be meant"
    );
    let send = client.send_indication(house.address, &binding_request());
    client.send(&send);
    house.assert_counter("relay_dropped_denied", 1);
    house.assert_counter("stun_answered_udp", 0);
}

#[test]
fn an_allocation_ends_with_its_connection_and_by_revoking() {
    let house = house(json!({}));
    let [udp, tcp, tls] = Client::of_all_kinds(&house);
    let mut clients = [udp, tcp, tls];
    for client in &mut clients {
        client.allocate();
    }
    assert_allocations(&house, 3);
    let [mut udp, tcp, tls] = clients;
    drop((tcp, tls));
    for _ in 0..2 {
        assert_eq!(next_event(&house, "relay_allocation_ended")["why"], "disconnected");
    }
    assert_allocations(&house, 1);
    assert_eq!(house.door.revoke_relay("berta"), 0);
    assert_eq!(house.door.revoke_relay(USER), 1);
    assert_eq!(next_event(&house, "relay_allocation_ended")["why"], "revoked");
    assert_eq!(udp.permit("127.0.0.1:1".parse().unwrap()), 437);
    house.assert_counter("stun_connections_open", 0);
    house.assert_counter("connections_open", 0);
}

#[test]
fn a_stream_may_come_byte_by_byte() {
    let house = house(json!({}));
    let mut client = Client::tcp(&house);
    let peer = peer();
    let relayed = client.allocate();
    let address = peer.local_addr().unwrap();
    assert_eq!(client.bind(0x4001, address), 0);
    let frames =
        [channel_data(0x4001, b"one"), channel_data(0x4001, b"three four"), channel_data(0x4001, b"")]
            .concat();
    for byte in &frames {
        client.send(&[*byte]);
    }
    let mut buffer = [0; 100];
    for expected in [&b"one"[..], b"three four", b""] {
        let length = peer.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], expected);
    }
    // And many at once.
    client.send(&channel_data(0x4001, b"again").repeat(50));
    for _ in 0..50 {
        assert_eq!(peer.recv_from(&mut buffer).unwrap(), (5, relayed));
    }
}

#[test]
fn garbage_ends_a_connection_and_nobody_elses() {
    let house = house(json!({}));
    let mut healthy = Client::udp(&house);
    let peer = peer();
    let relayed = healthy.allocate();
    assert_eq!(healthy.bind(0x4001, peer.local_addr().unwrap()), 0);
    let mut bad = Client::tcp(&house);
    bad.allocate();
    bad.send(&[0xFF; 100]);
    let Wire::Tcp(stream) = &mut bad.wire else { unreachable!() };
    assert_eq!(read_to_end(stream), "");
    house.assert_counter("stun_closed_garbage", 1);
    let flood = udp(house.address);
    for number in 0..5_000_u32 {
        let mut garbage = vec![number as u8; (number % 90) as usize];
        garbage.extend_from_slice(&number.to_be_bytes());
        // The kernel may refuse to queue more, which is all the same here.
        let _ = flood.send(&garbage);
    }
    peer.send_to(b"still there", relayed).unwrap();
    assert_eq!(healthy.receive_on_channel(0x4001), b"still there");
    assert_allocations(&house, 1);
    house.assert_counter("relay_panics", 0);
}

#[test]
fn a_client_that_does_not_read_loses_media_but_no_answers() {
    let house = house(json!({}));
    let mut client = Client::tcp(&house);
    let peer = peer();
    let relayed = client.allocate();
    assert_eq!(client.bind(0x4001, peer.local_addr().unwrap()), 0);
    let start = Instant::now();
    while house.counter("relay_dropped_queue_full") == 0 {
        assert!(start.elapsed() < PATIENCE * 3, "the kernel's buffers never fill");
        for _ in 0..200 {
            let _ = peer.send_to(&[7; 1400], relayed);
        }
    }
    // A request that is answered while media waits, and is dropped.
    let refused = client.ask_without_waiting();
    for _ in 0..1000 {
        let _ = peer.send_to(&[8; 1400], relayed);
    }
    let answer = std::iter::repeat_with(|| client.receive()).find(|told| told.0[0] & 0xC0 == 0).unwrap();
    assert_eq!(answer.message().transaction_id(), refused);
    assert_allocations(&house, 1);
}

#[test]
fn silence_ends_a_connection_unless_it_has_an_allocation() {
    let mut settings = relay(json!({}));
    settings["limits"] = json!({ "stun_idle_timeout_ms": 200 });
    let house = House::open_without_application("127.0.0.1:0", settings);
    let mut kept = Client::tcp(&house);
    kept.allocate();
    let mut silent = house.tcp();
    ask_binding(&mut silent);
    assert_eq!(read_to_end(&mut silent), "");
    house.assert_counter("stun_closed_idle", 1);
    assert_eq!(kept.permit("127.0.0.1:1".parse().unwrap()), 0);
    // A byte now and then is silence too.
    let mut slow = house.tcp();
    ask_binding(&mut slow);
    let request = binding_request();
    let mut bytes = request.iter();
    while slow.write_all(&[*bytes.next().unwrap_or(&0)]).is_ok() && house.counter("stun_closed_idle") < 2 {
        std::thread::sleep(Duration::from_millis(50));
    }
    house.assert_counter("stun_closed_idle", 2);
}

#[test]
fn closing_is_quick_and_frees_every_port() {
    let house = house(json!({ "threads": 2 }));
    let mut clients = Client::of_all_kinds(&house);
    let relayed: Vec<_> = clients.iter_mut().map(Client::allocate).collect();
    // Nothing but HTTP has anything to finish, so the grace is not used up: the test would hang.
    house.door.close(Duration::from_secs(3600));
    for address in relayed.into_iter().chain([house.address]) {
        std::net::UdpSocket::bind(address).unwrap();
    }
    assert!(status(&house).is_empty());
}

#[test]
fn ports_come_in_pairs_where_they_are_asked_for() {
    let house = house(json!({}));
    let mut client = Client::udp(&house);
    let transport = Attribute::RequestedTransport([17, 0, 0, 0]);
    let told = client.ask(ALLOCATE, &[transport.clone(), Attribute::EvenPort([0x80])]);
    let (first, token) = (told.relayed(), told.token());
    assert!(first.port().is_multiple_of(2));
    let next = SocketAddr::new(first.ip(), first.port() + 1);
    assert!(std::net::UdpSocket::bind(next).is_err(), "it is kept");
    let mut second = Client::udp(&house);
    assert_eq!(
        second.ask(ALLOCATE, &[transport.clone(), Attribute::ReservationToken(token)]).relayed(),
        next
    );
    let mut third = Client::udp(&house);
    assert_eq!(third.ask(ALLOCATE, &[transport, Attribute::ReservationToken(token)]).code(), 508);
}

#[test]
fn when_the_ports_are_used_up_it_is_508_and_one_that_was_closed_is_used_again() {
    let house = house(json!({ "first_port": 61000, "last_port": 61001 }));
    let mut clients = [Client::udp(&house), Client::udp(&house)];
    let mut ports: Vec<_> = clients.iter_mut().map(|client| client.allocate().port()).collect();
    ports.sort_unstable();
    assert_eq!(ports, [61000, 61001]);
    let mut third = Client::udp(&house);
    let transport = Attribute::RequestedTransport([17, 0, 0, 0]);
    assert_eq!(third.ask(ALLOCATE, std::slice::from_ref(&transport)).code(), 508);
    assert_eq!(clients[0].ask(REFRESH, &[Attribute::Lifetime(0)]).code(), 0);
    assert!(ports.contains(&third.allocate().port()));
}

#[test]
fn a_quota_is_not_multiplied_by_the_threads() {
    let house = house(json!({ "threads": 2, "allocations_per_user": 3 }));
    // Connections are dealt to the threads in turn.
    let mut clients: Vec<_> = (0..4).map(|_| Client::tcp(&house)).collect();
    let transport = Attribute::RequestedTransport([17, 0, 0, 0]);
    let mut allocate = |at: usize| clients[at].ask(ALLOCATE, std::slice::from_ref(&transport)).code();
    assert_eq!([0, 1, 2, 3].map(&mut allocate), [0, 0, 0, 486]);
    assert_eq!(clients[0].ask(REFRESH, &[Attribute::Lifetime(0)]).code(), 0);

    assert_eq!(clients[3].ask(ALLOCATE, &[transport]).code(), 0);
}

#[test]
fn a_client_that_moves_is_found_whatever_the_number_of_processors() {
    let house = house(json!({ "threads": 0, "has_mobility": true }));
    for _ in 0..8 {
        Client::udp(&house).allocate();
    }
    assert!(status(&house).iter().all(|it| it["shard"] == 0));
}

#[test]
fn peers_are_told_the_address_behind_a_one_to_one_nat() {
    let house = house(json!({ "public_addresses": { "127.0.0.1": "192.0.2.7" } }));
    let mut client = Client::udp(&house);
    let relayed = client.allocate();
    assert_eq!(relayed.ip().to_string(), "192.0.2.7");
    let peer = peer();
    assert_eq!(client.permit(peer.local_addr().unwrap()), 0);
    peer.send_to(b"in", ("127.0.0.1", relayed.port())).unwrap();
    let told = client.receive();
    assert!(matches!(told.message().decode(kind::DATA), Some(Ok(Attribute::Data(b"in")))));
}

#[test]
fn a_listener_without_http_serves_stun_and_refuses_http() {
    let mut settings = relay(json!({}));
    settings["listeners"] = json!([{ "address": "127.0.0.1:0", "has_udp": true, "has_http": false }]);
    let house = House::open(settings);
    assert_eq!(get(&mut house.tcp(), "/"), "");
    assert_eq!(get(&mut house.tls(&["http/1.1"]), "/"), "");
    house.assert_counter("closed_garbage", 2);
    for client in &mut Client::of_all_kinds(&house) {
        client.allocate();
    }
    house.assert_counter("http_connections_open", 0);
}

#[test]
fn a_second_address_and_port_answer_for_each_other() {
    let house = house(json!({ "threads": 2, "second_address": "127.0.0.2", "second_port": 61033 }));
    let first = house.address;
    let second = |address: &str, port| SocketAddr::new(address.parse().unwrap(), port);
    for (flags, from) in [
        (0, first),
        (2, second("127.0.0.1", 61033)),
        (4, second("127.0.0.2", first.port())),
        (6, second("127.0.0.2", 61033)),
    ] {
        let client = peer();
        let mut buffer = [0; 128];
        let mut builder =
            Builder::new(&mut buffer, Class::Request, METHOD_BINDING, *b"transaction!").unwrap();
        builder.attribute(&Attribute::ChangeRequest(flags)).unwrap();
        let request = builder.finish().to_vec();
        client.send_to(&request, first).unwrap();
        let mut answer = [0; 256];
        let (length, sender) = client.recv_from(&mut answer).unwrap();
        assert_eq!(sender, from);
        assert_mapped(&answer[..length], client.local_addr().unwrap());
        let message = Message::parse(&answer[..length]).unwrap();
        let other = message.decode(kind::OTHER_ADDRESS);
        assert_eq!(other, Some(Ok(Attribute::OtherAddress(MappedAddress(second("127.0.0.2", 61033))))));
    }
    house.assert_counter("stun_answered_udp", 4);
}

#[test]
fn bad_relay_settings_are_named() {
    let bad = |changes: Value| {
        let mut whole = relay(changes);
        whole["upstream"] = json!("/app");
        whole["listeners"] = json!([{ "address": "127.0.0.1:0" }]);
        try_settings(whole).unwrap_err().0
    };
    for (changes, expected) in [
        (json!({ "nonce_secret": "zz" }), "relay.nonce_secret: 64 hexadecimal digits"),
        (json!({ "nonce_secret": "é".repeat(32) }), "relay.nonce_secret: 64 hexadecimal digits"),
        (json!({ "realm": "" }), "relay.realm: "),
        (json!({ "addresses": [] }), "relay.addresses: "),
        (json!({ "addresses": ["0.0.0.0"] }), "relay.addresses: 0.0.0.0 is no address"),
        (json!({ "first_port": 2000, "last_port": 1999 }), "relay.first_port: "),
        (json!({ "allowed_peers": ["10.0.0.0/33"] }), "relay.allowed_peers[0]: "),
        (json!({ "allocations_per_user": 0 }), "relay.allocations_per_user: must be at least 1"),
        (json!({ "users": [{ "name": "a" }] }), "relay.users[0]: missing field `password`"),
    ] {
        let error = bad(changes);
        assert!(error.starts_with(expected), "{error} is not {expected}");
    }
}
