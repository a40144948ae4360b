//! A connection as its seats see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

/// What all seats of a connection share.
#[derive(Clone, Debug, Default)]
pub struct Presence(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    knows_positions: AtomicBool,
    /// How often somebody said that what this caller may see has changed.
    doubts: AtomicU64,
    /// How many of those have been looked into.
    settled: AtomicU64,
    /// Whether who it is must be asked anew as well.
    caller: AtomicBool,
    /// Whether that concerns the data channels as well.
    data: AtomicBool,
    changed: Notify,
}

impl Presence {
    /// The client has asked for rows or after a position, and so understands `resync`; others are
    /// closed so that they come back and load anew.
    pub(crate) fn learn(&self) {
        self.0.knows_positions.store(true, Ordering::Relaxed);
    }

    pub(crate) fn knows_positions(&self) -> bool {
        self.0.knows_positions.load(Ordering::Relaxed)
    }

    /// What this caller may see may have changed: until that has been looked into, nothing is
    /// passed on.
    pub(crate) fn doubt(&self) {
        // First, or it could be looked into without this.
        self.0.data.store(true, Ordering::SeqCst);
        self.doubt_rows();
    }

    /// The same of rows alone: what it has of data channels it may have in any case.
    pub(crate) fn doubt_rows(&self) {
        self.0.doubts.fetch_add(1, Ordering::SeqCst);
        self.0.changed.notify_one();
    }

    /// The same, and who it is must be asked anew.
    pub(crate) fn doubt_caller(&self) {
        self.0.caller.store(true, Ordering::SeqCst);
        self.doubt();
    }

    /// Whether who it is must be asked anew; asked once.
    pub(crate) fn takes_caller_doubt(&self) -> bool {
        self.0.caller.swap(false, Ordering::SeqCst)
    }

    pub(super) fn is_doubted(&self) -> bool {
        self.doubts().is_some()
    }

    /// Whether what it has of data channels is in doubt.
    pub(crate) fn is_data_doubted(&self) -> bool {
        self.0.data.load(Ordering::SeqCst)
    }

    /// It has no data channels any more that could be in doubt.
    pub(crate) fn has_no_data(&self) {
        self.0.data.store(false, Ordering::SeqCst);
    }

    /// The number to [settle](Self::settle) when all that was said until now has been looked into;
    /// `None` when there is nothing to look into.
    pub(crate) fn doubts(&self) -> Option<u64> {
        let doubts = self.0.doubts.load(Ordering::SeqCst);
        (doubts != self.0.settled.load(Ordering::SeqCst)).then_some(doubts)
    }

    /// What was said up to that number has been looked into.
    pub(crate) fn settle(&self, doubts: u64) {
        self.0.settled.store(doubts, Ordering::SeqCst);
    }

    /// Until there is something to look into.
    pub(crate) async fn doubted(&self) {
        while !self.is_doubted() {
            self.0.changed.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_said_meanwhile_is_not_settled() {
        let presence = Presence::default();
        assert!(!presence.is_doubted());
        presence.doubt();
        let first = presence.doubts().unwrap();
        presence.doubt();
        presence.settle(first);
        presence.doubted().await;
        presence.settle(presence.doubts().unwrap());
        assert!(!presence.is_doubted());
    }
}
