//! The front door over real sockets on loopback.
//!
//! One long file on purpose: every file here is a program of its own, and each would link rustls and tokio anew.
#![allow(clippy::unwrap_used)]

mod relaying;
mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::json;
use sightline_driver::AcmeError;
use support::*;

#[test]
fn http_is_passed_on_with_the_clients_address() {
    let house = House::open(json!({}));
    let mut client = house.tcp();
    let source = client.local_addr().unwrap();
    let answer = get(&mut client, "/");
    let facts = format!("source={source} destination={} tls=none alpn=none name=none", house.address);
    assert!(answer.ends_with(&facts), "{answer}");
    drop(client);
    house.assert_counter("http_connections_plain", 1);
    house.assert_counter("http_connections_open", 0);
    house.assert_counter("connections_open", 0);
    house.assert_counter("http_failed", 0);
}

#[test]
fn https_is_passed_on_whatever_the_alpn() {
    let house = House::open(json!({}));
    for (offered, agreed) in [
        (&["http/1.1"][..], "http/1.1"),
        (&["h2", "http/1.1"], "http/1.1"),
        (&[], "none"),
        (&["webrtc", "c-webrtc"], "none"),
        (&["h2"], "none"),
        (&["acme-tls/1"], "none"),
    ] {
        let mut client = house.tls(offered);
        let answer = get(&mut client, "/");
        let facts = format!("tls=TLSv1.3 alpn={agreed} name=a.example");
        assert!(answer.ends_with(&facts), "{offered:?}: {answer}");
    }
    house.assert_counter("tls_handshakes_ok", 6);
}

#[test]
fn a_second_handshake_is_resumed() {
    let house = House::open(json!({}));
    let config = std::sync::Arc::new(client_config(&["http/1.1"]));
    for _ in 0..2 {
        let name = rustls::pki_types::ServerName::try_from("a.example").unwrap();
        let connection = rustls::ClientConnection::new(config.clone(), name).unwrap();
        let mut client = rustls::StreamOwned::new(connection, house.tcp());
        assert!(get(&mut client, "/").contains("200 OK"));
    }
    house.assert_counter("tls_handshakes_resumed", 1);
}

/// Passes everything on in pieces of one byte.
struct ByteByByte(std::net::TcpStream);

impl Write for ByteByByte {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(&bytes[..bytes.len().min(1)])
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Read for ByteByByte {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(bytes)
    }
}

#[test]
fn a_client_hello_and_all_after_it_may_come_byte_by_byte() {
    let house = House::open(json!({}));
    let name = rustls::pki_types::ServerName::try_from("a.example").unwrap();
    let connection = rustls::ClientConnection::new(client_config(&[]).into(), name).unwrap();
    let mut client = rustls::StreamOwned::new(connection, ByteByByte(house.tcp()));
    assert!(get(&mut client, "/").contains("tls=TLSv1.3"));
}

#[test]
fn much_goes_through_both_ways() {
    let house = House::open(json!({}));
    assert!(get(&mut house.tls(&[]), "/big").len() > 1 << 20);
    assert!(get(&mut house.tcp(), "/big").len() > 1 << 20);

    let mut client = house.tls(&[]);
    client.write_all(b"POST /echo HTTP/1.1\r\n\r\n").unwrap();
    let piece: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for _ in 0..20 {
        client.write_all(&piece).unwrap();
        let mut back = vec![0; piece.len()];
        client.read_exact(&mut back).unwrap();
        assert!(back == piece);
    }
}

#[test]
fn half_a_close_leaves_the_other_half() {
    let house = House::open(json!({}));
    let mut client = house.tcp();
    client.write_all(b"POST /echo HTTP/1.1\r\n\r\nlast words").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&mut client), "last words");

    let mut client = house.tls(&[]);
    client.write_all(b"POST /echo HTTP/1.1\r\n\r\nlast words").unwrap();
    client.conn.send_close_notify();
    client.flush().unwrap();
    assert_eq!(read_to_end(&mut client), "last words");
    house.assert_counter("connections_open", 0);
}

#[test]
fn an_early_answer_reaches_a_client_that_is_still_sending() {
    let house = House::open(json!({}));
    let mut client = house.tcp();
    client.write_all(b"POST /early HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n").unwrap();
    let piece = vec![b'x'; 1 << 20];
    client.write_all(&piece).unwrap();
    assert!(read_to_end(&mut client).contains("200 OK"));
}

