//! What is worth a log line, queued until Python fetches it. Never a client's address.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// From the contract: events beyond these are dropped and counted.
const CAPACITY: usize = 1024;
/// Where those end of which there may be very many. Guess: the rest is enough for everything else.
const FREQUENT_CAPACITY: usize = CAPACITY - 128;
/// One kind of event at most this often, so that nobody outside can fill the log. Guess: a human reads it.
const QUIET: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(crate) struct Events {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Vec<u8>>,
    last: HashMap<&'static str, Instant>,
    is_closed: bool,
}

impl Events {
    /// Queue an event; false: the queue is full. `fields` is a JSON object.
    #[must_use]
    pub(crate) fn push(&self, name: &'static str, fields: Value) -> bool {
        self.push_within(CAPACITY, name, fields)
    }

    /// The same for what users cause by the thousand.
    #[must_use]
    pub(crate) fn push_frequent(&self, name: &'static str, fields: Value) -> bool {
        self.push_within(FREQUENT_CAPACITY, name, fields)
    }

    fn push_within(&self, capacity: usize, name: &'static str, fields: Value) -> bool {
        let mut event = json!({ "event": name });
        if let (Value::Object(event), Value::Object(fields)) = (&mut event, fields) {
            event.extend(fields);
        }
        let mut state = self.lock();
        if state.waiting.len() >= capacity {
            return false;
        }
        state.waiting.push_back(event.to_string().into_bytes());
        drop(state);
        self.arrived.notify_one();
        true
    }

    /// The same for what a stranger can cause: at most one of a kind in ten seconds, the rest unsaid (they are counted
    /// elsewhere).
    #[must_use]
    pub(crate) fn push_rarely(&self, name: &'static str, now: Instant, fields: Value) -> bool {
        {
            let mut state = self.lock();
            if state.last.get(name).is_some_and(|last| now.duration_since(*last) < QUIET) {
                return true;
            }
            state.last.insert(name, now);
        }
        self.push(name, fields)
    }

    /// The next event; None: none came in time, or none will come any more.
    pub(crate) fn next(&self, timeout: Duration) -> Option<Vec<u8>> {
        let state = self.lock();
        let mut state = self
            .arrived
            .wait_timeout_while(state, timeout, |state| state.waiting.is_empty() && !state.is_closed)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        state.waiting.pop_front()
    }

    /// Let everybody who waits go.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.arrived.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_in_order_and_the_queue_is_bounded() {
        let events = Events::default();
        for number in 0..CAPACITY {
            assert!(events.push("thing", json!({ "number": number })));
        }
        assert!(!events.push("thing", json!({})));
        let first = events.next(Duration::ZERO).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&first).unwrap(), json!({"event": "thing", "number": 0}));
        assert!(events.push("thing", json!({})));
    }

    #[test]
    fn the_same_kind_is_said_rarely() {
        let events = Events::default();
        let now = Instant::now();
        for seconds in [0, 1, 9, 10, 11] {
            assert!(events.push_rarely("thing", now + Duration::from_secs(seconds), json!({})));
        }
        assert!(events.next(Duration::ZERO).is_some());
        assert!(events.next(Duration::ZERO).is_some());
        assert!(events.next(Duration::ZERO).is_none());
    }

    #[test]
    fn closing_wakes_who_waits() {
        let events = std::sync::Arc::new(Events::default());
        let waiter = std::thread::spawn({
            let events = events.clone();
            move || events.next(Duration::from_secs(60))
        });
        events.close();
        assert_eq!(waiter.join().unwrap(), None);
    }
}
