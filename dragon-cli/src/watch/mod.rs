//! Following a channel: rows, events, and what becomes of the connection.

mod follow;
mod print;

pub(crate) use follow::follow;
pub(crate) use print::Printer;
