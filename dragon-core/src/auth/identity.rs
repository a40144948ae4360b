//! Who somebody is, and why somebody is not let in.

use std::time::SystemTime;

use serde_json::{Map, Value as Json};

/// Who a connection belongs to, as an [`Authenticator`](super::Authenticator) found out.
///
/// ```
/// use dragon::auth::Identity;
///
/// let identity = Identity::user("ann").with("groups", ["editors"]);
/// assert_eq!(identity.claims["groups"][0], "editors");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user's id, as the application writes it.
    pub user: String,
    /// What else is known of the user: groups, a tenant. Scopes and permissions see it as
    /// [`Caller::claims`](super::Caller::claims).
    pub claims: Map<String, Json>,
    /// Until when this holds. The connection is then closed with 3012, and shows at its return
    /// what it has by that time. `None` for as long as it lasts.
    pub expires: Option<SystemTime>,
}

impl Identity {
    /// A user of whom nothing else is known.
    #[must_use]
    pub fn user(id: impl Into<String>) -> Self {
        Self { user: id.into(), claims: Map::new(), expires: None }
    }

    /// With one more claim.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Json>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Until that moment.
    #[must_use]
    pub fn until(mut self, moment: SystemTime) -> Self {
        self.expires = Some(moment);
        self
    }
}

/// Why somebody is not taken for whom they say they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was shown is wrong: forged, expired, or of a user who may not come in. At the
    /// handshake the connection is closed with 4001; a login is answered with `login_required`.
    /// The sentence is for the log and for the client.
    #[error("{0}")]
    Invalid(String),
    /// It cannot be found out just now. At the handshake the connection is closed with 3012, so
    /// that the client comes back; a login is answered with `unavailable`. The sentence is for
    /// the log alone.
    #[error("{0}")]
    Unavailable(String),
}

impl Refusal {
    /// What was shown is wrong.
    #[must_use]
    pub fn invalid(sentence: impl Into<String>) -> Self {
        Self::Invalid(sentence.into())
    }

    /// It cannot be found out just now.
    #[must_use]
    pub fn unavailable(why: impl std::fmt::Display) -> Self {
        Self::Unavailable(why.to_string())
    }
}
