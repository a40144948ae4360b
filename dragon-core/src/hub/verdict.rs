//! What a change means for a channel.

use crate::change::Change;
use crate::filter::Filter;
use crate::protocol::Action;

/// Enter, stay, leave, or nothing: decided on the row before and the row after.
#[must_use]
pub fn verdict(filter: &Filter, change: &Change) -> Option<Action> {
    let before = change.before.as_ref().is_some_and(|row| filter.matches(row));
    let after = change.after.as_ref().is_some_and(|row| filter.matches(row));
    match (before, after) {
        (false, true) => Some(Action::Created),
        (true, true) => Some(Action::Updated),
        (true, false) => Some(Action::Deleted),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Row;

    #[test]
    fn a_row_enters_stays_and_leaves() {
        let row = |n: i64| Some([("n".to_owned(), n.into())].into_iter().collect::<Row>());
        let filter = Filter::lt("n", 10);
        for (before, after, action) in [
            (None, row(1), Some(Action::Created)),
            (None, row(11), None),
            (row(11), row(1), Some(Action::Created)),
            (row(1), row(2), Some(Action::Updated)),
            (row(1), row(11), Some(Action::Deleted)),
            (row(1), None, Some(Action::Deleted)),
            (row(11), row(12), None),
            (row(11), None, None),
        ] {
            let change = Change { key: 1.into(), before, after };
            assert_eq!(verdict(&filter, &change), action, "{change:?}");
        }
    }
}