#[test]
fn stun_is_answered_over_udp_tcp_and_tls_on_one_port() {
    for host in ["127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"] {
        let house = House::open_on(host, json!({}));
        let loopback = if house.address.is_ipv4() { "127.0.0.1" } else { "::1" };
        let address = std::net::SocketAddr::new(loopback.parse().unwrap(), house.address.port());

        let udp = UdpSocket::bind((loopback, 0)).unwrap();
        udp.set_read_timeout(Some(PATIENCE)).unwrap();
        udp.connect(address).unwrap();
        let mut buffer = [0; 100];
        udp.send(&binding_request()).unwrap();
        let length = udp.recv(&mut buffer).unwrap();
        assert_mapped(&buffer[..length], udp.local_addr().unwrap());

        let mut tcp = connect(address);
        for _ in 0..3 {
            assert_mapped(&ask_binding(&mut tcp), tcp.local_addr().unwrap());
        }
        let stream = connect(address);
        let source = stream.local_addr().unwrap();
        let mut client = tls(stream, "a.example", &["http/1.1"]);
        for _ in 0..3 {
            assert_mapped(&ask_binding(&mut client), source);
        }
        house.assert_counter("stun_answered_udp", 1);
        house.assert_counter("stun_answered_tcp", 3);
        house.assert_counter("stun_answered_tls", 3);
    }
}

#[test]
fn an_answer_comes_from_the_address_that_was_asked() {
    let house = House::open_on("0.0.0.0:0", json!({}));
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_read_timeout(Some(PATIENCE)).unwrap();
    // Connected, so that an answer from any other address would not arrive.
    udp.connect(("127.0.0.2", house.address.port())).unwrap();
    udp.send(&binding_request()).unwrap();
    assert!(udp.recv(&mut [0; 100]).is_ok());
}

#[test]
fn both_families_share_a_port() {
    let house = House::open_on("0.0.0.0:0", json!({}));
    let listeners = json!([{ "address": format!("[::]:{}", house.address.port()), "has_udp": true }]);
    let other = House::open(json!({ "listeners": listeners }));
    assert_eq!(other.address.port(), house.address.port());
}

#[test]
fn datagrams_are_counted_by_class() {
    let house = House::open(json!({}));
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    for byte in [20, 64, 128, 192, 16, 5] {
        udp.send_to(&[byte; 30], house.address).unwrap();
    }
    for name in ["udp_dtls", "udp_turn_channel", "udp_rtp", "udp_quic", "udp_zrtp", "udp_unknown"] {
        house.assert_counter(name, 1);
    }
    assert_eq!(house.counter("udp_bytes_sent"), 0);
}

#[test]
fn who_says_nothing_is_closed() {
    let house = House::open(json!({ "limits": { "identify_timeout_ms": 100 } }));
    assert_eq!(read_to_end(&mut house.tcp()), "");
    let mut half_a_hello = house.tcp();
    half_a_hello.write_all(b"\x16\x03\x01\x02\x00").unwrap();
    assert_eq!(read_to_end(&mut half_a_hello), "");
    let mut silent_inside = house.tls(&[]);
    assert_eq!(read_to_end(&mut silent_inside), "");
    house.assert_counter("closed_identify_timeout", 3);
    house.assert_counter("tls_failed_timeout", 1);
}

#[test]
fn a_slow_loris_is_closed() {
    let house = House::open(json!({ "limits": { "request_head_timeout_ms": 100 } }));
    for mut client in [house.tcp(), house.tcp()] {
        client.write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\nX-Slow: ").unwrap();
        assert_eq!(read_to_end(&mut client), "");
    }
    let mut client = house.tls(&[]);
    client.write_all(b"G").unwrap();
    assert_eq!(read_to_end(&mut client), "");
    house.assert_counter("closed_head_timeout", 3);
    // A complete head ends the watch: what comes later may take its time.
    let mut client = house.tcp();
    client.write_all(b"POST /echo HTTP/1.1\r\n\r\n").unwrap();
    client.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(client.read(&mut [0; 1]).is_err());
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.write_all(b"late").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&mut client), "late");
}

#[test]
fn an_endless_head_is_closed() {
    let house = House::open(json!({}));
    let mut client = house.tcp();
    client.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let _ = client.write_all(&[b'a'; 70_000]);
    assert_eq!(read_to_end(&mut client), "");
    house.assert_counter("closed_head_too_long", 1);
}

