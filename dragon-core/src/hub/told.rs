//! What the seats of a channel have been told: which rows, and how each of them looked.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::membership::Member;
use crate::protocol::Action;
use crate::serializer::{Fields, Renderer};

/// The rows that were told, each by its reference, with a hash of each field: enough to know
/// which have changed.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// `None` where that is not known.
    rows: Option<HashMap<String, Box<[u64]>>>,
    /// Seeded at random: nobody can make two values that look the same.
    hasher: RandomState,
    /// A field that is told whenever another one is.
    holder: Option<&'static str>,
}

/// Instead of the hash of a field that was not told.
const UNTOLD: u64 = 0;

/// Something to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) action: Action,
    /// As JSON text.
    pub(super) object: String,
}

impl Told {
    /// Nothing; `holder` is a field that is told whenever another one is.
    pub(super) fn nothing(holder: Option<&'static str>) -> Self {
        Self { holder, ..Self::default() }
    }

    /// It is not known any more.
    pub(super) fn forget(&mut self) {
        self.rows = None;
    }

    pub(super) fn is_known(&self) -> bool {
        self.rows.is_some()
    }

    /// Whether the row was told, or that is not known.
    pub(super) fn may_have(&self, reference: &str) -> bool {
        self.rows.as_ref().is_none_or(|rows| rows.contains_key(reference))
    }

    pub(super) fn len(&self) -> usize {
        self.rows.as_ref().map_or(0, HashMap::len)
    }

    /// These are all rows that match now.
    pub(super) fn all(&mut self, found: &[Member]) -> Vec<Word> {
        let there: HashSet<&str> = found.iter().map(|one| one.reference.as_str()).collect();
        let rows = self.rows.get_or_insert_default();
        let gone = rows.keys().filter(|reference| !there.contains(reference.as_str()));
        let mut gone: Vec<String> = gone.cloned().collect();
        gone.sort_unstable();
        self.some(&gone, found, |_| None)
    }

    /// These were asked about; of `asked`, those that are not in `found` do not match. `view` says
    /// of which rows no more than a view is told: what that does not have is told with the next
    /// change that tells it.
    pub(super) fn some<'v>(
        &mut self,
        asked: &[String],
        found: &[Member],
        view: impl Fn(&str) -> Option<&'v Renderer>,
    ) -> Vec<Word> {
        let matching: HashSet<&str> = found
            .iter()
            .filter(|one| one.object.is_some())
            .map(|one| one.reference.as_str())
            .collect();
        let rows = self.rows.get_or_insert_default();
        let mut words = Vec::new();
        let references = found.iter().map(|one| &one.reference);
        for reference in asked.iter().chain(references) {
            if !matching.contains(reference.as_str()) && rows.remove(reference).is_some() {
                words.push(Word { action: Action::Deleted, object: reference.clone() });
            }
        }
        for Member { reference, object } in found {
            let Some(object) = object else { continue };
            let fields = Fields::of(object).0;
            let view = view(reference);
            let before = rows.get(reference);
            let mut looks = Vec::with_capacity(fields.len());
            let mut new = Vec::new();
            let mut holder = None;
            for (at, (name, text)) in fields.iter().enumerate() {
                let is_reference = ["id", "_type"].contains(&name.as_str());
                let (look, known) = (self.hasher.hash_one(text), before.and_then(|it| it.get(at)));
                let shown = match view {
                    None => Some((*text).to_owned()),
                    Some(view) => view.narrow_field(name, text),
                };
                let is_whole = shown.as_ref().is_some_and(|shown| shown == text);
                looks.push(if is_whole { look } else { known.copied().unwrap_or(UNTOLD) });
                if let Some(shown) = shown
                    && !is_reference
                {
                    if known != Some(&look) {
                        new.push((name.as_str(), shown));
                    } else if self.holder == Some(name.as_str()) {
                        holder = Some((name.as_str(), shown));
                    }
                }
            }
            if !new.is_empty() {
                new.extend(holder);
            }
            let told = object_of(reference, new);
            match (before.is_some(), told) {
                (false, None) => {
                    words.push(Word { action: Action::Created, object: reference.clone() });
                }
                (false, Some(object)) => words.push(Word { action: Action::Created, object }),
                (true, Some(object)) => words.push(Word { action: Action::Updated, object }),
                (true, None) => {}
            }
            rows.insert(reference.clone(), looks.into_boxed_slice());
        }
        words
    }
}

