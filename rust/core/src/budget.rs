//! What may be sent in a while: steady rates, and what strangers over UDP may make us send to whom they name.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

/// How a bucket fills.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// None: without limit.
    pub bytes_per_s: Option<u64>,
    /// What may be taken at once after a pause.
    pub burst: u64,
}

/// Bytes that flow in steadily and are taken out in gulps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    level: u64,
    filled_at_ms: u64,
}

impl Bucket {
    pub(crate) fn full(now_ms: u64, rate: Rate) -> Self {
        Self { level: rate.burst, filled_at_ms: now_ms }
    }

    /// Take `bytes`, or nothing and false.
    pub(crate) fn take(&mut self, now_ms: u64, rate: Rate, bytes: usize) -> bool {
        let Some(per_s) = rate.bytes_per_s else {
            return true;
        };
        let passed_ms = now_ms.saturating_sub(self.filled_at_ms);
        let earned = per_s.saturating_mul(passed_ms) / 1000;
        if earned > 0 {
            // Whole bytes only, or a slow rate asked often would never earn any.
            self.level = self.level.saturating_add(earned).min(rate.burst);
            self.filled_at_ms = now_ms;
        }
        let is_enough = self.level >= bytes as u64;
        if is_enough {
            self.level -= bytes as u64;
        }
        is_enough
    }
}

/// Who shares a quota: an IPv4 address, or an IPv6 /64, which is what one subscriber has (RFC 6177).
pub(crate) fn origin(ip: IpAddr) -> u64 {
    match ip.to_canonical() {
        // 0.0.0.0/96 of IPv6's lower half is not routed, so the two never meet.
        IpAddr::V4(ip) => u64::from(u32::from(ip)),
        IpAddr::V6(ip) => (u128::from(ip) >> 64) as u64,
    }
}

/// How many budgets strangers share. Guess: 128 KiB of memory, and emptying them all by forged sources takes more
/// datagrams than a core can answer.
const BUDGETS: usize = 8192;
/// What answers may exceed their requests by, towards one address: 200 clients behind one NAT that arrive at once,
/// then 25 a second. As a weapon that is 2 KiB/s, less than it costs to carry the forged requests there.
const EXCESS: Rate = Rate { bytes_per_s: Some(2048), burst: 16 * 1024 };

/// Bounds what forged requests make us send to their victims: no reflector, no amplifier.
///
/// The first answer to an Allocate has to carry a realm and a nonce, and browsers ask for it with 28 to 36 bytes, so
/// "never larger than the request" would shut them out. Instead every byte by which answers to unauthenticated
/// datagrams exceed them is paid from a budget of the address they go to; where it is empty, silence.
#[derive(Debug)]
pub struct Strangers {
    budgets: Vec<Bucket>,
    // Keyed at random: nobody can choose an address that shares the budget of another.
    hasher: RandomState,
}

impl Default for Strangers {
    fn default() -> Self {
        Self { budgets: vec![Bucket::full(0, EXCESS); BUDGETS], hasher: RandomState::new() }
    }
}

impl Strangers {
    /// Whether an answer of `answer` bytes may be given to `request` bytes that came from `ip`.
    pub(crate) fn may_answer(&mut self, now_ms: u64, ip: IpAddr, request: usize, answer: usize) -> bool {
        self.may_spend(now_ms, ip, answer.saturating_sub(request))
    }

    /// Whether `bytes` that nothing has paid for may go to `ip`.
    pub(crate) fn may_spend(&mut self, now_ms: u64, ip: IpAddr, bytes: usize) -> bool {
        let at = self.hasher.hash_one(origin(ip)) as usize % BUDGETS;
        bytes == 0 || self.budgets[at].take(now_ms, EXCESS, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_then_its_rate() {
        let rate = Rate { bytes_per_s: Some(1000), burst: 2000 };
        let mut bucket = Bucket::full(0, rate);
        assert!(bucket.take(0, rate, 2000));
        assert!(!bucket.take(0, rate, 1));
        assert!(bucket.take(500, rate, 500));
        assert!(!bucket.take(500, rate, 1));
        assert!(!bucket.take(9_000, rate, 2001));
        assert!(bucket.take(9_000, rate, 2000));
        let slow = Rate { bytes_per_s: Some(1), burst: 10 };
        let mut bucket = Bucket { level: 0, filled_at_ms: 0 };
        (0..1000).for_each(|ms| assert!(!bucket.take(ms, slow, 1)));
        assert!(bucket.take(1000, slow, 1));
    }

    #[test]
    fn forged_requests_yield_a_trickle() {
        let mut strangers = Strangers::default();
        let victim = "192.0.2.1".parse().unwrap();
        let mut sent =
            |now_ms| (0..10_000).filter(|_| strangers.may_answer(now_ms, victim, 28, 108)).count() * 80;
        assert!(sent(0) <= 16 * 1024);
        // What the first burst left over comes on top: less than one answer.
        assert!(sent(1000) < 2048 + 80);
        assert!(strangers.may_answer(1000, victim, 108, 108));
    }
}
