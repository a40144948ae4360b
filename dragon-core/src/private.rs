//! What macros write; not for anyone else, and without any promise.

pub use crate::model::array_type_of;
pub use crate::serializer::check;
pub use sea_orm::Value;
pub use sea_orm::sea_query::ArrayType;
