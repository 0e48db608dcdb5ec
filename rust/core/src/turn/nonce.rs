//! Nonces that need no memory: cookie and features (RFC 8489 §9.2), the second they were made, and a MAC over that
//! second, the realm and the client's 5-tuple.
//!
//! They prove that answers reach the client: one cannot be made up, nor used from another address or port. They are
//! short because they are in every answer to a stranger, who may have forged whom it goes to.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::base64;
use super::five_tuple::FiveTuple;

/// Cookie 9, features 4, time 4, MAC 11.
pub(super) const LENGTH: usize = 28;

pub(super) type Nonce = [u8; LENGTH];

/// How far another shard's clock may be ahead. Guess: shards of one process read the same clock at different moments.
const AHEAD_S: u64 = 60;
/// The seconds that four hexadecimal digits tell apart: no nonce lives longer.
const TIMES: u64 = 1 << 16;

const COOKIE: &[u8; 9] = b"obMatJos2";

// RFC 8489 §18.1 counts the feature bits from the left, an erratum and the example in its appendix B.1 from the right,
// and clients do either. The bits in between are unassigned, so both ends are set: 0x800001 and 0xC00003.
pub(super) const ALGORITHMS: &[u8; 4] = b"gAAB";
pub(super) const ALGORITHMS_AND_ANONYMITY: &[u8; 4] = b"wAAD";

pub(super) fn make(
    secret: &[u8; 32],
    realm: &str,
    features: &[u8; 4],
    client: &FiveTuple,
    unix_s: u64,
) -> Nonce {
    // Hexadecimal, so that it is read back without a decoder.
    let time = format!("{:04x}", unix_s % TIMES);
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("an HMAC takes keys of any length");
    mac.update(features);
    // The whole of it: digits that come round again do not make an old nonce good.
    mac.update(&unix_s.to_be_bytes());
    client.feed(|bytes| mac.update(bytes));
    mac.update(realm.as_bytes());
    // 64 bits: guessing costs a datagram each, and a right guess leaves the password to be guessed.
    let mac = base64::encode(&mac.finalize().into_bytes()[..8]);
    let mut nonce = [0; LENGTH];
    nonce[..9].copy_from_slice(COOKIE);
    nonce[9..13].copy_from_slice(features);
    nonce[13..17].copy_from_slice(time.as_bytes());
    // What is left off is base64's padding.
    nonce[17..].copy_from_slice(&mac.as_bytes()[..11]);
    nonce
}

/// The second at which we made `nonce` for this client; None: we did not, or eighteen hours ago.
pub(super) fn made_at(
    secret: &[u8; 32],
    realm: &str,
    features: &[u8; 4],
    client: &FiveTuple,
    nonce: &[u8],
    now_unix_s: u64,
) -> Option<u64> {
    let time = std::str::from_utf8(nonce.get(13..17)?).ok()?;
    let digits = u64::from_str_radix(time, 16).ok()?;
    // The last time that ended so.
    let latest = now_unix_s.saturating_add(AHEAD_S);
    let unix_s = latest.checked_sub(latest.wrapping_sub(digits) % TIMES)?;
    let expected = make(secret, realm, features, client, unix_s);
    bool::from(expected.ct_eq(nonce)).then_some(unix_s)
}

#[cfg(test)]
mod tests {
    use super::super::five_tuple::Transport;
    use super::*;
    use proptest::prelude::*;

    fn client(port: u16) -> FiveTuple {
        FiveTuple::new(([192, 0, 2, 1], port).into(), ([198, 51, 100, 1], 3478).into(), Transport::Udp)
    }

    const NOW: u64 = 1_700_000_000;

    #[test]
    fn a_nonce_is_good_until_its_digits_come_round() {
        let read = |made: u64, now| {
            let nonce = make(&[1; 32], "realm", ALGORITHMS, &client(1), made);
            made_at(&[1; 32], "realm", ALGORITHMS, &client(1), &nonce, now)
        };
        for age in [0, 1, 600, 40_000, TIMES - AHEAD_S - 1] {
            assert_eq!(read(NOW, NOW + age), Some(NOW), "{age}");
        }
        for age in [TIMES - AHEAD_S, TIMES, 3 * TIMES, 1 << 32] {
            assert_eq!(read(NOW, NOW + age), None, "{age}");
        }
        assert_eq!((read(NOW + 60, NOW), read(NOW + 61, NOW)), (Some(NOW + 60), None));
        assert_eq!((read(0, 0), read(5, 3)), (Some(0), Some(5)));
    }

    #[test]
    fn a_nonce_is_good_for_its_client_realm_and_process_only() {
        let made = make(&[1; 32], "realm", ALGORITHMS, &client(1), NOW);
        let read = |secret, realm, features, port| {
            made_at(&[secret; 32], realm, features, &client(port), &made, NOW)
        };
        assert_eq!(read(1, "realm", ALGORITHMS, 1), Some(NOW));
        assert_eq!(read(2, "realm", ALGORITHMS, 1), None);
        assert_eq!(read(1, "other", ALGORITHMS, 1), None);
        assert_eq!(read(1, "realm", ALGORITHMS_AND_ANONYMITY, 1), None);
        assert_eq!(read(1, "realm", ALGORITHMS, 2), None);
    }

    proptest! {
        #[test]
        fn a_changed_nonce_is_not_ours(at in 0..LENGTH, byte in any::<u8>()) {
            let mut nonce = make(&[1; 32], "realm", ALGORITHMS, &client(1), NOW);
            prop_assume!(nonce[at] != byte);
            nonce[at] = byte;
            prop_assert_eq!(made_at(&[1; 32], "realm", ALGORITHMS, &client(1), &nonce, NOW), None);
        }

        #[test]
        fn anything_may_come_as_a_nonce(nonce in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(made_at(&[1; 32], "realm", ALGORITHMS, &client(1), &nonce, NOW), None);
        }
    }
}
