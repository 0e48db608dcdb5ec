//! The end of a head is found where a search finds it, whatever the chunks; the first byte seeds the cutting.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_core::http_head::{Head, HeadWatch, LONGEST};

fuzz_target!(|bytes: &[u8]| {
    let Some((seed, stream)) = bytes.split_first() else { return };
    let mut watch = HeadWatch::default();
    let mut found = Head::Incomplete;
    for chunk in stream.chunks(1 + usize::from(*seed)) {
        found = watch.receive(chunk);
        if found != Head::Incomplete {
            break;
        }
    }
    assert_eq!(found, HeadWatch::default().receive(stream));
    if stream.len() < LONGEST {
        assert_eq!(found == Head::Complete, stream.windows(4).any(|window| window == b"\r\n\r\n"));
    }
});
