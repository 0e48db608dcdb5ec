//! What one user, one address and a stranger may cost.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;

use super::time::Now;

/// Bytes that flow in steadily and are taken out in gulps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    level: u64,
    filled_at_ms: u64,
}

/// How a [`Bucket`] fills.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// None: without limit.
    pub bytes_per_s: Option<u64>,
    /// What may be taken at once after a pause.
    pub burst: u64,
}

impl Bucket {
    pub(super) fn full(now: Now, rate: Rate) -> Self {
        Self { level: rate.burst, filled_at_ms: now.ms }
    }

    /// Take `bytes`, or nothing and false.
    pub(super) fn take(&mut self, now: Now, rate: Rate, bytes: usize) -> bool {
        let Some(per_s) = rate.bytes_per_s else {
            return true;
        };
        let passed_ms = now.ms.saturating_sub(self.filled_at_ms);
        let earned = per_s.saturating_mul(passed_ms) / 1000;
        if earned > 0 {
            // Whole bytes only, or a slow rate asked often would never earn any.
            self.level = self.level.saturating_add(earned).min(rate.burst);
            self.filled_at_ms = now.ms;
        }
        let is_enough = self.level >= bytes as u64;
        if is_enough {
            self.level -= bytes as u64;
        }
        is_enough
    }
}

/// One user's or one address's books.
#[derive(Debug)]
struct Account<K> {
    owner: K,
    allocations: u32,
    bucket: Bucket,
}

/// Who has how many allocations. An account exists while it has one, so there are never more than allocations.
#[derive(Debug)]
pub(super) struct Accounts<K> {
    numbers: HashMap<K, u32>,
    accounts: Vec<Option<Account<K>>>,
    free: Vec<u32>,
    rate: Rate,
}

impl<K: Clone + Eq + Hash> Accounts<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self { numbers: HashMap::new(), accounts: Vec::new(), free: Vec::new(), rate }
    }

    pub(super) fn allocations(&self, owner: &K) -> u32 {
        let account = self.numbers.get(owner).and_then(|number| self.accounts[*number as usize].as_ref());
        account.map_or(0, |account| account.allocations)
    }

    /// One allocation more. The number is good until it has been given back as often as it was handed out.
    pub(super) fn open(&mut self, now: Now, owner: K) -> u32 {
        let number = *self.numbers.entry(owner.clone()).or_insert_with(|| {
            let account = Account { owner, allocations: 0, bucket: Bucket::full(now, self.rate) };
            let number = self.free.pop().unwrap_or_else(|| {
                self.accounts.push(None);
                self.accounts.len() as u32 - 1
            });
            self.accounts[number as usize] = Some(account);
            number
        });
        if let Some(account) = &mut self.accounts[number as usize] {
            account.allocations += 1;
        }
        number
    }

    pub(super) fn close(&mut self, number: u32) {
        let slot = &mut self.accounts[number as usize];
        let Some(account) = slot else { return };
        account.allocations -= 1;
        if account.allocations == 0 {
            self.numbers.remove(&account.owner);
            *slot = None;
            self.free.push(number);
        }
    }

    pub(super) fn take(&mut self, now: Now, number: u32, bytes: usize) -> bool {
        match &mut self.accounts[number as usize] {
            Some(account) => account.bucket.take(now, self.rate, bytes),
            None => false,
        }
    }

    pub(super) fn total(&self) -> usize {
        self.accounts.iter().flatten().map(|account| account.allocations as usize).sum()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// Who shares a quota: an IPv4 address, or an IPv6 /64, which is what one subscriber has (RFC 6177).
pub(super) fn origin(ip: IpAddr) -> u64 {
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

/// Bounds what forged requests make us send to their victims : no reflector, no amplifier.
///
/// The first answer to an Allocate has to carry a realm and a nonce, and browsers ask for it with 28 to 36 bytes, so
/// "never larger than the request" would shut them out. Instead every byte by which answers to unauthenticated
/// datagrams exceed them is paid from a budget of the address they go to; where it is empty, silence.
#[derive(Debug)]
pub(super) struct Strangers {
    budgets: Vec<Bucket>,
    // Keyed at random: nobody can choose an address that shares the budget of another.
    hasher: RandomState,
}

impl Strangers {
    pub(super) fn new() -> Self {
        let full = Bucket::full(Now::default(), EXCESS);
        Self { budgets: vec![full; BUDGETS], hasher: RandomState::new() }
    }

    /// Whether an answer of `answer` bytes may be given to `request` bytes that came from `ip`.
    pub(super) fn may_answer(&mut self, now: Now, ip: IpAddr, request: usize, answer: usize) -> bool {
        let excess = answer.saturating_sub(request);
        let at = self.hasher.hash_one(origin(ip)) as usize % BUDGETS;
        excess == 0 || self.budgets[at].take(now, EXCESS, excess)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now { ms, unix_s: 0 }
    }

    #[test]
    fn a_bucket_gives_its_burst_then_its_rate() {
        let rate = Rate { bytes_per_s: Some(1000), burst: 2000 };
        let mut bucket = Bucket::full(at(0), rate);
        assert!(bucket.take(at(0), rate, 2000));
        assert!(!bucket.take(at(0), rate, 1));
        assert!(bucket.take(at(500), rate, 500));
        assert!(!bucket.take(at(500), rate, 1));
        assert!(!bucket.take(at(9_000), rate, 2001));
        assert!(bucket.take(at(9_000), rate, 2000));
        let slow = Rate { bytes_per_s: Some(1), burst: 10 };
        let mut bucket = Bucket { level: 0, filled_at_ms: 0 };
        (0..1000).for_each(|ms| assert!(!bucket.take(at(ms), slow, 1)));
        assert!(bucket.take(at(1000), slow, 1));
    }

    #[test]
    fn an_account_lasts_as_long_as_its_allocations() {
        let mut accounts = Accounts::new(Rate { bytes_per_s: Some(10), burst: 10 });
        let first = accounts.open(at(0), "anna");
        assert_eq!((first, accounts.open(at(0), "anna")), (0, 0));
        assert_eq!(accounts.open(at(0), "berta"), 1);
        assert_eq!((accounts.allocations(&"anna"), accounts.allocations(&"carla")), (2, 0));
        assert!(accounts.take(at(0), 0, 10) && !accounts.take(at(0), 0, 1) && accounts.take(at(0), 1, 1));
        accounts.close(0);
        accounts.close(0);
        assert_eq!((accounts.allocations(&"anna"), accounts.len()), (0, 1));
        assert_eq!(accounts.open(at(0), "carla"), 0);
    }

    #[test]
    fn forged_requests_yield_a_trickle() {
        let mut strangers = Strangers::new();
        let victim = "192.0.2.1".parse().unwrap();
        let mut sent = |now| (0..10_000).filter(|_| strangers.may_answer(now, victim, 28, 108)).count() * 80;
        assert!(sent(at(0)) <= 16 * 1024);
        // What the first burst left over comes on top: less than one answer.
        assert!(sent(at(1000)) < 2048 + 80);
        assert!(strangers.may_answer(at(1000), victim, 108, 108));
    }
}
