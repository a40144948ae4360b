//! What an application writes with: Dragon's own names and SeaORM's.

pub use crate::app::App;
pub use crate::auth::Caller;
pub use crate::change::Change;
pub use crate::filter::Filter;
pub use crate::hub::Publish;
pub use crate::model::connect;
pub use crate::protocol::{Failure, FieldErrors, Success};
pub use crate::publish::Publisher;
pub use crate::router::{
    Context, LoginRequired, ModelRouter, Outcome, Permission, Permissions, Router, verbs,
};
pub use crate::serializer::{Serializer, Values};
pub use crate::{Config, Error};
#[cfg(feature = "macros")]
pub use dragon_macros::{SelfPublish, router, serializer};
pub use sea_orm::entity::prelude::*;
