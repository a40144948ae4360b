//! The todo application as its users have it: the built binary, real servers, a websocket.

#![allow(clippy::unwrap_used, missing_docs)]

mod faults;
mod memory;
mod restored;
mod transcripts;
