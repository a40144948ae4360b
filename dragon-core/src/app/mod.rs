//! The application: everything put together, started, served and ended.

mod builder;
mod check;
mod checked;
mod connector;
mod defaults;
mod describe;
mod errand;
mod migrate;
mod running;
mod served;
mod start;
mod tables;

pub use builder::AppBuilder;
pub use running::{App, Stats};
