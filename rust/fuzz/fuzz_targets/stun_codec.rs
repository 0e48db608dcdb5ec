//! A message is refused, or every attribute can be looked at, and what can be decoded is rebuilt to the same value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_core::stun::{Builder, HEADER_LENGTH, Key, Message, kind};

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = Message::parse(bytes) else { return };
    let (id, key) = (message.transaction_id(), Key::short_term("password"));
    let mut buffer = vec![0; 2 * bytes.len() + 64];
    let mut builder = Builder::new(&mut buffer, message.class(), message.method(), id).unwrap();
    let mut attributes = Vec::new();
    let mut end = HEADER_LENGTH;
    for raw in message.attributes() {
        assert_eq!(raw.offset, end);
        end = raw.offset + 4 + raw.value.len().next_multiple_of(4);
        if let Ok(attribute) = raw.decode(&id) {
            assert_eq!(attribute.kind(), raw.kind);
            if builder.attribute(&attribute).is_ok() {
                attributes.push(attribute);
            }
        }
    }
    assert_eq!(end, bytes.len());
    let _ = message.fingerprint();
    assert_ne!(message.is_integrity_sha1_right(&key).is_some(), message.find(kind::MESSAGE_INTEGRITY).is_none());
    let _ = message.is_integrity_sha256_right(&key);
    let rebuilt = Message::parse(builder.finish()).expect("what is built is well-formed");
    assert_eq!((rebuilt.class(), rebuilt.method()), (message.class(), message.method()));
    let again: Vec<_> = rebuilt.attributes().map(|raw| raw.decode(&id).unwrap()).collect();
    assert_eq!(again, attributes);
});
