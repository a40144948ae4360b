//! `#[serializer]`: the lists of fields, and each value finds its `validate_<field>` method.

use dragon::{Model, Serializer, serializer};
use sea_orm::Value;

mod item {
    use dragon::SelfPublish;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "todo_item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
        pub r#type: Option<String>,
        pub done: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = item::Entity)]
#[derive(Debug)]
struct Everything;

struct Checked;

#[serializer(
    model = crate::serializers::item::Entity,
    publish_fields(text, r#type),
    update_fields(text, type, done)
)]
impl Checked {
    const LONGEST: usize = 10;

    fn validate_text(text: String) -> Result<String, &'static str> {
        let text = text.trim().to_owned();
        if text.is_empty() { Err("Write something.") } else { Ok(text) }
    }

    fn validate_type(kind: Option<String>) -> Result<Option<String>, impl Into<String>> {
        match kind {
            Some(kind) if kind.len() > Self::LONGEST => Err(Self::too_long()),
            kind => Ok(kind),
        }
    }

    // Without its condition the call would have no method to go to.
    #[cfg(any())]
    fn validate_done(done: bool) -> Result<bool, String> {
        Err(format!("{done} will not do."))
    }

    fn too_long() -> String {
        format!("At most {} letters.", Self::LONGEST)
    }
}

/// What macros of the application write has names of its own; they must not mix with ours.
macro_rules! checked_elsewhere {
    ($name:ident, $value:ident) => {
        struct $name;

        #[serializer(model = item::Entity, publish_fields(), update_fields(done))]
        impl $name {
            fn validate_done($value: bool) -> Result<bool, String> {
                if $value { Ok($value) } else { Err("Once done, it stays done.".to_owned()) }
            }
        }
    };
}

checked_elsewhere!(Elsewhere, value);

#[test]
fn without_lists_everything_is_told_and_nothing_is_written() {
    assert_eq!(Everything::PUBLISH_FIELDS, item::Entity::FIELDS);
    assert_eq!(Everything::PUBLISH_FIELDS, ["id", "text", "type", "done"]);
    assert!(Everything::UPDATE_FIELDS.is_empty());
    assert_eq!(Everything::validate("text", Value::from("  ")), Ok(Value::from("  ")));
    assert_eq!(format!("{Everything:?}"), "Everything");
}

#[test]
fn the_lists_are_kept_in_order() {
    assert_eq!(Checked::PUBLISH_FIELDS, ["text", "type"]);
    assert_eq!(Checked::UPDATE_FIELDS, ["text", "type", "done"]);
    assert!(Elsewhere::PUBLISH_FIELDS.is_empty());
}

#[test]
fn the_name_says_where_it_is_declared() {
    assert_eq!(Everything::NAME, "macros::serializers::Everything");
    assert_eq!(Checked::NAME, "macros::serializers::Checked");
}

#[test]
fn each_value_goes_to_its_method_and_comes_back_in_shape() {
    assert_eq!(Checked::validate("text", Value::from(" milk ")), Ok(Value::from("milk")));
    assert_eq!(
        Checked::validate("text", Value::from("  ")),
        Err(vec!["Write something.".to_owned()])
    );
    let nothing = Value::from(None::<String>);
    assert_eq!(Checked::validate("type", nothing.clone()), Ok(nothing));
    assert_eq!(
        Checked::validate("type", Value::from("a rather long one")),
        Err(vec!["At most 10 letters.".to_owned()])
    );
    assert_eq!(Checked::validate("done", Value::from(false)), Ok(Value::from(false)));
    assert!(Elsewhere::validate("done", Value::from(false)).is_err());
}

#[test]
fn a_value_of_another_type_is_refused() {
    assert!(Checked::validate("text", Value::from(7)).is_err());
}
