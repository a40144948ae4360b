//! How much a broker keeps.

/// How much of a topic's history is kept: what exceeds either bound goes, oldest first.
///
/// The newest event stays whatever its size. The same bounds hold for what waits for a slow
/// listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At most so many events.
    pub events: usize,
    /// At most so many bytes, by the events' encoding on the bus.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { events: 10_000, bytes: 16 * 1024 * 1024 }
    }
}

impl Limits {
    /// How many sources are remembered, so that what is published twice is dropped.
    ///
    /// They outlive the events that the bound on bytes, or a low bound on events, drops: a relay
    /// that takes over publishes the last batch of its predecessor again, and that batch may have
    /// been larger than the history. A batch has up to 500 publications.
    pub(super) fn sources(self) -> usize {
        self.events.max(1_024)
    }
}
