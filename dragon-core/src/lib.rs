//! # Dragon
//!
//! Live data for Rust: you declare a SeaORM model, a serializer and a router, and every browser
//! that shows a matching row sees it change as it happens.
//!
//! | module | what it holds |
//! |---|---|
//! | [`filter`] | predicates on rows: one value that is asked in memory and in SQL |
//! | [`change`] | one row's before and after, positions, and what travels between nodes |
//! | [`protocol`] | the wire: requests, replies, pushes, failures, closes |
//! | [`link`] | the two queues between a transport and a connection |
//! | [`broker`] | what carries publications between nodes and keeps their history |
//! | [`auth`] | who calls, and from where |
//! | [`session`] | what a connection remembers from call to call |
//! | [`hub`] | who listens to what on this node |
//! | [`model`] | entities, and every query that is asked of them |
//! | [`serializer`](mod@serializer) | what of a model is told, and what may be written |
//! | [`capture`] | triggers, the change log and the relay |
//! | [`description`] | what an app declares, as data |
//! | [`publish`] | plain data to the subscribers of channels |
//! | [`router`](mod@router) | named sets of calls |
//! | [`transport`] | what carries texts between a client and a link |
//! | `testing` | what tests of an application need (feature `testing`) |
//!
//! An application writes `use dragon::prelude::*` and begins with [`App::builder`].

// Macros name this crate as applications do, and so do its own tests and examples.
#[allow(unused_extern_crates)]
extern crate self as dragon;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod app;
pub mod auth;
pub mod broker;
pub mod capture;
pub mod change;
mod config;
mod connection;
pub mod description;
mod error;
pub mod filter;
pub mod hub;
pub mod link;
pub mod model;
pub mod prelude;
pub mod protocol;
pub mod publish;
pub mod router;
pub mod serializer;
pub mod session;
mod shutdown;
#[cfg(feature = "testing")]
pub mod testing;
pub mod transport;

pub use app::{App, AppBuilder, Stats};
pub use auth::Caller;
pub use config::Config;
pub use error::Error;
pub use filter::Filter;
pub use model::{Model, connect};
pub use protocol::{Failure, Success};
pub use publish::{PublishError, Publisher};
pub use router::{Context, ModelRouter, Outcome, Router};
pub use serializer::{Serializer, Values};

#[cfg(feature = "macros")]
pub use dragon_macros::{SelfPublish, router, serializer};

pub use {sea_orm, warp};

/// The guide for whoever comes from SwampDragon: tests of the documentation compile its code.
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-swampdragon.md")]
pub mod from_swampdragon {}

/// What the macros' own docs show.
#[cfg(doctest)]
mod of_macros {
    #[doc = include_str!("../../dragon-macros/docs/self_publish.md")]
    mod self_publish {}
    #[doc = include_str!("../../dragon-macros/docs/serializer.md")]
    mod serializer {}
    #[doc = include_str!("../../dragon-macros/docs/router.md")]
    mod router {}
}
