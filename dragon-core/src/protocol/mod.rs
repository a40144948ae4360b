//! The wire: the three messages, what fails, what closes.

mod channel;
mod close;
mod failure;
mod field_errors;
mod push;
mod reply;
mod request;

pub use channel::channel_name;
pub use close::Close;
pub use failure::{Code, Failure};
pub use field_errors::FieldErrors;
pub use push::{Action, encode_data, encode_heartbeat, encode_push, encode_resync};
pub use reply::{ChannelData, Success, encode_reply};
pub use request::{Refused, Request};
