//! Apps that are built by these tests, as their authors build them.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

mod dev;
