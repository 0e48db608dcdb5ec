//! Whatever comes, the answer is well-formed, never to a response, and over UDP within its allowance; with behaviour
//! discovery it goes to no other address, and what exceeds the allowance is within the budget.
#![no_main]

use std::net::SocketAddr;

use libfuzzer_sys::fuzz_target;
use sightline_core::behaviour::{self, Endpoint, Endpoints};
use sightline_core::binding::{ALLOWANCE, ANSWER_LENGTH, Answer, Transport, answer};
use sightline_core::budget::Strangers;
use sightline_core::stun::{Class, Fingerprint, Message};

fn check(bytes: &[u8], told: &[u8]) {
    let (asked, told) = (Message::parse(bytes).unwrap(), Message::parse(told).unwrap());
    assert_eq!((asked.class(), asked.transaction_id()), (Class::Request, told.transaction_id()));
    assert_eq!(asked.fingerprint() == Fingerprint::Right, told.fingerprint() == Fingerprint::Right);
}

thread_local! {
    // 128 KiB: too much to make anew for every input.
    static STRANGERS: std::cell::RefCell<(u64, Strangers)> = std::cell::RefCell::default();
}

fn discover(bytes: &[u8], source: &str, second: Option<&str>) {
    let source: SocketAddr = source.parse().unwrap();
    let first = if source.is_ipv4() { "192.0.2.9:3478" } else { "[2001:db8::9]:3478" };
    let second = second.map(|it| it.parse().unwrap());
    let endpoints = Endpoints::new(first.parse().unwrap(), second, Some(3479)).unwrap();
    let at = Endpoint { is_second_address: second.is_some(), is_second_port: true };
    let mut buffer = [0; behaviour::ANSWER_LENGTH];
    let answer = STRANGERS.with_borrow_mut(|(now_ms, strangers)| {
        // A full budget for every input.
        *now_ms += 60_000;
        behaviour::answer(*now_ms, bytes, source, (at, &endpoints), strangers, &mut buffer)
    });
    if let behaviour::Answer::Send(reply) = answer {
        check(bytes, &buffer[..reply.length]);
        assert_eq!(reply.to.ip(), source.ip());
        assert!(endpoints.address(reply.from).is_some() && reply.to.port() != 0);
        // Three more addresses of IPv6, and the head of PADDING.
        assert!(reply.length <= bytes.len() + ALLOWANCE + 3 * 24 + 4);
    }
}

fuzz_target!(|bytes: &[u8]| {
    for source in ["192.0.2.1:1234", "[2001:db8::1]:1234"] {
        for transport in [Transport::Udp, Transport::Stream] {
            let mut buffer = [0; ANSWER_LENGTH];
            let (Answer::Success(length) | Answer::UnknownAttributes(length)) =
                answer(bytes, source.parse().unwrap(), transport, &mut buffer)
            else {
                continue;
            };
            assert!(transport == Transport::Stream || length <= bytes.len() + ALLOWANCE);
            check(bytes, &buffer[..length]);
        }
    }
    discover(bytes, "192.0.2.1:1234", Some("192.0.2.10"));
    discover(bytes, "192.0.2.1:1234", None);
    discover(bytes, "[2001:db8::1]:1234", Some("2001:db8::10"));
});
