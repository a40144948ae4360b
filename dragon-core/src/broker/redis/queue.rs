//! What waits between a listener's task and whoever reads its stream.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::broker::rights::Rights;
use crate::broker::{Delivery, Limits};

/// A bounded queue with one writer and one reader.
///
/// The writer asks whether there is room before it pushes, and does without when there is none:
/// it never waits while messages arrive.
#[derive(Debug)]
pub(super) struct Queue {
    limits: Limits,
    state: Mutex<State>,
    filled: Notify,
    emptied: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    events: usize,
    bytes: usize,
    /// Nudges need no queue: many of them say no more than one.
    nudged: bool,
    /// Nor do these: they are kept whatever waits, and the oldest are forgotten as such.
    rights: Rights,
    /// Of how many of them the reader has been told.
    told: u64,
    /// It is not known whose rights changed.
    unknown: bool,
    closed: bool,
}

#[derive(Debug)]
struct Waiting {
    delivery: Delivery,
    events: usize,
    bytes: usize,
}

impl Queue {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, state: Mutex::default(), filled: Notify::new(), emptied: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is room for one more delivery, whatever its size.
    pub(super) fn has_room(&self) -> bool {
        let state = self.state();
        state.events < self.limits.events.max(1) && state.bytes < self.limits.bytes.max(1)
    }

    /// Waits until there is room.
    pub(super) async fn room(&self) {
        while !self.has_room() {
            self.emptied.notified().await;
        }
    }

    /// Adds a delivery of that size.
    pub(super) fn push(&self, delivery: Delivery, bytes: usize) {
        let events = match &delivery {
            Delivery::Events { events, .. } => events.len(),
            Delivery::Gap { .. }
            | Delivery::Nudge
            | Delivery::Data(_)
            | Delivery::Rights { .. } => 1,
        };
        let mut state = self.state();
        state.events += events;
        state.bytes += bytes;
        state.waiting.push_back(Waiting { delivery, events, bytes });
        drop(state);
        self.filled.notify_one();
    }

    /// Adds a nudge.
    pub(super) fn nudge(&self) {
        self.state().nudged = true;
        self.filled.notify_one();
    }

    /// Adds a user whose rights changed; `None` where it is not known whose.
    pub(super) fn rights_of(&self, user: Option<&str>) {
        let mut state = self.state();
        match user {
            Some(user) => state.rights.push(user),
            None => {
                state.unknown = true;
                state.told = state.rights.count();
            }
        }
        drop(state);
        self.filled.notify_one();
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.filled.notify_one();
    }

    /// The next delivery; `None` when nothing comes any more.
    pub(super) async fn pop(&self) -> Option<Delivery> {
        loop {
            {
                let mut state = self.state();
                if std::mem::take(&mut state.nudged) {
                    return Some(Delivery::Nudge);
                }
                if std::mem::take(&mut state.unknown) {
                    return Some(Delivery::Rights { user: None });
                }
                if let Some((user, told)) = state.rights.after(state.told) {
                    state.told = told;
                    return Some(Delivery::Rights { user });
                }
                if let Some(next) = state.waiting.pop_front() {
                    state.events -= next.events;
                    state.bytes -= next.bytes;
                    self.emptied.notify_one();
                    return Some(next.delivery);
                }
                if state.closed {
                    return None;
                }
            }
            self.filled.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::Topic;

    fn gap(topic: &str) -> Delivery {
        Delivery::Gap { topic: Topic::new(topic) }
    }

    #[tokio::test]
    async fn room_is_bounded_by_events_and_by_bytes() {
        for limits in [Limits { events: 2, bytes: 100 }, Limits { events: 100, bytes: 2 }] {
            let queue = Queue::new(limits);
            queue.push(gap("a"), 1);
            assert!(queue.has_room());
            queue.push(gap("b"), 1);
            assert!(!queue.has_room());
            assert_eq!(queue.pop().await, Some(gap("a")));
            queue.room().await;
            assert_eq!(queue.pop().await, Some(gap("b")));
        }
    }

    #[tokio::test]
    async fn nudges_do_not_pile_up_and_what_waits_survives_the_close() {
        let queue = Queue::new(Limits::default());
        queue.nudge();
        queue.nudge();
        queue.push(gap("a"), 1);
        queue.close();
        assert_eq!(queue.pop().await, Some(Delivery::Nudge));
        assert_eq!(queue.pop().await, Some(gap("a")));
        assert_eq!(queue.pop().await, None);
    }
}
