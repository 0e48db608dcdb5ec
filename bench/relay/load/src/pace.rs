//! When which sender is due: all at the same rate, each at its own place in the period.

/// Further behind than this, what should have been sent is skipped: catching up would be a flood that no client sends.
const LATEST_NS: u64 = 10_000_000;

pub struct Pace {
    senders: Vec<usize>,
    /// Where in the period each of `senders` is due, ascending.
    phases_ns: Vec<u64>,
    period_ns: u64,
    /// Who is due within it is sent to at its end, in one go.
    tick_ns: u64,
    turn: usize,
    period_began_ns: u64,
    pub skipped: u64,
}

impl Pace {
    /// `times_per_s`: of each sender.
    pub fn new(senders: &[usize], times_per_s: f64, tick_ns: u64, now_ns: u64) -> Self {
        let period_ns = (1e9 / times_per_s) as u64;
        let count = senders.len() as u64;
        // Neighbours in the list are the two ends of a path; a step that shares no factor with the count sets them
        // apart, and is the same in every run.
        let step = (count * 618 / 1000..).find(|step| gcd(*step, count) == 1).unwrap_or(1);
        let mut order: Vec<(u64, usize)> = senders
            .iter()
            .enumerate()
            .map(|(place, sender)| (place as u64 * step % count * period_ns / count, *sender))
            .collect();
        order.sort_unstable();
        let (phases_ns, senders) = order.into_iter().unzip();
        Self { senders, phases_ns, period_ns, tick_ns, turn: 0, period_began_ns: now_ns, skipped: 0 }
    }

    pub fn due_at_ns(&self) -> u64 {
        (self.period_began_ns + self.phases_ns[self.turn]).next_multiple_of(self.tick_ns)
    }

    /// Who is due now.
    pub fn next(&mut self, now_ns: u64) -> Option<usize> {
        let due_at_ns = self.due_at_ns();
        if due_at_ns > now_ns {
            return None;
        }
        let sender = self.senders[self.turn];
        self.turn += 1;
        if self.turn == self.senders.len() {
            self.turn = 0;
            self.period_began_ns += self.period_ns;
        }
        if now_ns - due_at_ns > LATEST_NS {
            self.period_began_ns += now_ns - due_at_ns;
            self.skipped += (now_ns - due_at_ns) * self.senders.len() as u64 / self.period_ns;
        }
        Some(sender)
    }
}

fn gcd(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { gcd(other, one % other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_due_once_in_a_period_at_a_time_of_their_own() {
        for count in [1, 2, 7, 40, 80] {
            let senders: Vec<usize> = (0..count).collect();
            let mut pace = Pace::new(&senders, 1000.0, 1, 0);
            let mut seen = Vec::new();
            let mut times = Vec::new();
            for _ in 0..count {
                times.push(pace.due_at_ns());
                seen.extend(pace.next(999_999));
            }
            assert_eq!(pace.next(999_999), None);
            seen.sort_unstable();
            assert_eq!(seen, senders);
            times.dedup();
            assert_eq!(times.len(), count);
        }
    }

    #[test]
    fn what_is_long_overdue_is_skipped() {
        let mut pace = Pace::new(&[0, 1], 100.0, 1, 0);
        let late = 1_000_000_000;
        let sent = std::iter::from_fn(|| pace.next(late)).count();
        assert!(sent <= 4, "{sent}");
        assert!(pace.skipped >= 190, "{}", pace.skipped);
    }
}
