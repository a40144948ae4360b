//! Who is at the other end, as far as the app knows.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{sleep, timeout};

use crate::auth::{Authentication, Authenticator, Caller, FirstOf, Handshake, Identity, Refusal};
use crate::hub::{Enrolment, Hub, Presence};
use crate::protocol::{Close, Code, Failure};

/// How long an authenticator may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// By what it is known who somebody is.
enum Shown {
    /// By nothing, or by nothing any more.
    Nothing,
    Handshake(Box<Handshake>),
    Token(String),
}

/// Who is at the other end of a connection, and how that became known.
pub(crate) struct Person {
    pub(crate) caller: Caller,
    pub(super) presence: Presence,
    authenticators: Arc<FirstOf>,
    hub: Arc<Hub>,
    shown: Shown,
    enrolment: Option<Enrolment>,
    expires: Option<SystemTime>,
}

impl Person {
    /// Somebody of whom nothing is known yet.
    pub(crate) fn new(connection: u64, authenticators: Arc<FirstOf>, hub: Arc<Hub>) -> Self {
        Self {
            caller: Caller::anonymous(connection),
            presence: Presence::default(),
            authenticators,
            hub,
            shown: Shown::Nothing,
            enrolment: None,
            expires: None,
        }
    }

    /// Finds out by what the connection began with.
    pub(super) async fn greet(&mut self, handshake: Box<Handshake>) -> Result<(), Close> {
        // Kept only where it says something: there are many connections.
        self.shown = Shown::Handshake(handshake);
        self.ask().await?;
        if self.caller.user.is_none() {
            self.shown = Shown::Nothing;
        }
        Ok(())
    }

    /// Asks who it is, by what it has shown.
    pub(super) async fn ask(&mut self) -> Result<(), Close> {
        let changes = self.hub.rights_changes();
        let answer = match &self.shown {
            Shown::Nothing => Ok(None),
            Shown::Handshake(handshake) => in_time(self.authenticators.handshake(handshake)).await,
            Shown::Token(token) => in_time(self.authenticators.token(token)).await,
        };
        match answer {
            Ok(identity) => self.become_(identity, changes),
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
    /// other claims, than before, and `None` where nobody takes tokens; who it was stays who it was
    /// where the token is no good.
    pub(super) async fn log_in(&mut self, token: &str) -> Result<Option<bool>, Failure> {
        let before = self.caller.clone();
        let changes = self.hub.rights_changes();
        match in_time(self.authenticators.token(token)).await {
            Ok(Some(identity)) => {
                self.shown = Shown::Token(token.to_owned());
                self.become_(Some(identity), changes);
            }
            Ok(None) => return Ok(None),
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
        Ok(Some(self.caller != before))
    }

    /// Whether a token of this kind says who somebody is, be it anybody's.
    pub(super) async fn is_token(&self, token: &str) -> bool {
        self.has_shown(token) || in_time(self.authenticators.token(token)).await != Ok(None)
    }

    /// Whether it is known by this token.
    pub(super) fn has_shown(&self, token: &str) -> bool {
        matches!(&self.shown, Shown::Token(shown) if shown == token)
    }

    /// Is nobody from now on, whatever the connection began with. Answers whether it was somebody.
    pub(super) fn log_out(&mut self) -> bool {
        let was = self.caller.user.is_some();
        self.shown = Shown::Nothing;
        self.become_(None, self.hub.rights_changes());
        was
    }

    /// `changes` is how often rights had changed when it was asked who this is.
    fn become_(&mut self, identity: Option<Identity>, changes: u64) {
        self.expires = identity.as_ref().and_then(|identity| identity.expires);
        self.caller = Caller::of(self.caller.connection, identity);
        // The old one ends first, for it may be of the same user.
        self.enrolment = None;
        self.enrolment = self
            .caller
            .user
            .as_ref()
            .map(|user| self.hub.enrol(user, self.caller.connection, self.presence.clone()));
        if let Some(user) = &self.caller.user {
            // It may be this user's, and what was answered of before that.
            if self.hub.rights_changes() != changes {
                self.presence.doubt_caller();
            }
            tracing::debug!(connection = self.caller.connection, user, "known");
        }
    }

    /// Until when what is known of this person holds, if it ends.
    pub(super) fn holds_until(&self) -> Option<SystemTime> {
        self.expires
    }

    /// It holds no longer than until then, if that is ever.
    pub(super) fn holds_no_longer(&mut self, until: Option<SystemTime>) {
        self.expires = self.expires.into_iter().chain(until).min();
    }

    /// Until what is known of this person holds no more.
    pub(super) async fn expired(&self) {
        let Some(moment) = self.expires else { return std::future::pending().await };
        // By the clock on the wall, which may be set; and a timer has a longest time.
        while let Ok(left) = moment.duration_since(SystemTime::now()) {
            if left.is_zero() {
                return;
            }
            Box::pin(sleep(left.min(Duration::from_secs(60)))).await;
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
