//! Who calls, by a token.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use futures::future::{BoxFuture, ready};

use super::signature::Signer;
use super::{Authentication, Authenticator, Handshake, Identity, Refusal};
use crate::Error;

/// Says whose a token is: [`SignedTokens`], [`Jwt`](super::Jwt), or a closure.
pub trait Verifier: Send + Sync + 'static {
    /// Whose it is; [`Refusal::Invalid`] where it is nobody's.
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>>;
}

impl<F, Answer> Verifier for F
where
    F: Fn(String) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = Result<Identity, Refusal>> + Send + 'static,
{
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>> {
        Box::pin(self(token.to_owned()))
    }
}

/// Knows callers by a token: in the header `Authorization: Bearer …`, in the query parameter
/// `token` of the URL, or sent as a message (`dragon.login(token)` of the JavaScript client).
///
/// Whoever shows a wrong token is refused with 4001, and not taken for a guest: a token is shown
/// on purpose, and who thinks to be logged in should hear it.
///
/// ```
/// use dragon::auth::{Identity, Refusal, Tokens};
///
/// // Your own tokens, looked up where you keep them:
/// let tokens = Tokens::new(|token: String| async move {
///     match token.as_str() {
///         "open sesame" => Ok(Identity::user("ali")),
///         _ => Err(Refusal::invalid("There is no such token.")),
///     }
/// });
/// # let _ = tokens;
/// ```
#[derive(Clone)]
pub struct Tokens<V> {
    verifier: V,
    in_query: bool,
}

impl<V: Verifier> Tokens<V> {
    /// Takes what the verifier takes.
    #[must_use]
    pub fn new(verifier: V) -> Self {
        Self { verifier, in_query: true }
    }

    /// Takes none from the URL, which proxies write into their logs.
    #[must_use]
    pub fn not_in_query(mut self) -> Self {
        self.in_query = false;
        self
    }

    fn shown(&self, handshake: &Handshake) -> Option<String> {
        let bearer = handshake.header("authorization").and_then(|header| {
            let (scheme, token) = header.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        if bearer.is_some() || !self.in_query {
            return bearer;
        }
        form_urlencoded::parse(handshake.query.as_bytes())
            .find(|(name, _)| name == "token")
            .map(|(_, token)| token.into_owned())
    }
}

impl<V> fmt::Debug for Tokens<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("in_query", &self.in_query).finish_non_exhaustive()
    }
}

impl<V: Verifier> Authenticator for Tokens<V> {
    fn handshake<'a>(&'a self, handshake: &'a Handshake) -> BoxFuture<'a, Authentication> {
        Box::pin(async move {
            match self.shown(handshake) {
                Some(token) => self.verifier.verify(&token).await.map(Some),
                None => Ok(None),
            }
        })
    }

    fn token<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Authentication> {
        Box::pin(async move { self.verifier.verify(token).await.map(Some) })
    }
}

/// Tokens that this app signs itself (HMAC-SHA-256): for a page that cannot use a cookie.
#[derive(Clone, Debug)]
pub struct SignedTokens(Signer);

impl SignedTokens {
    /// Tokens signed with a secret of at least 32 random bytes. All nodes of an app have the
    /// same.
    ///
    /// # Errors
    /// When the secret is too short.
    pub fn new(secret: &[u8]) -> Result<Self, Error> {
        Signer::new("token".to_owned(), secret).map(Self)
    }

    /// A token for somebody, which holds for that long, in whole seconds.
    #[must_use]
    pub fn issue(&self, identity: &Identity, lasts: Duration) -> String {
        self.0.sign(identity, lasts)
    }
}

impl Verifier for SignedTokens {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>> {
        Box::pin(ready(self.0.verify(token)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(authorization: Option<&str>, query: &str, in_query: bool) -> Option<String> {
        let tokens = Tokens { verifier: SignedTokens::new(&[7; 32]).unwrap(), in_query };
        let headers = authorization.map(|value| ("authorization".to_owned(), value.to_owned()));
        let headers = headers.into_iter().collect();
        tokens.shown(&Handshake { headers, query: query.to_owned(), remote: None })
    }

    #[test]
    fn a_token_stands_in_the_header_or_in_the_query() {
        assert_eq!(shown(Some("Bearer a.b-c"), "", true).as_deref(), Some("a.b-c"));
        assert_eq!(shown(Some("bearer  x "), "token=y", true).as_deref(), Some("x"));
        assert_eq!(shown(Some("Basic x"), "t=1&token=a%2Bb", true).as_deref(), Some("a+b"));
        assert_eq!(shown(None, "token=", true).as_deref(), Some(""));
        assert_eq!(shown(None, "tokens=x", true), None);
        assert_eq!(shown(None, "token=x", false), None);
    }
}