/// The reference with some fields.
fn object_of<'a>(
    reference: &str,
    fields: impl IntoIterator<Item = (&'a str, String)>,
) -> Option<String> {
    let mut object = reference.strip_suffix('}').unwrap_or(reference).to_owned();
    let empty = object.len();
    for (name, text) in fields {
        object.push_str(&format!(",{}:{text}", serde_json::Value::from(name)));
    }
    let any = object.len() > empty;
    object.push('}');
    any.then_some(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: u8, text: Option<&str>) -> Member {
        let reference = format!(r#"{{"id":{id},"_type":"item"}}"#);
        let object = text
            .map(|text| format!(r#"{{"id":{id},"_type":"item","text":"{text}","size":1.0e-7}}"#));
        Member { reference, object }
    }

    fn words(words: Vec<Word>) -> Vec<(&'static str, String)> {
        words.into_iter().map(|word| (word.action.as_str(), word.object)).collect()
    }

    fn gone(id: u8) -> (&'static str, String) {
        ("deleted", member(id, None).reference)
    }

    #[test]
    fn the_difference_to_what_was_told_is_told() {
        let mut told = Told::default();
        assert!(!told.is_known());
        assert_eq!(told.all(&[member(1, Some("a")), member(2, Some("b"))]).len(), 2);
        let new = [member(2, Some("c")), member(3, Some("d"))];
        let object = |id| member(id, Some("d")).object.unwrap();
        let changed = ("updated", r#"{"id":2,"_type":"item","text":"c"}"#.to_owned());
        assert_eq!(words(told.all(&new)), [gone(1), changed, ("created", object(3))]);
        assert_eq!(words(told.all(&new)), []);
        assert_eq!(words(told.all(&[])), [gone(2), gone(3)]);
        assert_eq!((told.is_known(), told.len()), (true, 0));
    }

    #[test]
    fn what_holds_a_row_is_told_with_every_change() {
        let mut told = Told::nothing(Some("of"));
        let row = |a: &str, of: i32| Member {
            object: Some(format!(r#"{{"id":1,"_type":"item","a":"{a}","of":{of}}}"#)),
            ..member(1, None)
        };
        told.all(&[row("x", 7)]);
        assert!(told.all(&[row("x", 7)]).is_empty());
        for (now, said) in [(row("y", 7), r#""a":"y","of":7"#), (row("y", 8), r#""of":8"#)] {
            let object = format!(r#"{{"id":1,"_type":"item",{said}}}"#);
            assert_eq!(told.all(&[now]), [Word { action: Action::Updated, object }]);
        }
    }

    #[test]
    fn what_was_not_asked_about_stays() {
        let mut told = Told::default();
        told.all(&[member(1, Some("a")), member(2, Some("b")), member(3, Some("c"))]);
        let asked = [member(1, None).reference, member(9, None).reference];
        // Row 2 was reached and does not match any more; row 9 never did.
        assert_eq!(words(told.some(&asked, &[member(2, None)], |_| None)), [gone(1), gone(2)]);
        assert_eq!(told.len(), 1);
    }

    #[test]
    fn numbers_are_told_as_they_are_written() {
        let mut told = Told::default();
        let row = |size: &str| Member {
            reference: r#"{"id":1,"_type":"item"}"#.to_owned(),
            object: Some(format!(r#"{{"id":1,"_type":"item","size":{size},"of":[{{"a":1}}]}}"#)),
        };
        told.all(&[row("12345678901234567890.5")]);
        let size = "0.10000000000000000555";
        let object = format!(r#"{{"id":1,"_type":"item","size":{size}}}"#);
        assert_eq!(words(told.all(&[row(size)])), [("updated", object)]);
    }
}
