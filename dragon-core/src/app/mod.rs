//! The application: everything put together, started, served and ended.

mod builder;
mod checked;
mod connector;
mod describe;
mod errand;
mod migrate;
mod running;
mod served;

pub use builder::AppBuilder;
pub use running::{App, Stats};
