//! Dragon.
extern crate self as dragon;
pub mod broker;
pub mod change;
mod error;
pub mod filter;
pub use error::Error;
pub use filter::Filter;
