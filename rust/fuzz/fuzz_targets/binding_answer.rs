//! Whatever comes, the answer is well-formed, never to a response, and over UDP within its allowance.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_core::binding::{ALLOWANCE, ANSWER_LENGTH, Answer, Transport, answer};
use sightline_core::stun::{Class, Fingerprint, Message};

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
            let (asked, told) = (Message::parse(bytes).unwrap(), Message::parse(&buffer[..length]).unwrap());
            assert_eq!((asked.class(), asked.transaction_id()), (Class::Request, told.transaction_id()));
            assert_eq!(asked.fingerprint() == Fingerprint::Right, told.fingerprint() == Fingerprint::Right);
        }
    }
});
