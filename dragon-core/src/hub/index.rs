//! Who listens: channels by the value that their filter asks for.

use std::collections::{BTreeSet, HashMap};

use crate::change::{Change, Row};
use crate::filter::{Filter, Lookup, Term, Value};

/// The number of a channel within its topic.
pub(super) type ChannelId = u64;

/// Finds the channels that a change may concern with one look-up per indexed field, however many
/// channels there are.
///
/// A channel stands under its most selective equality; one that has none is looked at for every
/// change. What is found is only a candidate: the verdict decides.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_value: HashMap<String, HashMap<String, Vec<ChannelId>>>,
    rest: BTreeSet<ChannelId>,
}

impl Index {
    pub(super) fn insert(&mut self, id: ChannelId, filter: &Filter) {
        match handle(filter) {
            Some(term) => {
                let values = self.by_value.entry(term.field.clone()).or_default();
                for value in &term.values {
                    let ids = values.entry(key(value)).or_default();
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
            }
            None => {
                self.rest.insert(id);
            }
        }
    }

    pub(super) fn remove(&mut self, id: ChannelId, filter: &Filter) {
        let Some(term) = handle(filter) else {
            self.rest.remove(&id);
            return;
        };
        let Some(values) = self.by_value.get_mut(&term.field) else { return };
        for value in &term.values {
            let key = key(value);
            if let Some(ids) = values.get_mut(&key) {
                ids.retain(|other| *other != id);
                if ids.is_empty() {
                    values.remove(&key);
                }
            }
        }
        if values.is_empty() {
            self.by_value.remove(&term.field);
        }
    }

    /// The channels that the row before or the row after may match, each once.
    pub(super) fn candidates(&self, change: &Change) -> BTreeSet<ChannelId> {
        let mut found = self.rest.clone();
        for row in [&change.before, &change.after].into_iter().flatten() {
            self.add(row, &mut found);
        }
        found
    }

    fn add(&self, row: &Row, found: &mut BTreeSet<ChannelId>) {
        for (field, values) in &self.by_value {
            if let Some(ids) = row.get(field).and_then(|value| values.get(&key(value))) {
                found.extend(ids);
            }
        }
    }
}

/// The term that a channel is found by: one that every matching row fulfils.
fn handle(filter: &Filter) -> Option<&Term> {
    let terms: Vec<&Term> = match filter {
        Filter::Term(term) => vec![term],
        Filter::And(list) => list
            .iter()
            .filter_map(|filter| match filter {
                Filter::Term(term) => Some(term),
                _ => None,
            })
            .collect(),
        _ => return None,
    };
    // Fewer values select better, and any value selects better than one of two booleans.
    let weight = |term: &Term| {
        let boolean = term.values.iter().any(|value| matches!(value, Value::Bool(_)));
        (boolean, term.values.len())
    };
    terms
        .into_iter()
        .filter(|term| matches!(term.lookup, Lookup::Eq | Lookup::In))
        .min_by_key(|term| weight(term))
}

/// Equal for values that a filter takes for equal.
fn key(value: &Value) -> String {
    match value {
        Value::Decimal(decimal) => decimal.normalize().to_string(),
        Value::Text(text) => format!("t{text}"),
        Value::Instant(at) => format!("{:?}", at.naive_utc()),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: Option<Row>, after: Option<Row>) -> Change {
        Change { key: 1.into(), before, after }
    }

    fn row(list: i64, done: bool) -> Option<Row> {
        Some(
            [("list".to_owned(), list.into()), ("done".to_owned(), done.into())]
                .into_iter()
                .collect(),
        )
    }

    #[test]
    fn only_channels_that_the_row_before_or_after_may_match_are_found() {
        let mut index = Index::default();
        let filters = [
            Filter::eq("list", 1).and(Filter::eq("done", true)),
            Filter::is_in("list", [2, 3]),
            Filter::contains("text", "x"),
            Filter::eq("list", 1).or(Filter::eq("list", 2)),
            Filter::eq("done", false),
        ];
        for (id, filter) in (0..).zip(&filters) {
            index.insert(id, filter);
        }
        let found = |change: &Change, index: &Index| -> Vec<_> {
            index.candidates(change).into_iter().collect()
        };
        assert_eq!(found(&change(None, row(1, true)), &index), [0, 2, 3]);
        assert_eq!(found(&change(row(1, false), row(3, true)), &index), [0, 1, 2, 3, 4]);
        assert_eq!(found(&change(row(9, true), None), &index), [2, 3]);
        for (id, filter) in (0..).zip(&filters) {
            index.remove(id, filter);
        }
        assert!(index.by_value.is_empty() && index.rest.is_empty());
    }

    #[test]
    fn every_channel_whose_filter_matches_is_a_candidate() {
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        let instant = |text: &str| Value::Instant(text.parse().unwrap());
        for (wanted, there) in [
            (decimal("1.1"), decimal("1.100")),
            (decimal("0"), decimal("-0.00")),
            (instant("2015-05-10T10:00:00Z"), instant("2015-05-10T12:00:00+02:00")),
        ] {
            let filter = Filter::eq("f", wanted);
            let mut index = Index::default();
            index.insert(7, &filter);
            let row: Row = [("f".to_owned(), there)].into_iter().collect();
            assert!(filter.matches(&row));
            assert!(index.candidates(&change(None, Some(row))).contains(&7), "{filter:?}");
        }
    }
}
