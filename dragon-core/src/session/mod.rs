//! What a connection remembers from call to call: a small store of keys and values, which ends
//! with it.

mod memory;
#[cfg(feature = "redis")]
mod redis;

pub use memory::MemorySessions;
#[cfg(feature = "redis")]
pub use redis::RedisSessions;

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;

/// Why a store did not do as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The session would have more bytes of keys and values than it may have.
    #[error("a session has at most {limit} bytes")]
    TooLarge {
        /// How many it may have.
        limit: usize,
    },
    /// It cannot be reached just now.
    #[error("the session store is unavailable: {0}")]
    Unavailable(String),
}

/// How much a session may hold, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Bytes of keys and values (as JSON) together.
    pub bytes: usize,
    /// After how long without a write or a [touch](SessionStore::touch) it is gone.
    pub expiry: Duration,
}

/// Keeps sessions. One contract suite (in the `tests` package) is passed by every implementation.
///
/// A session begins with its first value; one that is not there has none.
pub trait SessionStore: fmt::Debug + Send + Sync + 'static {
    /// A value, as JSON text.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn get<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, SessionError>>;

    /// Sets a value, as JSON text, and the time until the session expires.
    ///
    /// # Errors
    /// [`SessionError::TooLarge`], and the session stays as it was; or when the store cannot be
    /// reached.
    fn set<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
        value: String,
        limits: SessionLimits,
    ) -> BoxFuture<'a, Result<(), SessionError>>;

    /// Removes a value.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn remove<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(), SessionError>>;

    /// Lets a session live that much longer from now, if it is there.
    ///
    /// # Errors
    /// When the store cannot be reached.
    fn touch<'a>(
        &'a self,
        session: &'a str,
        expiry: Duration,
    ) -> BoxFuture<'a, Result<(), SessionError>>;

    /// Ends a session.
    ///
    /// # Errors
    /// When the store cannot be reached; the session then expires.
    fn end<'a>(&'a self, session: &'a str) -> BoxFuture<'a, Result<(), SessionError>>;
}
