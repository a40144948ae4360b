//! What the seats of a channel have been told: which rows, and how each of them looked.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::membership::Member;
use crate::protocol::Action;

/// The rows that were told, each by its reference, with a hash of each field: enough to know
/// which have changed.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// `None` where that is not known.
    rows: Option<HashMap<String, Box<[u64]>>>,
    /// Seeded at random: nobody can make two values that look the same.
    hasher: RandomState,
}

/// Something to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) action: Action,
    /// As JSON text.
    pub(super) object: String,
}

impl Told {
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
        self.some(&gone, found)
    }

    /// These were asked about; of `asked`, those that are not in `found` do not match.
    pub(super) fn some(&mut self, asked: &[String], found: &[Member]) -> Vec<Word> {
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
            let fields = Fields::of(object);
            let looks: Box<[u64]> =
                fields.0.iter().map(|(_, value)| self.hasher.hash_one(value)).collect();
            match rows.get(reference) {
                None => words.push(Word { action: Action::Created, object: object.clone() }),
                Some(before) => words.extend(
                    fields
                        .changed(reference, before, &looks)
                        .map(|object| Word { action: Action::Updated, object }),
                ),
            }
            rows.insert(reference.clone(), looks);
        }
        words
    }
}

/// The fields of an object in their order, each value as it is written.
struct Fields<'a>(Vec<(String, &'a str)>);

impl<'a> Fields<'a> {
    fn of(object: &'a str) -> Self {
        // What our own renderer wrote can be read.
        serde_json::from_str(object).unwrap_or(Self(Vec::new()))
    }

    /// The reference with the fields that differ; `None` if none does.
    fn changed(&self, reference: &str, before: &[u64], looks: &[u64]) -> Option<String> {
        let mut object = reference.strip_suffix('}').unwrap_or(reference).to_owned();
        let mut any = false;
        for (at, (name, value)) in self.0.iter().enumerate() {
            if name != "_type" && before.get(at) != looks.get(at) {
                any = true;
                object.push_str(&format!(",{}:{value}", serde_json::Value::from(name.as_str())));
            }
        }
        object.push('}');
        any.then_some(object)
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    fields.push((name, value.get()));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
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
    fn what_was_not_asked_about_stays() {
        let mut told = Told::default();
        told.all(&[member(1, Some("a")), member(2, Some("b")), member(3, Some("c"))]);
        let asked = [member(1, None).reference, member(9, None).reference];
        // Row 2 was reached and does not match any more; row 9 never did.
        assert_eq!(words(told.some(&asked, &[member(2, None)])), [gone(1), gone(2)]);
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
