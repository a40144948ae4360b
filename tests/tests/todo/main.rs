//! The todo application as its users have it: the built binary, real servers, a websocket.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub)]

mod described;
mod errands;
mod faults;
mod memory;
mod restored;
mod transcripts;
