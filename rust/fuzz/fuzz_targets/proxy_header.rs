//! A header is refused, incomplete, or complete at one length whatever follows; and what v2 can say is said again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sightline_core::proxy_header::{LONGEST, decode, encode};

fuzz_target!(|bytes: &[u8]| {
    match decode(bytes) {
        Ok(Some(decoded)) => {
            assert!(decoded.length <= bytes.len() && decoded.length <= LONGEST);
            assert_eq!(decode(&bytes[..decoded.length]), Ok(Some(decoded.clone())));
            assert_eq!(decode(&bytes[..decoded.length - 1]), Ok(None));
            // LOCAL carries nothing, so there is nothing to compare without addresses.
            if decoded.header.addresses.is_some() {
                let mut again = Vec::new();
                encode(&decoded.header, &mut again);
                assert_eq!(decode(&again).unwrap().unwrap().header, decoded.header);
            }
        }
        Ok(None) => assert!(bytes.len() < LONGEST),
        Err(_) => assert!(decode(&[bytes, b"\r\n"].concat()).is_err()),
    }
});
