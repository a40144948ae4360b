//! Apps that are built by these tests, as their authors build them.
//!
//! Projects that `dragon-cli new` writes build without a warning, pass their own tests, serve their
//! page, and say what is wrong. They lie in temporary folders, and share this workspace's target
//! folder: what one compiles, the next ones have.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod dev;
mod every;
mod generate;
mod kit;
mod postgres;
mod sqlite;
mod tutorial;
mod vite;
