//! The same messages come out whatever the chunks; the first byte seeds the cutting.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_core::framing::{Framing, Garbage};
use sightline_core::stun::HEADER_LENGTH;

const LONGEST: usize = 600;

fn messages(chunks: &[&[u8]]) -> (Vec<Vec<u8>>, Result<(), Garbage>) {
    let mut framing = Framing::new(LONGEST);
    let mut found = Vec::new();
    for chunk in chunks {
        let received = framing.receive(chunk, |message| found.push(message.to_vec()));
        if received.is_err() {
            return (found, received);
        }
    }
    (found, Ok(()))
}

fuzz_target!(|bytes: &[u8]| {
    let Some((seed, stream)) = bytes.split_first() else { return };
    let mut chunks = Vec::new();
    let (mut rest, mut step) = (stream, usize::from(*seed));
    while !rest.is_empty() {
        step = step.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let (chunk, after) = rest.split_at((1 + (step >> 8) % 40).min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    let whole = messages(&[stream]);
    assert_eq!(messages(&chunks), whole);
    assert!(whole.0.iter().all(|message| (HEADER_LENGTH..=LONGEST).contains(&message.len())));
    assert!(stream.starts_with(&whole.0.concat()));
});
