//! Whose rights changed, for whoever has not heard of it yet.

use std::collections::VecDeque;
use std::sync::Arc;

/// How many users are remembered. Who has not heard of more than these hears that it is not known
/// whose rights changed.
const MOST: usize = 1_024;

/// The users whose rights changed, counted from the first.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// How many there were.
    count: u64,
    /// The last of them.
    last: VecDeque<Arc<str>>,
}

impl Rights {
    /// How many there were.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn push(&mut self, user: &str) {
        self.count += 1;
        self.last.push_back(user.into());
        if self.last.len() > MOST {
            self.last.pop_front();
        }
    }

    /// What somebody who has heard of so many hears next, and of how many that one has heard then.
    /// The user is `None` where it is not known any more; nothing where there is nothing new.
    pub(super) fn after(&self, heard: u64) -> Option<(Option<Arc<str>>, u64)> {
        let missing = usize::try_from(self.count - heard).unwrap_or(usize::MAX);
        if missing == 0 {
            return None;
        }
        match self.last.len().checked_sub(missing) {
            Some(at) => Some((self.last.get(at).cloned(), heard + 1)),
            None => Some((None, self.count)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_and_too_many_are_told_as_unknown() {
        let mut rights = Rights::default();
        assert_eq!(rights.after(0), None);
        rights.push("ann");
        rights.push("bob");
        assert_eq!(rights.after(0), Some((Some("ann".into()), 1)));
        assert_eq!(rights.after(1), Some((Some("bob".into()), 2)));
        assert_eq!(rights.after(2), None);
        (0..MOST).for_each(|_| rights.push("eve"));
        assert_eq!(rights.after(1), Some((None, rights.count())));
        assert_eq!(rights.after(2), Some((Some("eve".into()), 3)));
    }
}
