//! RFC 6062: relayed TCP connections.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use serde_json::json;

use super::client::*;
use super::house;
use crate::support::*;

/// A listener to be a peer, and its address.
fn listener() -> (TcpListener, std::net::SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn stream(client: Client) -> TcpStream {
    match client.wire {
        Wire::Tcp(stream) => stream,
        _ => panic!("not over TCP"),
    }
}

#[test]
fn a_client_reaches_a_peer_and_bytes_go_both_ways_until_one_side_closes() {
    let house = house(json!({ "has_tcp_allocations": true, "threads": 2 }));
    // Often enough that some second connections come to another thread than the first.
    for round in 0..6 {
        let mut control = if round % 2 == 0 { Client::tcp(&house) } else { Client::tls(&house) };
        let relayed = control.allocate_tcp();
        let (listener, address) = listener();
        let connection = control.connect(address).connection();
        let mut peer = accept(&listener);
        assert_eq!(peer.peer_addr().unwrap(), relayed);
        // What the peer says early waits for the client.
        peer.write_all(b"early").unwrap();
        let mut data = if round % 3 == 0 { Client::tls(&house) } else { Client::tcp(&house) };
        assert_eq!(data.join(connection), 0);
        assert_eq!(data.read(5), b"early");
        let much: Vec<u8> = (0..300_000_u32).map(|number| number as u8).collect();
        let sender = std::thread::spawn({
            let (mut peer, much) = (peer.try_clone().unwrap(), much.clone());
            move || peer.write_all(&much).unwrap()
        });
        assert!(data.read(much.len()) == much);
        sender.join().unwrap();
        data.send(b"and back");
        let mut back = [0; 8];
        peer.read_exact(&mut back).unwrap();
        assert_eq!(&back, b"and back");
        if round % 2 == 0 {
            data.send(b"last words");
            drop(data);
            assert_eq!(read_to_end(&mut peer), "last words");
        } else {
            peer.write_all(b"last words").unwrap();
            peer.shutdown(Shutdown::Both).unwrap();
            assert_eq!(data.read(10), b"last words");
        }
        let status = super::status(&house);
        assert_eq!(status[0]["bytes_to_client"].as_u64().unwrap() / 1000, 300);
        drop(control);
        super::assert_allocations(&house, 0);
    }
    house.assert_counter("stun_connections_open", 0);
}

#[test]
fn a_peer_reaches_a_client_that_permits_it() {
    let house = house(json!({ "has_tcp_allocations": true }));
    let mut control = Client::tcp(&house);
    let relayed = control.allocate_tcp();
    assert_eq!(read_to_end(&mut connect(relayed)), "", "no permission: closed at once");
    assert_eq!(control.permit("127.0.0.1:1".parse().unwrap()), 0);
    let mut peer = connect(relayed);
    let attempt = control.receive();
    let mut data = Client::tcp(&house);
    assert_eq!(data.join(attempt.connection()), 0);
    data.send(b"welcome");
    let mut welcome = [0; 7];
    peer.read_exact(&mut welcome).unwrap();
    assert_eq!(&welcome, b"welcome");
    // When the allocation ends everything that hangs on it is closed.
    drop(control);
    assert_eq!(read_to_end(&mut peer), "");
    assert_eq!(read_to_end(&mut stream(data)), "");
    house.assert_counter("connections_open", 0);
}

#[test]
fn a_peer_that_is_not_there_is_447_and_a_second_bind_is_400() {
    let house = house(json!({ "has_tcp_allocations": true }));
    let mut control = Client::tcp(&house);
    control.allocate_tcp();
    let (gone, nowhere) = listener();
    drop(gone);
    assert_eq!(control.connect(nowhere).code(), 447);
    let (_listener, address) = listener();
    let connection = control.connect(address).connection();
    assert_eq!(Client::tcp(&house).join(connection), 0);
    assert_eq!(Client::tcp(&house).join(connection), 400);
    assert_eq!(control.connect(house.address).code(), 403, "our own ports stay closed");
}

#[test]
fn without_the_setting_there_are_none() {
    let house = house(json!({}));
    let mut client = Client::tcp(&house);
    let asked = [sightline_core::stun::Attribute::RequestedTransport([6, 0, 0, 0])];
    assert_eq!(client.ask(ALLOCATE, &asked).code(), 442);
}