#[test]
fn garbage_is_closed() {
    let house = House::open(json!({}));
    for bytes in [&b"\x80\x01\x02\x03"[..], b"\0\x01\0\0\0\0\0\0", b" GET / HTTP/1.1\r\n\r\n"] {
        let mut client = house.tcp();
        client.write_all(bytes).unwrap();
        assert_eq!(read_to_end(&mut client), "");
    }
    house.assert_counter("closed_garbage", 3);

    let mut client = house.tcp();
    ask_binding(&mut client);
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(read_to_end(&mut client), "");
    house.assert_counter("stun_closed_garbage", 1);

    let mut client = house.tcp();
    client.write_all(b"\x16\x03\x01\x00\x05hello").unwrap();
    read_bytes_to_end(&mut client);
    house.assert_counter("tls_failed_protocol", 1);
}

fn read_bytes_to_end(stream: &mut impl Read) {
    let mut chunk = [0; 1024];
    while let Ok(1..) = stream.read(&mut chunk) {}
}

#[test]
fn idle_stun_is_closed() {
    let house = House::open(json!({ "limits": { "stun_idle_timeout_ms": 100 } }));
    let mut client = house.tcp();
    ask_binding(&mut client);
    assert_eq!(read_to_end(&mut client), "");
    house.assert_counter("stun_closed_idle", 1);
    house.assert_counter("stun_connections_open", 0);
}

#[test]
fn the_oldest_that_says_nothing_makes_room() {
    let house = House::open(json!({ "limits": { "unidentified_connections": 2 } }));
    let mut first = house.tcp();
    let _others = [house.tcp(), house.tcp()];
    assert_eq!(read_to_end(&mut first), "");
    house.assert_counter("connections_dropped_unidentified", 1);
    assert!(get(&mut house.tcp(), "/").contains("200 OK"));
}

#[test]
fn one_address_has_its_bound() {
    let house = House::open(json!({ "limits": { "connections_per_address": 2 } }));
    let mut kept = [house.tcp(), house.tcp()];
    kept.iter_mut().for_each(|client| drop(ask_binding(client)));
    assert_eq!(read_to_end(&mut house.tcp()), "");
    house.assert_counter("connections_refused_per_address", 1);
    drop(kept);
    house.assert_counter("connections_open", 0);
    assert!(get(&mut house.tcp(), "/").contains("200 OK"));
}

#[test]
fn a_proxy_that_ends_tls_is_not_one_client() {
    let more = json!({ "limits": { "connections_per_address": 2 }, "unbounded_addresses": ["127.0.0.0/8"] });
    let house = House::open(more);
    let mut kept = [house.tcp(), house.tcp(), house.tcp(), house.tcp()];
    kept.iter_mut().for_each(|client| drop(ask_binding(client)));
    house.assert_counter("connections_refused_per_address", 0);
}

#[test]
fn above_the_total_nothing_is_accepted_until_there_is_room() {
    let house = House::open(json!({ "limits": { "connections": 1 } }));
    let mut first = house.tcp();
    ask_binding(&mut first);
    let mut waiting = house.tcp();
    waiting.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(house.counter("connections_accepted"), 1);
    drop(first);
    assert!(read_to_end(&mut waiting).contains("200 OK"));
}

#[test]
fn a_trusted_load_balancer_names_the_client() {
    let house = House::open(json!({ "trusted_proxies": ["127.0.0.0/8"] }));
    let v1 = b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n";
    let mut client = house.tcp();
    client.write_all(v1).unwrap();
    let expected = "source=192.0.2.7:4711 destination=198.51.100.1:443 tls=none";
    assert!(get(&mut client, "/").contains(expected));

    let mut client = house.tcp();
    client.write_all(v1).unwrap();
    assert_mapped(&ask_binding(&mut client), "192.0.2.7:4711".parse().unwrap());

    let mut client = house.tcp();
    client.write_all(v1).unwrap();
    let mut client = tls(client, "a.example", &[]);
    assert!(get(&mut client, "/").contains("source=192.0.2.7:4711 destination=198.51.100.1:443 tls=TLSv1.3"));

    let header = sightline_core::proxy_header::Header {
        addresses: Some(sightline_core::proxy_header::Addresses {
            source: "[2001:db8::7]:4711".parse().unwrap(),
            destination: "[2001:db8::1]:443".parse().unwrap(),
        }),
        tls: Some(sightline_core::proxy_header::Tls { version: "TLSv1.2" }),
        alpn: None,
        authority: Some("b.example"),
    };
    let mut bytes = Vec::new();
    sightline_core::proxy_header::encode(&header, &mut bytes);
    let mut client = house.tcp();
    for byte in bytes {
        client.write_all(&[byte]).unwrap();
    }
    let expected =
        "source=[2001:db8::7]:4711 destination=[2001:db8::1]:443 tls=TLSv1.2 alpn=none name=b.example";
    assert!(get(&mut client, "/").contains(expected));
    house.assert_counter("proxy_headers_accepted", 4);
}

