//! A decision is made within eight bytes and stands whatever follows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_core::demux::{DECISION_LENGTH, First, Inside, datagram, first, inside};

fuzz_target!(|bytes: &[u8]| {
    let _ = datagram(bytes);
    for end in 0..=bytes.len().min(DECISION_LENGTH + 4) {
        let (early_first, early_inside) = (first(&bytes[..end]), inside(&bytes[..end]));
        assert!(early_first == First::NeedMore || early_first == first(bytes));
        assert!(early_inside == Inside::NeedMore || early_inside == inside(bytes));
        if end >= DECISION_LENGTH {
            assert!(early_first != First::NeedMore && early_inside != Inside::NeedMore);
        }
    }
});
