//! Entities: what Dragon knows of them, and every query that it asks.

mod compare;
mod condition;
mod connect;
mod dyn_model;
mod holders;
mod info;
mod leaving;
mod link;
mod members;
mod models;
mod order;
mod page;
mod path;
mod rows;
mod snapshot;
mod ties;
mod watch;
mod write;

pub use condition::{Inadmissible, admit, condition};
#[cfg(feature = "sqlite")]
pub(crate) use connect::sqlite_file;
pub use connect::{connect, single_connection, verify};
pub(crate) use connect::{
    connect_existing, connect_within, database_of, database_of_url, file_to_be_made,
};
pub(crate) use dyn_model::key_value;
pub use dyn_model::{DynModel, can_be_linked, dyn_model, linked, pairs};
pub use holders::Holders;
pub use info::{Column, ModelInfo};
pub use link::{Junction, Link, TableName};
pub use members::{Affected, Among, affected, matches_now};
pub use models::Models;
pub use order::{Order, OrderKey};
pub use page::page;
pub use path::FieldPath;
pub use rows::{array_type_of, from_sea, model_of, row, to_sea};
pub use snapshot::{Cut, ListQuery, LogTables, begin_cut, cut, list};
pub use ties::{change_pairs, rows_of_keys};
pub use watch::{End, Own, Reach, Watch, watches};
pub use write::{begin_read, begin_write, create_table, find_for_write};

use sea_orm::sea_query::ArrayType;
use sea_orm::{ActiveModelBehavior, EntityTrait, IntoActiveModel, ModelTrait, TryIntoModel};

/// A SeaORM entity whose rows publish their changes; derived by `#[derive(SelfPublish)]`.
///
/// One name for the whole pile of ORM bounds: a generic function writes `E: Model` and has them
/// all.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not publish its changes",
    label = "not a self-publishing entity",
    note = "add `SelfPublish` to the derives of the entity's `Model`: `#[derive(…, DeriveEntityModel, SelfPublish)]`"
)]
pub trait Model:
    EntityTrait<
        Model: ModelTrait<Entity = Self>
                   + IntoActiveModel<<Self as EntityTrait>::ActiveModel>
                   + Send
                   + Sync,
        ActiveModel: ActiveModelBehavior<Entity = Self>
                         + TryIntoModel<<Self as EntityTrait>::Model>
                         + Send,
    >
{
    /// The wire name: `_type` of its objects, and the first part of its channels.
    const NAME: &'static str;

    /// The fields in the order of the entity's columns.
    const FIELDS: &'static [&'static str];

    /// The field that is the primary key.
    const KEY: &'static str;

    /// The Rust type of each field as SeaORM's tag for it, in the order of [`FIELDS`](Self::FIELDS).
    fn types() -> Vec<ArrayType>;
}
