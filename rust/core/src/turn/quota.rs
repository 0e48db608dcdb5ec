//! What one user and one address may cost.

use std::collections::HashMap;
use std::hash::Hash;

use super::time::Now;
use crate::budget::{Bucket, Rate};

/// One user's or one address's books.
#[derive(Debug)]
struct Account<K> {
    owner: K,
    allocations: u32,
    bucket: Bucket,
}

/// Who has how many allocations and kept ports. An account exists while it has one, so there are never more than these.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now { ms, unix_s: 0 }
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
}
