//! What an app declares, as data: its routers, serializers and models.
//!
//! [`AppBuilder::describe`](crate::AppBuilder::describe) answers a [`Description`]; an app that is
//! started with `DRAGON_DESCRIBE=1` prints it as JSON. `dragon-cli` makes tables of it, and types
//! for clients. It holds names and types only: no URL of a database, no password, no row.

mod kind;

pub use kind::{Told, Type, Wire};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::filter::Database;

/// What an app declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Description {
    /// The app's name.
    pub name: String,
    /// What its tables, triggers and Redis keys are named after.
    pub namespace: String,
    /// Which database it is for: by this the lookups of filter fields differ a little.
    #[serde(serialize_with = "database_name")]
    pub database: Database,
    /// Where it listens: `host:port`.
    pub addr: String,
    /// The path of the native websocket.
    pub websocket_path: String,
    /// The path prefix of the SockJS endpoint; empty where there is none.
    pub sockjs_prefix: String,
    /// The path of the script of settings that pages load.
    pub settings_path: String,
    /// In the order of registration.
    pub routers: Vec<RouterDescription>,
    /// Those of the routers, and all that these lead to; by name.
    pub serializers: Vec<SerializerDescription>,
    /// Those that routers serve, that subscriptions cover, and that are registered by themselves.
    pub models: Vec<ModelDescription>,
}

/// A named set of calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RouterDescription {
    /// Its name on the wire.
    pub route: String,
    /// Its Rust type, without the path.
    pub name: String,
    /// Whether it is a model's.
    pub kind: RouterKind,
    /// The name of its serializer; a model's router has one.
    pub serializer: Option<String>,
    /// The wire name of its model; a model's router has one.
    pub model: Option<String>,
    /// What clients may call. Of a plain router those that its `verbs` says, which may be none
    /// although it has some: see [`verbs_known`](Self::verbs_known).
    pub verbs: Vec<VerbDescription>,
    /// Whether [`verbs`](Self::verbs) is all that there are.
    pub verbs_known: bool,
    /// The permissions that hold for every verb but `unsubscribe`, also for unknown ones.
    pub permissions: Vec<String>,
    /// What lists and subscriptions can be filtered by.
    pub filter_fields: Vec<FilterFieldDescription>,
    /// What lists can be sorted by, each also with a `-` before it.
    pub order_fields: Vec<String>,
    /// How many rows a page of its lists has; `None` where lists are whole.
    pub paginate_by: Option<u64>,
    /// The views that it may tell rows in, beside that of all fields.
    pub views: Vec<String>,
    /// The relations of its serializer whose rows a subscription covers as well.
    pub include_related: Vec<String>,
    /// Whether `subscribe` is among its verbs.
    pub subscribes: bool,
}

/// Whether a router is a model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RouterKind {
    /// A [`ModelRouter`](crate::ModelRouter).
    Model,
    /// Any other [`Router`](crate::Router).
    Plain,
}

/// Something that clients may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct VerbDescription {
    /// Its name.
    pub name: String,
    /// Whether the app wrote it; those that every model's router has are not its own, also where
    /// it overrides them.
    pub own: bool,
    /// What is tested before it runs, in this order.
    pub permissions: Vec<String>,
}

/// A field that lists and subscriptions can be filtered by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FilterFieldDescription {
    /// Its name in a filter: `done`, `todo_list__id` for a foreign key, `todo_list__owner__name`
    /// over relations.
    pub name: String,
    /// The model's own field that it is, by which it may be called as well: `todo_list_id`. `None`
    /// over relations.
    pub field: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Whether it may be compared with null.
    pub nullable: bool,
    /// How it can be compared: `eq`, `in`, `lt`, `lte`, `gt`, `gte`, `contains`.
    pub lookups: Vec<String>,
}

/// What of a model is told, and what may be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SerializerDescription {
    /// Its name, by which routers and relations name it: its Rust type with the path of its module.
    pub name: String,
    /// Its Rust type, without the path.
    pub short_name: String,
    /// The wire name of its model, which is the `_type` of its objects.
    pub model: String,
    /// What every object has as its `id`.
    pub key: KeyDescription,
    /// The fields beside `id` and `_type` that are no relations, in their order.
    pub fields: Vec<FieldDescription>,
    /// The relations that are told as objects within the object.
    pub related: Vec<RelatedDescription>,
    /// Named sets of what is told, by name.
    pub views: BTreeMap<String, Vec<String>>,
}

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyDescription {
    /// The field's name in the entity. On the wire it is always `id`.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Type,
}

/// A field of an object on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldDescription {
    /// Its name.
    pub name: String,
    /// Its column's type; that of a field without a column is JSON.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether clients are told it.
    pub published: bool,
    /// Whether clients may write it.
    pub updatable: bool,
    /// Whether `create` needs it, unless the router's `initial` sets it: its column has no default
    /// and takes no null.
    pub required_on_create: bool,
    /// How many characters it holds, where it is limited.
    pub max_length: Option<u32>,
    /// Whether what is told is the answer of a `serialize_` method, and so of any type; what is
    /// written is of the column's.
    pub custom: bool,
    /// What that method answers, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tells: Option<Told>,
}

/// A relation that is told as an object, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RelatedDescription {
    /// Its name.
    pub name: String,
    /// The name of the serializer of its objects.
    pub serializer: String,
    /// Whether it is a list.
    pub many: bool,
    /// Whether there need not be such a row, and null is told then. (Null is told as well wherever
    /// the serializer is on the way down already: that depends on the way, so it is not said here.)
    pub nullable: bool,
    /// Whether clients may write what it leads to.
    pub updatable: bool,
    /// Whether what is told is the answer of a `serialize_` method, and so of any type.
    pub custom: bool,
    /// What that method answers, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tells: Option<Told>,
}

/// An entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ModelDescription {
    /// Its wire name: `_type` of its objects.
    pub name: String,
    /// Its table.
    pub table: String,
    /// The table's schema, where the entity names one.
    pub schema: Option<String>,
    /// Its primary key.
    pub key: KeyDescription,
    /// In the order of the entity.
    pub columns: Vec<ColumnDescription>,
}

/// A column of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ColumnDescription {
    /// The field's name in the entity.
    pub name: String,
    /// The column's name in the database.
    pub column: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether the entity declares a default.
    pub has_default: bool,
    /// Whether the database makes its value.
    pub generated: bool,
    /// Whether it refers to a row of another table.
    pub foreign_key: bool,
}

// What `serialize_with` calls gets a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn database_name<S: serde::Serializer>(database: &Database, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(match database {
        Database::Sqlite => "sqlite",
        Database::Postgres => "postgres",
    })
}
