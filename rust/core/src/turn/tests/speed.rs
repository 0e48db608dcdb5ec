//! What a packet and an allocation cost.

use super::*;

const ROUNDS: u32 = 2_000_000;

#[test]
fn an_allocation_is_small() {
    let size = size_of::<super::super::allocation::Allocation>();
    assert!(size <= 448, "{size} bytes");
    assert!(size_of::<Handled>() <= 128);
}

/// `cargo test --release -p sightline-core turn::tests::speed -- --ignored --nocapture`
#[test]
#[ignore = "issue 3: a measurement, to be run in release mode"]
#[allow(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn what_a_packet_costs() {
    let settings =
        Settings { allocations_per_user: 20_000, allocations_per_address: 20_000, ..Settings::default() };
    let mut desk = Desk::with(settings, false);
    let mut clients: Vec<_> = (0..1000_u16)
        .map(|port| Client::over(Transport::Tcp, "anna", "secret", &format!("1.1.1.1:{}", 1000 + port)))
        .collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.allocate(&mut desk);
        assert_eq!(client.bind(&mut desk, 0x4000, &format!("8.8.8.8:{}", 1 + number)), 200);
    }
    // Each is joined to its neighbour.
    let relayed: Vec<_> = clients.iter().map(|client| desk.relayed(client).to_string()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(client.bind(&mut desk, 0x4001, &relayed[number ^ 1]), 200);
    }
    let ids: Vec<_> = clients.iter().map(|client| desk.id_of(client)).collect();
    let mut buffer = vec![0; 2048];
    let mut measure = |name: &str, channel: Option<u16>| {
        let start = std::time::Instant::now();
        for round in 0..ROUNDS as usize {
            let at = (round * 7) % clients.len();
            buffer[HEADROOM..HEADROOM + 4].copy_from_slice(&[0, 0, 0, 120]);
            buffer[HEADROOM..HEADROOM + 2].copy_from_slice(&channel.unwrap_or(0).to_be_bytes());
            let mut packet = Packet::new(&mut buffer, HEADROOM..HEADROOM + 124);
            let handled = match channel {
                Some(_) => desk.server.handle_client(desk.now, &clients[at].tuple, &mut packet),
                None => {
                    let from = SocketAddr::new([8, 8, 8, 8].into(), 1 + at as u16);
                    desk.server.handle_peer(desk.now, ids[at], from, &mut packet)
                }
            };
            assert!(matches!(std::hint::black_box(handled), Handled::ToPeer(_) | Handled::ToClient(_)));
        }
        println!("{name}: {} ns", start.elapsed().as_nanos() / u128::from(ROUNDS));
    };
    measure("client to peer", Some(0x4000));
    measure("peer to client", None);
    measure("client to client, joined", Some(0x4001));
    println!("an allocation: {} bytes", size_of::<super::super::allocation::Allocation>());
}
