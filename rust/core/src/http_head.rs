//! Where the first request head of a connection ends. Nothing else of HTTP is understood here: it times slow-loris.

/// The longest first head that is let through. uvicorn and nginx give up at 64 KiB and 32 KiB; we only watch.
pub const LONGEST: usize = 64 * 1024;

/// What is known after some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    Incomplete,
    Complete,
    TooLong,
}

/// Watches the bytes of a connection go by; holds a few bytes of state and no copy.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeadWatch {
    /// How much of CR LF CR LF the last bytes are.
    matched: u8,
    length: usize,
}

impl HeadWatch {
    /// Take the next bytes of the connection. Only CR LF CR LF ends a head: a bare LF may (RFC 9112 §2.2) but no
    /// client of ours sends it, and whoever does has until the timeout.
    pub fn receive(&mut self, bytes: &[u8]) -> Head {
        for byte in bytes {
            self.matched = match (self.matched, byte) {
                (0 | 2, b'\r') => self.matched + 1,
                (1 | 3, b'\n') => self.matched + 1,
                (_, b'\r') => 1,
                _ => 0,
            };
            self.length += 1;
            if self.matched == 4 {
                return Head::Complete;
            }
            if self.length >= LONGEST {
                return Head::TooLong;
            }
        }
        Head::Incomplete
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    #[test]
    fn a_head_ends_whole_and_byte_by_byte_and_with_a_body_behind() {
        assert_eq!(HeadWatch::default().receive(HEAD), Head::Complete);
        assert_eq!(HeadWatch::default().receive(&[HEAD, b"body"].concat()), Head::Complete);
        let mut watch = HeadWatch::default();
        for (at, byte) in HEAD.iter().enumerate() {
            let expected = if at + 1 == HEAD.len() { Head::Complete } else { Head::Incomplete };
            assert_eq!(watch.receive(&[*byte]), expected);
        }
    }

    #[test]
    fn near_misses_do_not_end_it() {
        for bytes in [&b"a\r\n\n"[..], b"\r\n\r", b"\r\r\n\r", b"\n\r\n"] {
            assert_eq!(HeadWatch::default().receive(bytes), Head::Incomplete, "{bytes:?}");
        }
        assert_eq!(HeadWatch::default().receive(b"\r\r\n\r\n"), Head::Complete);
        assert_eq!(HeadWatch::default().receive(b"\r\n\r\r\n\r\n"), Head::Complete);
    }

    #[test]
    fn an_endless_head_is_too_long() {
        let mut watch = HeadWatch::default();
        assert_eq!(watch.receive(&vec![b'a'; LONGEST - 1]), Head::Incomplete);
        assert_eq!(watch.receive(b"a"), Head::TooLong);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_search(bytes in prop::collection::vec(prop::sample::select(b"\r\na".to_vec()), 0..40)) {
            let ends = bytes.windows(4).any(|window| window == b"\r\n\r\n");
            prop_assert_eq!(HeadWatch::default().receive(&bytes) == Head::Complete, ends);
        }
    }
}