#[test]
fn a_trusted_load_balancer_must_and_a_stranger_must_not_send_a_header() {
    let house = House::open(json!({ "trusted_proxies": ["127.0.0.1"] }));
    assert_eq!(get(&mut house.tcp(), "/"), "");
    house.assert_counter("proxy_headers_missing", 1);

    let house = House::open(json!({ "trusted_proxies": ["192.0.2.0/24"] }));
    for header in [&b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n"[..], b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"]
    {
        let mut client = house.tcp();
        client.write_all(header).unwrap();
        assert_eq!(read_to_end(&mut client), "");
    }
    house.assert_counter("proxy_headers_refused", 2);
}

#[test]
fn clients_behind_a_load_balancer_have_their_own_bounds() {
    let limits = json!({ "connections_per_address": 1 });
    let house = House::open(json!({ "trusted_proxies": ["127.0.0.1"], "limits": limits }));
    let open = |source: &str| {
        let mut client = house.tcp();
        client.write_all(format!("PROXY TCP4 {source} 198.51.100.1 4711 443\r\n").as_bytes()).unwrap();
        client
    };
    let mut first = open("192.0.2.1");
    ask_binding(&mut first);
    ask_binding(&mut open("192.0.2.2"));
    assert_eq!(read_to_end(&mut open("192.0.2.1")), "");
    house.assert_counter("connections_refused_per_address", 1);
}

#[test]
fn certificates_are_swapped_while_connections_go_on() {
    let house = House::open(json!({}));
    let mut old = house.tls(&[]);
    old.write_all(b"POST /echo HTTP/1.1\r\n\r\nbefore").unwrap();
    let served = |name: &str| {
        let client = tls(house.tcp(), name, &[]);
        client.conn.peer_certificates().unwrap()[0].to_vec()
    };
    let before = served("a.example");
    house.door.set_certificates(&[certificate(&["a.example"]), certificate(&["b.example"])]).unwrap();
    let (a, b) = (served("a.example"), served("b.example"));
    assert!(before != a && a != b && served("c.example") == a);
    assert!(house.door.set_certificates(&[(b"no".to_vec(), b"no".to_vec())]).is_err());
    assert!(served("b.example") == b);
    old.write_all(b" and after").unwrap();
    old.conn.send_close_notify();
    old.flush().unwrap();
    assert_eq!(read_to_end(&mut old), "before and after");
}

#[test]
fn a_challenge_certificate_is_shown_to_validators_only() {
    let house = House::open(json!({}));
    house.door.show_challenge("new.example", &[7; 32]).unwrap();
    let mut validator = tls(house.tcp(), "new.example", &["acme-tls/1"]);
    assert_eq!(validator.conn.alpn_protocol(), Some(&b"acme-tls/1"[..]));
    let certificate = validator.conn.peer_certificates().unwrap()[0].to_vec();
    // RFC 8737 §3: id-pe-acmeIdentifier (1.3.6.1.5.5.7.1.31), critical, an OCTET STRING in an OCTET STRING.
    let extension = [&[0x06, 8, 0x2B, 6, 1, 5, 5, 7, 1, 31, 1, 1, 0xFF, 4, 34, 4, 32][..], &[7; 32]].concat();
    assert!(certificate.windows(extension.len()).any(|window| window == extension));
    assert_eq!(read_to_end(&mut validator), "");
    house.assert_counter("acme_challenges_served", 1);

    house.door.set_certificates(&[]).unwrap();
    assert!(
        tls(house.tcp(), "new.example", &["acme-tls/1"]).conn.alpn_protocol().is_some(),
        "the first certificate"
    );
    house.door.set_certificates(&[support::certificate(&["a.example"])]).unwrap();

    for (name, alpn) in
        [("new.example", &["http/1.1"][..]), ("other.example", &["acme-tls/1"]), ("new.example", &[])]
    {
        let client = tls(house.tcp(), name, alpn);
        assert!(client.conn.peer_certificates().unwrap()[0].to_vec() != certificate, "{name} {alpn:?}");
    }
}

