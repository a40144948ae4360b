//! A topic's recent past, kept in memory.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::{BrokerError, Event, Fence, Limits, Recovered};
use crate::change::{Body, Position, Publication, Source};

/// The last events of a topic, and what is needed to take new ones in: a bounded ring.
///
/// The scripts of the Redis broker are the same rules once more; the contract suite holds both
/// to them.
#[derive(Debug)]
pub(super) struct History {
    limits: Limits,
    /// The last position; offset 0 before the first event.
    top: Position,
    /// The newest events, without a hole, the last of them at `top`.
    entries: VecDeque<Entry>,
    /// What the entries measure together.
    bytes: usize,
    /// Where each source that is remembered stands.
    sources: HashMap<Source, u64>,
    /// The same sources, oldest first: which one to forget next.
    order: VecDeque<Source>,
    /// The highest generation that published or tried to.
    generation: u64,
    /// What a publisher knew when this epoch had to begin. A publisher that did not hear how its
    /// batch fared comes back knowing the same, and must not make yet another epoch.
    broke_with: Option<Position>,
}

#[derive(Debug)]
struct Entry {
    event: Arc<Event>,
    bytes: usize,
}

impl History {
    /// An empty history of a fresh epoch.
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            top: Position::start_of_new_epoch(),
            entries: VecDeque::new(),
            bytes: 0,
            sources: HashMap::new(),
            order: VecDeque::new(),
            generation: 0,
            broke_with: None,
        }
    }

    /// The last position.
    pub(super) fn top(&self) -> Position {
        self.top
    }

    /// The position before the oldest event that is kept.
    pub(super) fn floor(&self) -> Position {
        Position { offset: self.top.offset - self.entries.len() as u64, ..self.top }
    }

    /// Lets a publisher in, or not; begins a new epoch where the publisher knows of more than is
    /// here.
    pub(super) fn admit(&mut self, fence: Fence) -> Result<(), BrokerError> {
        if fence.generation < self.generation {
            return Err(BrokerError::Stale { generation: self.generation });
        }
        self.generation = fence.generation;
        let Some(last) = fence.last else { return Ok(()) };
        if last.is_within(self.top) || self.broke_with == Some(last) {
            return Ok(());
        }
        // An epoch without events serves as well as a new one, if it is not the one that was lost.
        if self.top.offset > 0 || last.epoch == self.top.epoch {
            *self = Self { generation: fence.generation, ..Self::new(self.limits) };
        }
        self.broke_with = Some(last);
        Ok(())
    }

    /// Appends a publication of that encoded size, unless its source is known, and tells where
    /// it stands.
    pub(super) fn append(&mut self, publication: Publication, bytes: usize) -> Position {
        let offset = self.top.offset + 1;
        match self.sources.entry(publication.source.clone()) {
            Slot::Occupied(known) => return Position { offset: *known.get(), ..self.top },
            Slot::Vacant(free) => free.insert(offset),
        };
        self.order.push_back(publication.source.clone());
        self.top.offset = offset;
        let event = Arc::new(Event { position: self.top, publication });
        self.entries.push_back(Entry { event, bytes });
        self.bytes += bytes;
        self.trim();
        self.top
    }

    fn trim(&mut self) {
        while self.entries.len() > 1
            && (self.entries.len() > self.limits.events || self.bytes > self.limits.bytes)
        {
            self.bytes -= self.entries.pop_front().map_or(0, |oldest| oldest.bytes);
        }
        while self.order.len() > self.limits.sources() {
            if let Some(oldest) = self.order.pop_front() {
                self.sources.remove(&oldest);
            }
        }
    }

    /// Up to `most` events after a position; `None` where they are not all here, because the
    /// position is of another epoch, ahead of the history or behind what is kept.
    pub(super) fn after(&self, at: Position, most: usize) -> Option<Vec<Arc<Event>>> {
        if !at.is_within(self.top) || !self.floor().is_within(at) {
            return None;
        }
        let known = usize::try_from(at.offset - self.floor().offset).ok()?;
        let missing = self.entries.range(known..).take(most);
        Some(missing.map(|entry| Arc::clone(&entry.event)).collect())
    }

    /// What a client that comes back has missed.
    pub(super) fn since(&self, at: Position) -> Recovered {
        match self.after(at, usize::MAX) {
            Some(events) => recovered(events, at),
            None => Recovered::Gap,
        }
    }
}

/// What a client is told that lacks these events, all that came after the position: nobody can
/// follow across a Reset, which stands for changes that were never published.
pub(super) fn recovered(events: Vec<Arc<Event>>, at: Position) -> Recovered {
    if events.iter().any(|event| event.publication.body == Body::Reset) {
        return Recovered::Gap;
    }
    let top = events.last().map_or(at, |last| last.position);
    Recovered::Events { events, top }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::*;
    use crate::change::Change;

    fn publication(id: i64) -> Publication {
        let change = Change { key: id.into(), before: None, after: None };
        Publication {
            source: Source { log: Uuid::from_u128(1), id, part: 0 },
            body: Body::Change { change, views: BTreeMap::new() },
        }
    }

    fn history(events: usize, bytes: usize) -> History {
        History::new(Limits { events, bytes })
    }

    fn offsets(history: &History) -> Vec<u64> {
        history.entries.iter().map(|entry| entry.event.position.offset).collect()
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let mut history = history(3, usize::MAX);
        for id in 1..=5 {
            assert_eq!(history.append(publication(id), 1).offset, id as u64);
        }
        assert_eq!(offsets(&history), [3, 4, 5]);
        assert_eq!(history.floor().offset, 2);
    }

    #[test]
    fn the_oldest_go_when_they_are_too_large() {
        let mut history = history(100, 10);
        for (id, bytes) in [(1, 4), (2, 4), (3, 2)] {
            history.append(publication(id), bytes);
        }
        assert_eq!(offsets(&history), [1, 2, 3]);
        history.append(publication(4), 5);
        assert_eq!(offsets(&history), [3, 4]);
        assert_eq!(history.bytes, 7);
    }

    #[test]
    fn the_newest_stays_whatever_its_size() {
        let mut history = history(100, 10);
        history.append(publication(1), 1);
        history.append(publication(2), 1_000);
        assert_eq!(offsets(&history), [2]);
        history.append(publication(3), 1);
        assert_eq!(offsets(&history), [3]);
        assert_eq!(history.bytes, 1);
    }

    #[test]
    fn sources_outlive_small_histories_and_are_bounded() {
        let mut history = history(1, 1);
        let most = Limits { events: 1, bytes: 1 }.sources() as i64;
        for id in 1..=most {
            history.append(publication(id), 9);
        }
        assert_eq!(history.append(publication(1), 9).offset, 1);
        history.append(publication(most + 1), 9);
        assert_eq!(history.sources.len() as i64, most);
        assert_eq!(history.order.len() as i64, most);
        assert_eq!(history.append(publication(1), 9).offset, most as u64 + 2);
    }

    #[test]
    fn what_comes_after_is_cut_where_asked() {
        let mut history = history(10, usize::MAX);
        let start = history.top();
        for id in 1..=4 {
            history.append(publication(id), 1);
        }
        let two = history.after(start, 2).expect("nothing is trimmed");
        assert_eq!(two.iter().map(|event| event.position.offset).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(history.after(history.top(), 2), Some(Vec::new()));
    }
}
