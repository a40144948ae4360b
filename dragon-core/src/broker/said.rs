//! What was announced in this process and may not have been heard yet.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Topic;
use crate::change::{Data, Position};

/// How many messages, and how many bytes of them, wait for slow listeners.
const MOST: (usize, usize) = (1_024, 4 * 1024 * 1024);

/// The last announcements, for listeners that each have a place of their own: a bounded ring.
#[derive(Debug, Default)]
pub(super) struct Said {
    entries: VecDeque<Arc<Announced>>,
    bytes: usize,
    /// The number of the next.
    next: u64,
}

/// A message, and where each topic stood when it was said: a listener is told of no message
/// before it has been told of what was published before it.
#[derive(Debug)]
pub(super) struct Announced {
    pub(super) data: Arc<Data>,
    pub(super) tops: Vec<(Topic, Position)>,
}

impl Said {
    /// The place of a listener that begins now.
    pub(super) fn end(&self) -> u64 {
        self.next
    }

    pub(super) fn push(&mut self, data: Data, tops: Vec<(Topic, Position)>) {
        self.bytes += data.size();
        self.entries.push_back(Arc::new(Announced { data: Arc::new(data), tops }));
        self.next += 1;
        while self.entries.len() > 1 && (self.entries.len() > MOST.0 || self.bytes > MOST.1) {
            self.bytes -= self.entries.pop_front().map_or(0, |oldest| oldest.data.size());
        }
    }

    /// What is said at a place; one that is too far behind is moved to the oldest that is known.
    pub(super) fn at(&self, place: &mut u64) -> Option<Arc<Announced>> {
        let oldest = self.next - self.entries.len() as u64;
        if *place < oldest {
            tracing::warn!(messages = oldest - *place, "a slow node misses data");
            *place = oldest;
        }
        let at = usize::try_from(*place - oldest).ok()?;
        self.entries.get(at).map(Arc::clone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> Data {
        Data { channels: Vec::new(), data: text.to_owned() }
    }

    #[test]
    fn a_listener_that_is_too_slow_goes_on_with_the_oldest() {
        let mut said = Said::default();
        let mut place = said.end();
        assert!(said.at(&mut place).is_none());
        for n in 0..MOST.0 + 2 {
            said.push(data(&n.to_string()), Vec::new());
        }
        assert_eq!(said.at(&mut place).unwrap().data.data, "2");
        place = said.end();
        assert!(said.at(&mut place).is_none());
        let large = "x".repeat(MOST.1 / 2);
        for _ in 0..3 {
            said.push(data(&large), Vec::new());
        }
        assert!(said.entries.len() <= 2 && said.bytes <= MOST.1);
    }
}