#[test]
fn a_certificate_that_cannot_be_had_says_why() {
    let house = House::open(json!({}));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ca = String::from_utf8(certificate(&["ca.example"]).0).unwrap();
    let request =
        json!({ "directory": format!("https://{nobody}/"), "directory_ca_pem": ca, "names": ["a.example"] });
    match house.door.obtain_certificate(request.to_string().as_bytes()) {
        Err(AcmeError::NotReached(text)) => assert!(text.contains("refused"), "{text}"),
        other => panic!("nobody listens there: {other:?}"),
    }
    for (request, text) in [
        (json!({ "directory": "https://a.example/", "names": [] }), "names: "),
        (json!({ "directory": "https://a.example/", "names": ["a"], "typo": 1 }), "request: typo: "),
        (
            json!({ "directory": "https://a.example/", "names": ["a"], "directory_ca_pem": "" }),
            "directory_ca_pem: ",
        ),
        (
            json!({ "directory": "https://a.example/", "names": ["a"], "account": "{}", "directory_ca_pem": ca }),
            "account: ",
        ),
    ] {
        match house.door.obtain_certificate(request.to_string().as_bytes()) {
            Err(AcmeError::Refused(said)) => assert!(said.starts_with(text), "{said}"),
            other => panic!("{text} is wrong: {other:?}"),
        }
    }
}

#[test]
fn without_certificates_tls_is_refused_and_the_rest_served() {
    let house = House::open(json!({}));
    house.door.set_certificates(&[]).unwrap();
    assert!(try_tls(house.tcp(), "a.example", &[]).is_err());
    house.assert_counter("tls_failed_no_certificate", 1);
    assert!(get(&mut house.tcp(), "/").contains("200 OK"));
}

#[test]
fn an_absent_application_is_waited_for_and_then_excused() {
    let house = House::open_without_application("127.0.0.1:0", json!({}));
    let start = Instant::now();
    let mut clients = [house.tcp(), house.tcp()];
    clients.iter_mut().for_each(|client| client.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap());
    for client in &mut clients {
        let answer = read_to_end(client);
        assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("Retry-After: "), "{answer}");
    }
    assert!(start.elapsed() > Duration::from_secs(3) && start.elapsed() < PATIENCE);
    house.assert_counter("upstream_unavailable", 2);

    let mut early = house.tls(&[]);
    early.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    serve_application(&house.socket());
    assert!(read_to_end(&mut early).contains("200 OK"));
    let events: Vec<_> = std::iter::from_fn(|| house.door.next_event(Duration::ZERO))
        .map(|event| serde_json::from_slice::<serde_json::Value>(&event).unwrap()["event"].clone())
        .collect();
    assert_eq!(events, ["certificates_set", "upstream_unreachable", "upstream_reachable"]);
}

#[test]
fn closing_lets_http_finish_and_drops_the_rest() {
    let house = House::open(json!({}));
    let (mut silent, mut stun) = (house.tcp(), house.tcp());
    ask_binding(&mut stun);
    let mut busy = house.tcp();
    busy.write_all(b"POST /echo HTTP/1.1\r\n\r\n.").unwrap();
    busy.read_exact(&mut [0]).unwrap();
    std::thread::scope(|scope| {
        let closing = scope.spawn(|| house.door.close(PATIENCE));
        assert_eq!(read_to_end(&mut silent), "");
        assert_eq!(read_to_end(&mut stun), "");
        assert!(std::net::TcpStream::connect(house.address).is_err());
        busy.write_all(b"last words").unwrap();
        busy.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_to_end(&mut busy), "last words");
        closing.join().unwrap();
    });
    house.assert_counter("connections_open", 0);
    house.door.close(PATIENCE);
}

#[test]
fn closing_ends_what_does_not_finish_in_time() {
    let house = House::open(json!({}));
    let mut stuck = house.tls(&[]);
    stuck.write_all(b"POST /echo HTTP/1.1\r\n\r\n.").unwrap();
    stuck.read_exact(&mut [0]).unwrap();
    let start = Instant::now();
    house.door.close(Duration::from_millis(100));
    assert!(start.elapsed() >= Duration::from_millis(100) && start.elapsed() < PATIENCE);
    assert_eq!(read_to_end(&mut stuck), "");
    let udp = UdpSocket::bind(house.address);
    assert!(udp.is_ok(), "the port is free again: {udp:?}");
}

#[test]
fn an_address_in_use_is_named_and_nothing_stays_bound() {
    let house = House::open(json!({}));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = json!({
        "listeners": [{ "address": free }, { "address": house.address }],
        "upstream": "/nowhere",
    });
    match sightline_driver::FrontDoor::open(support::settings(settings)) {
        Err(sightline_driver::OpenError::Bind(address, error)) => {
            assert_eq!((address, error.kind()), (house.address, std::io::ErrorKind::AddrInUse));
        }
        _ => panic!("the address is in use"),
    }
    assert!(std::net::TcpListener::bind(free).is_ok());
}
