//! One row's before and after, and how that travels between nodes.

mod data;
mod position;
mod publication;
mod row;

pub use data::Data;
pub use position::{NotAPosition, Position};
pub use publication::{Body, Publication, Source, Undecodable, View};
pub use row::Row;

use crate::filter::Value;

/// What happened to one row: how it was before and how it is after.
///
/// At least one of the two is there. A changed primary key is two changes, a delete and a create,
/// so both rows of one change have the same key.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The primary key.
    pub key: Value,
    /// The row as it was; absent when it was created.
    pub before: Option<Row>,
    /// The row as it is; absent when it was deleted.
    pub after: Option<Row>,
}
