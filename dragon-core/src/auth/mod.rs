//! Who calls, and from where.

mod caller;
mod origin;

pub use caller::{Caller, Handshake};
pub use origin::Origins;
