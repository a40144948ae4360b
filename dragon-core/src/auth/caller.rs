//! Who calls.

use std::net::SocketAddr;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The connection's number on this node.
    pub connection: u64,
    /// The user, where the app knows one.
    pub user: Option<String>,
}
