//! The session of a connection, as verbs see it.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Context, Services};
use crate::protocol::{Code, Failure};
use crate::session::{SessionError, SessionLimits};

/// What a connection has of its session: its id, once it has written something.
#[derive(Debug, Default)]
pub struct SessionSeat {
    used: AtomicBool,
}

impl SessionSeat {
    /// Whether there is a session.
    pub(crate) fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    /// Lets the session live on, if there is one.
    pub(crate) async fn touch(&self, services: &Services, connection: u64) {
        if self.is_used() {
            let (id, expiry) = (services.session_id(connection), services.config.session_expiry);
            if let Err(error) = services.sessions.touch(&id, expiry).await {
                tracing::warn!(connection, %error, "a session was not kept alive");
            }
        }
    }

    /// Ends the session, if there is one.
    pub(crate) async fn end(&self, services: &Services, connection: u64) {
        if self.is_used() {
            let id = services.session_id(connection);
            if let Err(error) = services.sessions.end(&id).await {
                tracing::warn!(connection, %error, "a session is left to expire");
            }
        }
    }
}

impl Services {
    /// The id of a connection's session: no other node and no other start has it.
    pub(crate) fn session_id(&self, connection: u64) -> String {
        format!("{:032x}-{connection}", self.node)
    }
}

/// What this connection remembers from call to call, until it ends.
///
/// ```
/// use dragon::prelude::*;
///
/// async fn count(cx: &Context<'_>) -> Result<u32, Failure> {
///     let calls = cx.session().get("calls").await?.unwrap_or(0) + 1;
///     cx.session().set("calls", &calls).await?;
///     Ok(calls)
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    services: &'a Services,
    connection: u64,
    seat: &'a SessionSeat,
}

impl Context<'_> {
    /// What this connection remembers from call to call.
    #[must_use]
    pub fn session(&self) -> Session<'_> {
        Session {
            services: self.services,
            connection: self.caller.connection,
            seat: &self.subscriptions.session,
        }
    }
}

impl Session<'_> {
    /// Its id: the same as long as the connection lasts.
    #[must_use]
    pub fn id(&self) -> String {
        self.services.session_id(self.connection)
    }

    /// A value; `None` where there is none of that name.
    ///
    /// # Errors
    /// `unavailable` when the store is away, `internal` when the value is of another type.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Failure> {
        if !self.seat.used.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let text = self.services.sessions.get(&self.id(), key).await.map_err(failure)?;
        let Some(text) = text else { return Ok(None) };
        let read = serde_json::from_str(&text);
        read.map(Some)
            .map_err(|error| Failure::internal(&format!("the session's `{key}`: {error}")))
    }

    /// Sets a value.
    ///
    /// # Errors
    /// `too_large` when the session would hold more than [`Config::session_bytes`](crate::Config),
    /// `unavailable` when the store is away.
    pub async fn set<T: Serialize + Sync>(&self, key: &str, value: &T) -> Result<(), Failure> {
        let text = serde_json::to_string(value)
            .map_err(|error| Failure::internal(&format!("the session's `{key}`: {error}")))?;
        let config = &self.services.config;
        let limits = SessionLimits { bytes: config.session_bytes, expiry: config.session_expiry };
        // Before it is there, so that it is ended whatever comes between.
        self.seat.used.store(true, Ordering::Relaxed);
        self.services.sessions.set(&self.id(), key, text, limits).await.map_err(failure)
    }

    /// Removes a value.
    ///
    /// # Errors
    /// `unavailable` when the store is away.
    pub async fn remove(&self, key: &str) -> Result<(), Failure> {
        if !self.seat.used.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.services.sessions.remove(&self.id(), key).await.map_err(failure)
    }
}

fn failure(error: SessionError) -> Failure {
    match error {
        SessionError::TooLarge { .. } => Failure::new(
            Code::TooLarge,
            format!("What is to be remembered for this connection is too large: {error}."),
        ),
        SessionError::Unavailable(why) => {
            tracing::warn!(why, "the session store is unavailable");
            Failure::new(Code::Unavailable, "The sessions are away just now; try again.")
        }
    }
}
