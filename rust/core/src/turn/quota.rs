//! What one user and one address may cost.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use super::time::Now;
use crate::budget::{Bucket, Rate};

/// What shards count together: the kernel deals the connections of one user to all of them, and a quota that each counted
/// for itself would grow with the number of processors. It is asked when something is allocated or ends, never on the
/// packet path. Between a shard's question and its entry others may enter theirs: a quota is exceeded by less than one each.
#[derive(Clone, Debug, Default)]
pub struct Census {
    pub(super) users: Common<Box<str>>,
    pub(super) origins: Common<u64>,
}

/// How many allocations and kept ports there are, by owner.
#[derive(Clone, Debug)]
pub(super) struct Common<K>(Arc<Mutex<HashMap<K, u32>>>);

impl<K> Default for Common<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Clone + Eq + Hash> Common<K> {
    fn of(&self, owner: &K) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(owner).copied().unwrap_or(0)
    }

    fn add(&self, owner: &K) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(owner.clone()).or_insert(0) += 1;
    }

    fn remove(&self, owner: &K, count: u32) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = counts.get_mut(owner) {
            *held = held.saturating_sub(count);
            if *held == 0 {
                counts.remove(owner);
            }
        }
    }
}

/// One user's or one address's books.
#[derive(Debug)]
struct Account<K> {
    owner: K,
    allocations: u32,
    bucket: Bucket,
}

/// Who has how many allocations and kept ports. An account exists while it has one, so there are never more than these.
#[derive(Debug)]
pub(super) struct Accounts<K: Clone + Eq + Hash> {
    numbers: HashMap<K, u32>,
    accounts: Vec<Option<Account<K>>>,
    free: Vec<u32>,
    rate: Rate,
    common: Common<K>,
}

impl<K: Clone + Eq + Hash> Accounts<K> {
    pub(super) fn new(rate: Rate, common: Common<K>) -> Self {
        Self { numbers: HashMap::new(), accounts: Vec::new(), free: Vec::new(), rate, common }
    }

    /// Of all shards.
    pub(super) fn allocations(&self, owner: &K) -> u32 {
        self.common.of(owner)
    }

    /// One allocation more. The number is good until it has been given back as often as it was handed out.
    pub(super) fn open(&mut self, now: Now, owner: K) -> u32 {
        self.common.add(&owner);
        let number = *self.numbers.entry(owner.clone()).or_insert_with(|| {
            let account = Account { owner, allocations: 0, bucket: Bucket::full(now.ms, self.rate) };
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
        self.common.remove(&account.owner, 1);
        if account.allocations == 0 {
            self.numbers.remove(&account.owner);
            *slot = None;
            self.free.push(number);
        }
    }

    pub(super) fn take(&mut self, now: Now, number: u32, bytes: usize) -> bool {
        match &mut self.accounts[number as usize] {
            Some(account) => account.bucket.take(now.ms, self.rate, bytes),
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

/// A shard that starts anew has nothing any more.
impl<K: Clone + Eq + Hash> Drop for Accounts<K> {
    fn drop(&mut self) {
        for account in self.accounts.iter().flatten() {
            self.common.remove(&account.owner, account.allocations);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now { ms, unix_s: 0 }
    }

    #[test]
    fn an_account_lasts_as_long_as_its_allocations() {
        let mut accounts = Accounts::new(Rate { bytes_per_s: Some(10), burst: 10 }, Common::default());
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
    fn what_shards_count_together_ends_with_each_of_them() {
        let (common, rate) = (Common::default(), Rate { bytes_per_s: None, burst: 0 });
        let [mut one, mut other] = [(); 2].map(|()| Accounts::new(rate, common.clone()));
        let number = one.open(at(0), "anna");
        other.open(at(0), "anna");
        other.open(at(0), "anna");
        assert_eq!((one.allocations(&"anna"), other.allocations(&"anna")), (3, 3));
        one.close(number);
        assert_eq!((one.allocations(&"anna"), one.total(), other.total()), (2, 0, 2));
        drop(other);
        assert_eq!(one.allocations(&"anna"), 0);
        assert!(common.0.lock().unwrap().is_empty(), "nothing is kept of who has nothing");
    }
}
