//! The application: everything put together, started, served and ended.

mod builder;
mod running;

pub use builder::AppBuilder;
pub use running::{App, Stats};
