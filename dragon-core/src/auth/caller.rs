//! Who calls.

use std::net::SocketAddr;

use serde_json::{Map, Value as Json};

use super::Identity;

/// What a connection began with.
#[derive(Clone, Debug, Default)]
pub struct Handshake {
    /// The request's headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The query of the URL, without `?`.
    pub query: String,
    /// Where the connection comes from, where that is known.
    pub remote: Option<SocketAddr>,
}

impl Handshake {
    /// A header, if it was sent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Who a verb, a permission and a scope see.
///
/// ```
/// use dragon::auth::{Caller, Identity};
///
/// let caller = Caller::of(1, Some(Identity::user("ann").with("admin", true)));
/// assert_eq!(caller.user.as_deref(), Some("ann"));
/// assert_eq!(caller.claim("admin"), Some(&true.into()));
/// assert!(Caller::anonymous(2).user.is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The connection's number on this node.
    pub connection: u64,
    /// The user, where the app knows one.
    pub user: Option<String>,
    /// What else is known of the user: what the authenticator said, the claims of a token.
    pub claims: Map<String, Json>,
}

impl Caller {
    /// Nobody that the app knows.
    #[must_use]
    pub fn anonymous(connection: u64) -> Self {
        Self { connection, user: None, claims: Map::new() }
    }

    /// Whoever an authenticator found, or nobody.
    #[must_use]
    pub fn of(connection: u64, identity: Option<Identity>) -> Self {
        match identity {
            Some(Identity { user, claims, .. }) => Self { connection, user: Some(user), claims },
            None => Self::anonymous(connection),
        }
    }

    /// One of the claims.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Json> {
        self.claims.get(name)
    }
}
