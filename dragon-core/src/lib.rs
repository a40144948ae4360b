//! Dragon.
pub mod broker;
pub mod capture;
pub mod change;
mod error;
pub mod filter;
pub mod link;
pub mod model;
pub mod protocol;
pub mod serializer;
mod shutdown;
pub use error::Error;
pub use filter::Filter;
pub use protocol::Failure;
pub use serializer::{Serializer, Values};
