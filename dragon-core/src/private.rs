//! What the macros' expansions name, and nobody else should: no promise is made for it.

pub use crate::auth::Caller;
pub use crate::change::Row;
pub use crate::filter::Filter;
pub use crate::model::{Model, array_type_of, model_of};
use crate::router::ModelRouter;
pub use crate::router::{Context, Outcome, unknown_verb};
pub use crate::serializer::{Related, Serializer, check, given, told};

pub use sea_orm::Value;
pub use sea_orm::sea_query::ArrayType;
pub use serde_json::Value as Json;

/// All fields of a serializer's entity. By way of the serializer: where its entity is none, that
/// is told once.
#[must_use]
pub const fn all_fields<S: Serializer>() -> &'static [&'static str] {
    S::Entity::FIELDS
}

/// Refuses, when the crate is compiled, a field that a serializer's entity lacks. With
/// `#[track_caller]` the error stands at the name in the user's own list.
#[track_caller]
pub const fn own_field<S: Serializer>(name: &str) {
    if !has(S::Entity::FIELDS, name) {
        refuse(&no_such_field(name, S::Entity::NAME, S::Entity::FIELDS));
    }
}

/// The same for a field to filter by, where `todo_list__id` may stand for the foreign key
/// `todo_list_id`.
#[track_caller]
pub const fn filter_field<S: Serializer>(name: &str) {
    if !names_a_key(S::Entity::FIELDS, name) {
        own_field::<S>(name);
    }
}

/// The same for a field by which a router's clients filter.
#[track_caller]
pub const fn router_filter_field<R: ModelRouter>(name: &str) {
    filter_field::<R::Serializer>(name);
}

/// The same for a field by which a router's clients sort.
#[track_caller]
pub const fn router_order_field<R: ModelRouter>(name: &str) {
    own_field::<R::Serializer>(name);
}

/// What stands in for a type that an attribute should name and does not: that it is missing is
/// then the only mistake.
pub mod unknown {
    use sea_orm::entity::prelude::*;
    use sea_orm::sea_query::ArrayType;

    /// No table.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "unknown")]
    pub struct Model {
        /// The key that an entity must have.
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    /// None.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    #[diagnostic::do_not_recommend]
    impl crate::model::Model for Entity {
        const NAME: &'static str = "unknown";
        const FIELDS: &'static [&'static str] = &["id"];
        const KEY: &'static str = "id";

        fn types() -> Vec<ArrayType> {
            vec![super::array_type_of::<i32>()]
        }
    }

    /// Tells nothing.
    #[derive(Debug)]
    pub struct Serializer;

    #[diagnostic::do_not_recommend]
    impl crate::serializer::Serializer for Serializer {
        type Entity = Entity;
        const NAME: &'static str = "unknown";
        const PUBLISH_FIELDS: &'static [&'static str] = &[];
        const UPDATE_FIELDS: &'static [&'static str] = &[];
    }
}

/// A sentence in the making, at compile time, where there is no `String`.
struct Sentence {
    bytes: [u8; 2048],
    length: usize,
}

impl Sentence {
    const fn new() -> Self {
        Self { bytes: [0; 2048], length: 0 }
    }

    /// Appends a text, or nothing if it is too long: what is there stays whole.
    const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        if self.length + text.len() > self.bytes.len() {
            return;
        }
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.length + at] = text[at];
            at += 1;
        }
        self.length += text.len();
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

#[track_caller]
const fn refuse(sentence: &Sentence) -> ! {
    panic!("{}", sentence.as_str())
}

const fn no_such_field(name: &str, model: &str, fields: &[&str]) -> Sentence {
    let mut sentence = Sentence::new();
    sentence.push("there is no field `");
    sentence.push(name);
    sentence.push("` in `");
    sentence.push(model);
    sentence.push("`; write one of: ");
    let mut at = 0;
    while at < fields.len() {
        if at > 0 {
            sentence.push(", ");
        }
        sentence.push(fields[at]);
        at += 1;
    }
    sentence
}

const fn has(fields: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < fields.len() {
        if same(fields[at].as_bytes(), name.as_bytes(), usize::MAX) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether one of the fields is the name with its last `__` written as `_`.
const fn names_a_key(fields: &[&str], name: &str) -> bool {
    let name = name.as_bytes();
    let mut cut = name.len();
    while cut >= 2 {
        if name[cut - 1] == b'_' && name[cut - 2] == b'_' {
            let mut at = 0;
            while at < fields.len() {
                if same(fields[at].as_bytes(), name, cut - 1) {
                    return true;
                }
                at += 1;
            }
            return false;
        }
        cut -= 1;
    }
    false
}

/// Whether the field is the name without the byte at `left_out`.
const fn same(field: &[u8], name: &[u8], left_out: usize) -> bool {
    let mut at = 0;
    let mut from = 0;
    while from < name.len() {
        if from != left_out {
            if at == field.len() || field[at] != name[from] {
                return false;
            }
            at += 1;
        }
        from += 1;
    }
    at == field.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[&str] = &["id", "todo_list_id", "text"];

    #[test]
    fn the_sentence_lists_the_fields() {
        assert_eq!(
            no_such_field("txt", "todoitem", FIELDS).as_str(),
            "there is no field `txt` in `todoitem`; write one of: id, todo_list_id, text"
        );
    }

    #[test]
    fn a_text_that_does_not_fit_is_left_out_whole() {
        let mut sentence = Sentence::new();
        sentence.push(&"é".repeat(1000));
        sentence.push(&"é".repeat(1000));
        sentence.push("!");
        assert_eq!(sentence.as_str().chars().count(), 1001);
    }

    #[test]
    fn fields_are_found_by_their_whole_name() {
        assert!(has(FIELDS, "text"));
        assert!(!has(FIELDS, "tex") && !has(FIELDS, "texts") && !has(FIELDS, ""));
        assert!(!has(FIELDS, "todo_list__id"));
    }

    #[test]
    fn a_foreign_key_is_found_by_its_last_double_underscore() {
        assert!(names_a_key(FIELDS, "todo_list__id"));
        assert!(names_a_key(FIELDS, "todo__list_id"));
        assert!(!names_a_key(FIELDS, "todo_list_id"));
        assert!(!names_a_key(FIELDS, "todo_list__name"));
        assert!(names_a_key(&["a__b_id"], "a__b__id"));
        assert!(
            !names_a_key(FIELDS, "__") && !names_a_key(FIELDS, "_") && !names_a_key(FIELDS, "")
        );
    }
}
