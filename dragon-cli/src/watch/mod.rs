//! Following a channel: rows, events, and what becomes of the connection.

mod closed;
mod follow;
mod print;

pub(crate) use closed::closed;
pub(crate) use follow::follow;
pub(crate) use print::Printer;
