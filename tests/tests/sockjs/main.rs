//! SockJS, held to its protocol: the public test-suite's cases, written anew over raw HTTP, and
//! what that suite does not ask: bad input, foreign pages, clients that vanish.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod abuse;
mod apps;
mod encoding;
mod jsonp;
mod origins;
mod pages;
mod place;
mod sessions;
mod streaming;
mod transcripts;
mod websocket;
mod xhr;
