//! The brokers: one contract, passed by each, and what only a server of its own can get wrong.

mod contract;
mod ear;
mod memory;
mod redis;
mod sessions;
mod support;
