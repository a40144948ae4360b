//! What a membership must ask about, gathered until it is asked.

use std::collections::HashMap;

use crate::filter::Value;
use crate::model::{Among, Reach};

/// How many rows and values are asked about one by one; more, and everything is read.
const MOST: usize = 1_000;

/// What the database is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Every row that matches.
    Everything,
    /// Which of these match.
    Among {
        /// The references of the keys in `among`.
        keys: Vec<String>,
        /// The rows.
        among: Among,
        /// In which views those of the keys are told that are not told whole.
        views: HashMap<String, &'static str>,
    },
}

/// What has happened and was not asked about yet.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// With the view that the row is told in, if not whole.
    keys: HashMap<String, (Value, Option<&'static str>)>,
    reaches: Vec<Reach>,
    values: usize,
    everything: bool,
    /// Whether a task looks into it.
    under_way: bool,
}

impl Waiting {
    pub(super) fn key(&mut self, reference: String, key: &Value, view: Option<&'static str>) {
        if !self.everything {
            let (_, known) = self.keys.entry(reference).or_insert_with(|| (key.clone(), view));
            // Several changes at once: what one tells whole, or another view, is told.
            if *known != view {
                *known = None;
            }
            self.bound();
        }
    }

    pub(super) fn reach(&mut self, reach: Reach) {
        if self.everything {
            return;
        }
        let same = |one: &&mut Reach| {
            one.links == reach.links && one.link == reach.link && one.at == reach.at
        };
        match self.reaches.iter_mut().find(same) {
            Some(one) => {
                for value in reach.values {
                    if !one.values.contains(&value) {
                        self.values += 1;
                        one.values.push(value);
                    }
                }
            }
            None => {
                self.values += reach.values.len();
                self.reaches.push(reach);
            }
        }
        self.bound();
    }

    pub(super) fn everything(&mut self) {
        *self = Self { everything: true, under_way: self.under_way, ..Self::default() };
    }

    fn bound(&mut self) {
        if self.keys.len() + self.values > MOST {
            self.everything();
        }
    }

    /// Whether somebody must begin to look into it.
    pub(super) fn begin(&mut self) -> bool {
        !std::mem::replace(&mut self.under_way, true)
    }

    /// What is to be asked; `None` ends the task that looks into it.
    pub(super) fn take(&mut self) -> Option<What> {
        let taken = std::mem::take(self);
        self.under_way = true;
        if taken.everything {
            return Some(What::Everything);
        }
        if taken.keys.is_empty() && taken.reaches.is_empty() {
            self.under_way = false;
            return None;
        }
        let (mut references, mut keys, mut views) = (Vec::new(), Vec::new(), HashMap::new());
        for (reference, (key, view)) in taken.keys {
            if let Some(view) = view {
                views.insert(reference.clone(), view);
            }
            references.push(reference);
            keys.push(key);
        }
        let among = Among { keys, reaches: taken.reaches };
        Some(What::Among { keys: references, among, views })
    }

    /// It must be asked again.
    pub(super) fn again(&mut self, what: What) {
        match what {
            What::Everything => self.everything(),
            What::Among { keys, among, views } => {
                for (reference, key) in keys.into_iter().zip(among.keys) {
                    let view = views.get(&reference).copied();
                    self.key(reference, &key, view);
                }
                for reach in among.reaches {
                    self.reach(reach);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::End;

    fn reach(values: impl IntoIterator<Item = i64>) -> Reach {
        let values = values.into_iter().map(Value::from).collect();
        Reach { links: Vec::new(), link: "list".to_owned(), at: End::Target, values }
    }

    #[test]
    fn what_comes_together_is_asked_together_and_once() {
        let mut waiting = Waiting::default();
        assert!(waiting.begin() && !waiting.begin());
        for key in [1, 2, 1] {
            waiting.key(key.to_string(), &key.into(), None);
        }
        waiting.reach(reach([1, 2]));
        waiting.reach(reach([2, 3]));
        let Some(What::Among { mut keys, among, views }) = waiting.take() else {
            panic!("some rows")
        };
        keys.sort();
        assert_eq!(keys, ["1", "2"]);
        assert_eq!(among.reaches, [reach([1, 2, 3])]);
        // What was refused is asked again, with what has come since.
        waiting.key("9".to_owned(), &9.into(), None);
        waiting.again(What::Among { keys, among, views });
        assert!(!waiting.begin());
        let Some(What::Among { keys, .. }) = waiting.take() else { panic!("some rows") };
        assert_eq!(keys.len(), 3);
        assert_eq!(waiting.take(), None);
        assert!(waiting.begin());
    }

    #[test]
    fn a_row_is_told_in_a_view_only_if_all_its_changes_are() {
        let mut waiting = Waiting::default();
        for (key, view) in [(1, Some("a")), (1, Some("a")), (2, Some("a")), (2, None)] {
            waiting.key(key.to_string(), &key.into(), view);
        }
        for (key, view) in [(3, None), (3, Some("a")), (4, Some("a")), (4, Some("b"))] {
            waiting.key(key.to_string(), &key.into(), view);
        }
        let Some(what) = waiting.take() else { panic!("some rows") };
        waiting.again(what);
        let Some(What::Among { views, .. }) = waiting.take() else { panic!("some rows") };
        assert_eq!(views, [("1".to_owned(), "a")].into());
    }

    #[test]
    fn what_is_too_much_to_be_asked_one_by_one_is_everything() {
        let mut waiting = Waiting::default();
        waiting.reach(reach(0..600));
        for key in 0..401 {
            waiting.key(key.to_string(), &key.into(), None);
        }
        assert_eq!(waiting.take(), Some(What::Everything));
        waiting.reach(reach(0..2_000));
        waiting.key("1".to_owned(), &1.into(), None);
        assert_eq!(waiting.take(), Some(What::Everything));
        assert_eq!(waiting.take(), None);
    }
}
