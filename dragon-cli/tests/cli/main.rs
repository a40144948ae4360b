//! The built `dragon-cli`, as it is used from a shell.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod call;
mod capture;
mod dev;
mod doctor;
mod generate;
mod help;
mod kit;
mod new;
mod project;
mod routes;
mod server;
mod types;
mod watch;
