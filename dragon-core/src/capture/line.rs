//! The changes of one row, in the order in which they happened.

use std::collections::HashMap;

use crate::change::{Change, Row, Source};

/// What is told of a batch of log rows: changes, in an order in which each row's changes follow
/// from each other; `None` where everyone reloads.
pub(super) type Told = Vec<(Source, Option<Change>)>;

/// The batch's rows as its changes left them, by primary key.
pub(super) type Left = HashMap<String, Option<Row>>;

/// Puts the changes of a batch in order.
///
/// A trigger of the application's own may change a row that was just written, and the database
/// may run it before ours: then its change is logged before the one that it follows. Which comes
/// first shows in the rows: a change begins with the row that the one before it left.
#[derive(Debug, Default)]
pub(super) struct Line {
    told: Told,
    /// The places of each row's changes, in their order, since everyone was last told to reload.
    places: HashMap<String, Vec<usize>>,
    /// How the batch before left its rows, where it may have ended amid a transaction.
    before: Left,
}

impl Line {
    pub(super) fn after(before: Left) -> Self {
        Self { before, ..Self::default() }
    }

    /// Tells a change where it belongs: next to what it follows from or what follows from it,
    /// else at the end.
    pub(super) fn tell(&mut self, source: Source, change: Change) {
        let key = format!("{:?}", change.key);
        let (told, before) = (&self.told, self.before.get(&key));
        let places = self.places.entry(key).or_default();
        let leads_to = |at: usize, next: &Change| match at.checked_sub(1) {
            Some(at) => leads(told, places[at], next),
            None => before.is_none_or(|left| *left == next.before),
        };
        let follows = |at: usize| told[places[at]].1.as_ref();
        let fits = |at: &usize| follows(*at).is_some_and(|next| next.before == change.after);
        let broken = |at: &usize| follows(*at).is_some_and(|next| !leads_to(*at, next));
        let end = places.len();
        let at = if leads_to(end, &change) {
            end
        } else {
            let inner = || (0..end).rev().filter(fits);
            let both = inner().find(|at| leads_to(*at, &change));
            both.or_else(|| inner().find(broken)).unwrap_or(end)
        };
        places.push(self.told.len());
        self.told.push((source, Some(change)));
        // From there on, each takes the place of the next.
        for pair in (at + 1..places.len()).rev() {
            self.told.swap(places[pair - 1], places[pair]);
        }
    }

    /// Everyone reloads: what comes after need not follow from what came before.
    pub(super) fn reset(&mut self, source: Source) {
        self.told.push((source, None));
        self.places.clear();
        self.before.clear();
    }

    /// What is told, and how it leaves the rows. A change that follows from nothing is told as a
    /// reload.
    pub(super) fn end(mut self) -> (Told, Left) {
        let mut left = Left::new();
        for (key, places) in &self.places {
            let mut known = self.before.get(key).cloned();
            for at in places {
                let told = &mut self.told[*at].1;
                let Some(change) = told else { continue };
                let after = change.after.clone();
                if known.is_some_and(|known| known != change.before) {
                    *told = None;
                }
                known = Some(after);
            }
            left.extend(known.map(|known| (key.clone(), known)));
        }
        (self.told, left)
    }
}

/// Whether the change told at this place leaves the row with which the next begins.
fn leads(told: &Told, at: usize, next: &Change) -> bool {
    told[at].1.as_ref().is_some_and(|change| change.after == next.before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Value;
    use uuid::Uuid;

    fn row(value: i64) -> Option<Row> {
        Some(
            [("id".to_owned(), Value::Int(1)), ("n".to_owned(), value.into())]
                .into_iter()
                .collect(),
        )
    }

    /// The changes `before -> after`, 0 for no row, in the order in which they are told.
    fn told(before: Left, changes: &[(i64, i64)]) -> (Vec<Option<(i64, i64)>>, Left) {
        let side = |value: i64| if value == 0 { None } else { row(value) };
        let mut line = Line::after(before);
        for (id, (before, after)) in (0..).zip(changes) {
            let source = Source { log: Uuid::nil(), id, part: 0 };
            let change = Change { key: 1.into(), before: side(*before), after: side(*after) };
            line.tell(source, change);
        }
        let (told, left) = line.end();
        let at = |(source, change): &(Source, Option<Change>)| {
            change.as_ref().map(|_| changes[usize::try_from(source.id).unwrap()])
        };
        (told.iter().map(at).collect(), left)
    }

    #[test]
    fn what_is_in_order_stays_so() {
        let (told, left) = told(Left::new(), &[(0, 1), (1, 2), (2, 0), (0, 3)]);
        assert_eq!(told, [Some((0, 1)), Some((1, 2)), Some((2, 0)), Some((0, 3))]);
        assert_eq!(left["Int(1)"], row(3));
    }

    #[test]
    fn a_change_that_was_logged_before_its_cause_is_told_after_it() {
        let order = |changes: &[(i64, i64)]| told(Left::new(), changes).0;
        assert_eq!(order(&[(1, 2), (0, 1)]), [Some((0, 1)), Some((1, 2))]);
        assert_eq!(order(&[(2, 3), (1, 2), (0, 1)]), [Some((0, 1)), Some((1, 2)), Some((2, 3))]);
        assert_eq!(order(&[(7, 1), (2, 3), (1, 2)]), [Some((7, 1)), Some((1, 2)), Some((2, 3))]);
        assert_eq!(order(&[(0, 5), (4, 0)]), [Some((4, 0)), Some((0, 5))]);
    }

    #[test]
    fn what_does_not_follow_makes_everyone_reload() {
        let (order, left) = told(Left::new(), &[(0, 1), (5, 6), (6, 7)]);
        assert_eq!(order, [Some((0, 1)), None, Some((6, 7))]);
        assert_eq!(left["Int(1)"], row(7));
    }

    #[test]
    fn the_batch_before_counts() {
        let (_, left) = told(Left::new(), &[(1, 2)]);
        assert_eq!(told(left.clone(), &[(2, 3)]).0, [Some((2, 3))]);
        assert_eq!(told(left, &[(0, 1)]).0, [None]);
    }
}
