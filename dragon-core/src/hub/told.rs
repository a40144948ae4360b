//! What the seats of a channel have been told: which rows, and how each of them looked.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::membership::Member;
use crate::protocol::Action;
use crate::serializer::{Fields, Held, Renderer};

/// The rows that were told, each by its reference, with a hash of each field: enough to know
/// which have changed.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// `None` where that is not known.
    rows: Option<HashMap<String, Look>>,
    /// Seeded at random: nobody can make two values that look the same.
    hasher: RandomState,
    /// How its rows name what holds them, if others lead to them.
    held: Option<Held>,
}

/// How a row looked.
#[derive(Debug)]
struct Look {
    /// The hash of each field, but for that of what holds it.
    fields: Box<[u64]>,
    /// What holds it, as JSON text: told once more when it leaves.
    holder: Option<Box<str>>,
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
    /// Nothing; `held` says how its rows name what holds them, if others lead to them.
    pub(super) fn nothing(held: Option<Held>) -> Self {
        Self { held, ..Self::default() }
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

    /// What is told of a row when it leaves: its reference, and what held it as it was told last.
    /// `None` if it was not told.
    pub(super) fn left(&self, reference: &str) -> Option<String> {
        self.rows.as_ref()?.get(reference).map(|look| self.gone(reference, look))
    }

    fn gone(&self, reference: &str, look: &Look) -> String {
        // What leads to it by a foreign key has told where it leads to by now, and SwampDragon's
        // mapper would take that out of it again.
        let held = self.held.as_ref().filter(|held| !held.forward);
        let holder = held.zip(look.holder.as_ref());
        let holder = holder.map(|(held, text)| (held.via.as_str(), text.to_string()));
        object_of(reference, holder).unwrap_or_else(|| reference.to_owned())
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
        let mut words = Vec::new();
        let references = found.iter().map(|one| &one.reference);
        for reference in asked.iter().chain(references) {
            if matching.contains(reference.as_str()) {
                continue;
            }
            if let Some(look) = self.rows.get_or_insert_default().remove(reference) {
                let object = self.gone(reference, &look);
                words.push(Word { action: Action::Deleted, object });
            }
        }
        for Member { reference, object } in found {
            let Some(object) = object else { continue };
            words.extend(self.one(reference, object, view(reference)));
        }
        words
    }

    /// A row that matches now.
    fn one(&mut self, reference: &str, object: &str, view: Option<&Renderer>) -> Option<Word> {
        let before = self.rows.get_or_insert_default().remove(reference);
        let known = before.as_ref().map_or(&[][..], |look| &look.fields);
        let (mut looks, mut holder) = (Vec::new(), None);
        // What may be told, and whether it is new.
        let mut shown = Vec::new();
        for (name, text) in Fields::of(object).0 {
            if ["id", "_type"].contains(&name.as_str()) {
                continue;
            }
            if self.held.as_ref().is_some_and(|held| held.via == name) {
                holder = Some(Box::from(text));
                shown.push((name, text.to_owned(), false));
                continue;
            }
            let (look, known) = (self.hasher.hash_one(text), known.get(looks.len()));
            let told = match view {
                None => Some(text.to_owned()),
                Some(view) => view.narrow_field(&name, text),
            };
            let is_whole = told.as_ref().is_some_and(|told| told == text);
            looks.push(if is_whole { look } else { known.copied().unwrap_or(UNTOLD) });
            if let Some(told) = told {
                shown.push((name, told, known != Some(&look)));
            }
        }
        let held_before = before.as_ref().and_then(|look| look.holder.as_ref());
        let moved = holder.is_some() && holder.as_ref() != held_before;
        let is_new = |(_, _, is_new): &(String, String, bool)| *is_new;
        let told = match (&before, shown.iter().any(is_new)) {
            (None, _) => Some((Action::Created, true)),
            (Some(_), changed) => {
                self.tells(changed, moved).map(|is_whole| (Action::Updated, is_whole))
            }
        };
        let via = self.held.as_ref().map(|held| held.via.as_str());
        let word = told.map(|(action, is_whole)| {
            let fields = shown.iter().filter(|one| is_whole || is_new(one) || via == Some(&one.0));
            let fields = fields.map(|(name, text, _)| (name.as_str(), text.clone()));
            let object = object_of(reference, fields).unwrap_or_else(|| reference.to_owned());
            Word { action, object }
        });
        // Where those are too many to be told, none is kept either: some may have left the scope by
        // the time that this row leaves.
        let look = Look { fields: looks.into_boxed_slice(), holder };
        self.rows.get_or_insert_default().insert(reference.to_owned(), look);
        word
    }

    /// Whether a row that stays is told, and if so, whether whole: of which something has changed,
    /// or what holds it.
    ///
    /// SwampDragon's mapper puts the message itself into a row that did not hold this one before,
    /// and in the place of a row that stands alone: half of one would be left. What comes to it by
    /// a foreign key of its own says so itself, and has this row in it.
    fn tells(&self, changed: bool, moved: bool) -> Option<bool> {
        let Some(held) = &self.held else { return changed.then_some(false) };
        (changed || (moved && !held.forward)).then_some(moved || held.alone)
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

    /// Rows that others lead to.
    fn held(alone: bool, forward: bool) -> Told {
        Told::nothing(Some(Held { via: "of".to_owned(), alone, forward, way: String::new() }))
    }

    /// Row 1 with a field, and what holds it.
    fn row(a: &str, of: &str) -> Member {
        let object = match of {
            "" => format!(r#"{{"id":1,"_type":"item","a":"{a}","b":0}}"#),
            _ => format!(r#"{{"id":1,"_type":"item","a":"{a}","of":{of},"b":0}}"#),
        };
        Member { object: Some(object), ..member(1, None) }
    }

    fn said(action: &'static str, fields: &str) -> Vec<(&'static str, String)> {
        vec![(action, format!(r#"{{"id":1,"_type":"item"{fields}}}"#))]
    }

    #[test]
    fn what_holds_a_row_is_told_with_every_change() {
        for (now, next) in [("7", "8"), ("[7]", "[7,8]")] {
            let mut told = held(false, false);
            let whole = |a: &str, of: &str| format!(r#","a":"{a}","of":{of},"b":0"#);
            assert_eq!(words(told.all(&[row("x", now)])), said("created", &whole("x", now)));
            assert_eq!(words(told.all(&[row("x", now)])), []);
            let change = format!(r#","a":"y","of":{now}"#);
            assert_eq!(words(told.all(&[row("y", now)])), said("updated", &change));
            // To what holds it now it may be new: all of it.
            assert_eq!(words(told.all(&[row("y", next)])), said("updated", &whole("y", next)));
            // It leaves what held it when that was told last.
            let gone = said("deleted", &format!(r#","of":{next}"#));
            assert_eq!(told.left(&member(1, None).reference), Some(gone[0].1.clone()));
            assert_eq!(words(told.all(&[])), gone);
            assert_eq!(told.left(&member(1, None).reference), None);
        }
    }

    #[test]
    fn a_row_that_stands_alone_is_told_whole() {
        let whole = |a: &str, of: &str| format!(r#","a":"{a}","of":{of},"b":0"#);
        let mut one_to_one = held(true, false);
        one_to_one.all(&[row("x", "7")]);
        for (a, of) in [("y", "7"), ("y", "8")] {
            assert_eq!(words(one_to_one.all(&[row(a, of)])), said("updated", &whole(a, of)));
        }
        assert_eq!(words(one_to_one.all(&[])), said("deleted", r#","of":8"#));
        // What comes to hold it brings it along, and what goes says where it leads to.
        let mut foreign_key = held(true, true);
        foreign_key.all(&[row("x", "[7]")]);
        assert_eq!(words(foreign_key.all(&[row("x", "[7,8]")])), []);
        let told = said("updated", &whole("y", "[7,8]"));
        assert_eq!(words(foreign_key.all(&[row("y", "[7,8]")])), told);
        foreign_key.all(&[row("y", "[8]")]);
        assert_eq!(words(foreign_key.all(&[])), said("deleted", ""));
    }

    #[test]
    fn holders_that_are_too_many_to_be_told_are_not_kept() {
        let mut told = held(false, false);
        told.all(&[row("x", "[7]")]);
        assert_eq!(words(told.all(&[row("y", "")])), said("updated", r#","a":"y""#));
        assert_eq!(words(told.all(&[row("y", "")])), []);
        // Who they are now may be another than was told.
        let whole = r#","a":"y","of":[8],"b":0"#;
        assert_eq!(words(told.all(&[row("y", "[8]")])), said("updated", whole));
        told.all(&[row("y", "")]);
        assert_eq!(words(told.all(&[])), said("deleted", ""));
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
