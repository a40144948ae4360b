//! Who is at the other end, as far as the app knows.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{sleep, timeout};

use crate::auth::{Authentication, Authenticator, Caller, FirstOf, Handshake, Identity, Refusal};
use crate::protocol::{Close, Code, Failure};

/// How long an authenticator may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who is at the other end of a connection, and how that became known.
pub(crate) struct Person {
    pub(crate) caller: Caller,
    authenticators: Arc<FirstOf>,
    expires: Option<SystemTime>,
}

impl Person {
    /// Somebody of whom nothing is known yet.
    pub(crate) fn new(connection: u64, authenticators: Arc<FirstOf>) -> Self {
        Self { caller: Caller::anonymous(connection), authenticators, expires: None }
    }

    /// Finds out by what the connection began with.
    pub(super) async fn greet(&mut self, handshake: Handshake) -> Result<(), Close> {
        match in_time(self.authenticators.handshake(&handshake)).await {
            Ok(identity) => self.become_(identity),
            Err(Refusal::Invalid(why)) => {
                tracing::info!(connection = self.caller.connection, why, "refused");
                return Err(Close::LOGIN_REQUIRED);
            }
            Err(Refusal::Unavailable(why)) => {
                tracing::warn!(connection = self.caller.connection, why, "nobody knows who calls");
                return Err(Close::GOING_AWAY);
            }
        }
        Ok(())
    }

    /// Finds out by a token that was sent as a message. Answers whether it is somebody else, or of
    /// other claims, than before; who it was stays who it was where the token is no good.
    pub(super) async fn log_in(&mut self, token: &str) -> Result<bool, Failure> {
        let before = self.caller.clone();
        match in_time(self.authenticators.token(token)).await {
            Ok(Some(identity)) => self.become_(Some(identity)),
            Ok(None) => {
                return Err(Failure::bad_request(
                    "This app takes no tokens; `App::builder(…).authenticator(Tokens::new(…))` \
                     makes it take some.",
                ));
            }
            Err(Refusal::Invalid(why)) => {
                tracing::info!(connection = self.caller.connection, why, "a login was refused");
                return Err(Failure::new(Code::LoginRequired, why));
            }
            Err(Refusal::Unavailable(why)) => {
                tracing::warn!(connection = self.caller.connection, why, "nobody knows who calls");
                let sentence = "It cannot be found out just now who you are; try again.";
                return Err(Failure::new(Code::Unavailable, sentence));
            }
        }
        Ok(self.caller != before)
    }

    /// Is nobody from now on, whatever the connection began with. Answers whether it was somebody.
    pub(super) fn log_out(&mut self) -> bool {
        let was = self.caller.user.is_some();
        self.become_(None);
        was
    }

    fn become_(&mut self, identity: Option<Identity>) {
        self.expires = identity.as_ref().and_then(|identity| identity.expires);
        self.caller = Caller::of(self.caller.connection, identity);
        if let Some(user) = &self.caller.user {
            tracing::debug!(connection = self.caller.connection, user, "known");
        }
    }

    /// Until what is known of this person holds no more.
    pub(super) async fn expired(&self) {
        let Some(moment) = self.expires else { return std::future::pending().await };
        // By the clock on the wall, which may be set; and a timer has a longest time.
        while let Ok(left) = moment.duration_since(SystemTime::now()) {
            if left.is_zero() {
                return;
            }
            sleep(left.min(Duration::from_secs(60))).await;
        }
    }
}

/// An authenticator that does not answer must not keep a connection.
async fn in_time(asking: impl Future<Output = Authentication>) -> Authentication {
    match timeout(PATIENCE, asking).await {
        Ok(answer) => answer,
        Err(_) => Err(Refusal::unavailable("the authenticator does not answer")),
    }
}
