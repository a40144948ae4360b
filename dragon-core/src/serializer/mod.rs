//! What of a model is told, and what a client may write.

mod describe;
mod deserializers;
mod field;
mod include;
mod keys;
mod named;
mod narrow;
mod nested;
mod related;
mod render;
mod renderer;
mod save;
mod wire;
mod write;

pub(crate) use describe::key as describe_key;
pub use deserializers::Deserializers;
pub(crate) use field::read;
pub use field::{Malformed, check, parse};
pub use include::Include;
pub(crate) use keys::check_keys;
pub(crate) use narrow::Fields;
pub use related::{Related, given, told};
pub use renderer::{Held, Renderer};
pub(crate) use save::{At, Fixed, Refused, Ties, Writing, prepare, write};
pub use write::{Values, apply};

use serde_json::Value as Json;

use crate::change::Row;
use crate::model::Model;
use crate::protocol::FieldErrors;

/// What of a model is told to clients, and what of it they may write; declared by
/// `#[serializer(…)]`, or by hand:
///
/// ```
/// # mod item {
/// #     use dragon::prelude::*;
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
/// #     #[sea_orm(table_name = "item")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub text: String, pub done: bool }
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {}
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use dragon::Serializer;
///
/// struct ItemSerializer;
///
/// impl Serializer for ItemSerializer {
///     type Entity = item::Entity;
///     const NAME: &'static str = "ItemSerializer";
///     const PUBLISH_FIELDS: &'static [&'static str] = &["text", "done"];
///     const UPDATE_FIELDS: &'static [&'static str] = &["done"];
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a serializer",
    note = "write `#[serializer(model = …, publish_fields(…), update_fields(…))]` above its struct or its impl block"
)]
pub trait Serializer: Send + Sync + 'static {
    /// The entity whose rows it serializes.
    type Entity: Model;

    /// Its name: which rendering of a change is meant, on every node of the app.
    const NAME: &'static str;

    /// The fields that clients are told, after `id` and `_type`. Whoever may see a row sees all
    /// of them.
    const PUBLISH_FIELDS: &'static [&'static str];

    /// The fields that clients may write, on create and update alike. All others are ignored.
    ///
    /// A name of [`related`](Self::related) may be among them. Then whoever may write the row
    /// writes what it leads to, by the update fields and checks of the related serializer: no
    /// scope and no permission of another router is asked. All is one transaction, and nothing is
    /// stored if anything is wrong; errors are told by their path, `staff_set.0.name`.
    ///
    /// * A foreign key takes null, an id, an object with an `id` (the row is tied to it, and its
    ///   fields are written only if the row was tied to it before), or a new object. A row that is
    ///   not tied yet must be one that the router lets the caller tie, by
    ///   [`tie_scope`](crate::ModelRouter::tie_scope): none, unless it says which. What is
    ///   tied is told, and the next call may write the update fields of its serializer.
    /// * Rows that refer to this one come as a list, or as one object: those with an `id` must
    ///   refer to this row already and are written, those without are created. Rows that are not
    ///   named stay.
    /// * Many-to-many takes the whole list of ids and objects: pairs that are not in it are
    ///   removed, unless it is one that [only adds](Self::ADDS). Which rows may be tied is said as
    ///   for a foreign key.
    ///
    /// The column of a foreign key among these, `company_id`, is asked for as its relation is, if
    /// this serializer tells one over it: another value than the row has, and than null, must be
    /// that of a row which the router lets the caller tie. Where the serializer tells none, it is
    /// **a value as any other**: a client may set any, and no scope is asked but that of the row
    /// itself. An app does not start in which another serializer of the model writes what a
    /// relation over such a column leads to.
    ///
    /// A serializer that is on the way down already writes nothing. One call has at most
    /// [`Config::list_rows`](crate::Config::list_rows) related objects.
    const UPDATE_FIELDS: &'static [&'static str];

    /// Those many-to-many relations among the [update fields](Self::UPDATE_FIELDS) of which a list
    /// that a client sends is added to what is there, as SwampDragon did: what it does not name
    /// stays tied. A client cannot untie anything there.
    const ADDS: &'static [&'static str] = &[];

    /// The fields that [`serialize`](Self::serialize) tells, beside the published ones.
    const CUSTOM_FIELDS: &'static [&'static str] = &[];

    /// What JSON carries of these, for descriptions: `boolean`, `number`, `string` or `any`, with
    /// `[]` for a list of them and `?` where null may come, as in `("tags", "string[]")`. A field
    /// that is not here may be anything.
    const CUSTOM_TYPES: &'static [(&'static str, &'static str)] = &[];

    /// Named sets of the fields above, of which a router chooses one for each caller.
    ///
    /// A relation that is not among the fields of a view is not told in it. One that is among
    /// them is told in the view of the same name of its serializer, which must have one.
    const VIEWS: &'static [(&'static str, &'static [&'static str])] = &[];

    /// The relations that are told as objects within the object. Whoever may see a row sees what
    /// their serializers tell of the rows that it leads to. They are written where their names are
    /// among the [update fields](Self::UPDATE_FIELDS).
    fn related() -> Vec<Related> {
        Vec::new()
    }

    /// What is told under one of the custom fields; what `serialize_<field>` methods become. The
    /// field of a relation comes with what its serializer told of it.
    ///
    /// It must be a function of the row alone: it is asked for the row before and the row after a
    /// change, and what differs is told.
    fn serialize(field: &str, row: &Row, related: Option<Json>) -> Option<Json> {
        let _ = (field, row, related);
        None
    }

    /// Checks one value that a client sent for one of the update fields, and may bring it into
    /// shape; what `validate_<field>` methods become. The value has the field's type already.
    ///
    /// # Errors
    /// The sentences to show beside the field.
    fn validate(field: &str, value: sea_orm::Value) -> Result<sea_orm::Value, Vec<String>> {
        let _ = field;
        Ok(value)
    }

    /// Checks a whole row before it is written, after all its fields have been found right; what
    /// a `validate` method becomes.
    ///
    /// # Errors
    /// The sentences to show beside the fields.
    fn validate_row(
        row: &<Self::Entity as sea_orm::EntityTrait>::ActiveModel,
    ) -> Result<(), FieldErrors> {
        let _ = row;
        Ok(())
    }
}
