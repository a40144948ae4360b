//! Finding out who calls.

use std::fmt;
use std::sync::Arc;

use futures::future::{BoxFuture, ready};

use super::{Handshake, Identity, Refusal};

/// What an [`Authenticator`] found out: who it is; `None` where nothing was shown that it knows;
/// or that what was shown is wrong.
pub type Authentication = Result<Option<Identity>, Refusal>;

/// Finds out who calls: by what a connection began with, or by a token that it sends later.
///
/// An app has as many as it likes ([`AppBuilder::authenticator`](crate::AppBuilder)): they are
/// asked in that order, and the first that knows the caller, or refuses it, is believed. Whoever
/// is known to none of them is anonymous. Pages of foreign origins are closed before anybody is
/// asked, so that no page can use another page's cookies.
///
/// It is asked again after [`App::rights_changed`](crate::App) with what the caller showed, so
/// that claims which it reads from a database are those of now.
///
/// ```
/// use dragon::auth::{Authentication, Authenticator, Handshake, Identity, Refusal};
/// use futures::future::BoxFuture;
///
/// /// Behind a proxy that has asked for the password already.
/// struct BehindProxy;
///
/// impl Authenticator for BehindProxy {
///     fn handshake<'a>(&'a self, handshake: &'a Handshake) -> BoxFuture<'a, Authentication> {
///         Box::pin(async move {
///             match handshake.header("x-remote-user") {
///                 Some("") => Err(Refusal::invalid("The proxy names no user.")),
///                 name => Ok(name.map(Identity::user)),
///             }
///         })
///     }
/// }
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// Who it is, by headers and query of the request that opened the connection.
    fn handshake<'a>(&'a self, handshake: &'a Handshake) -> BoxFuture<'a, Authentication>;

    /// Who it is, by a token that was sent as a message (browsers cannot set headers). `None`
    /// where it takes no such tokens.
    fn token<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Authentication> {
        let _ = token;
        Box::pin(ready(Ok(None)))
    }
}

/// Several authenticators as one: the first that knows the caller, or refuses it, is believed.
#[derive(Clone, Default)]
pub struct FirstOf(Vec<Arc<dyn Authenticator>>);

impl FirstOf {
    /// Asks this one after those before.
    #[must_use]
    pub fn then(mut self, authenticator: impl Authenticator) -> Self {
        self.0.push(Arc::new(authenticator));
        self
    }
}

impl fmt::Debug for FirstOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstOf").field("count", &self.0.len()).finish()
    }
}

impl Authenticator for FirstOf {
    fn handshake<'a>(&'a self, handshake: &'a Handshake) -> BoxFuture<'a, Authentication> {
        Box::pin(async move {
            for one in &self.0 {
                if let Some(identity) = one.handshake(handshake).await? {
                    return Ok(Some(identity));
                }
            }
            Ok(None)
        })
    }

    fn token<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Authentication> {
        Box::pin(async move {
            for one in &self.0 {
                if let Some(identity) = one.token(token).await? {
                    return Ok(Some(identity));
                }
            }
            Ok(None)
        })
    }
}

/// An authenticator of one closure that names the user of a handshake.
pub struct ByHandshake<F>(pub F);

impl<F> fmt::Debug for ByHandshake<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByHandshake")
    }
}

impl<F> Authenticator for ByHandshake<F>
where
    F: Fn(&Handshake) -> Option<String> + Send + Sync + 'static,
{
    fn handshake<'a>(&'a self, handshake: &'a Handshake) -> BoxFuture<'a, Authentication> {
        Box::pin(ready(Ok((self.0)(handshake).map(Identity::user))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knows the token of its name, refuses `bad`, and is silent otherwise.
    struct Knows(&'static str);

    impl Authenticator for Knows {
        fn handshake<'a>(&'a self, handshake: &'a Handshake) -> BoxFuture<'a, Authentication> {
            self.token(&handshake.query)
        }

        fn token<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Authentication> {
            Box::pin(ready(match token {
                "bad" => Err(Refusal::invalid(self.0)),
                token if token == self.0 => Ok(Some(Identity::user(self.0))),
                _ => Ok(None),
            }))
        }
    }

    #[tokio::test]
    async fn the_first_that_knows_or_refuses_is_believed() {
        let both = FirstOf::default().then(Knows("one")).then(Knows("two"));
        for (shown, wanted) in [
            ("one", Ok(Some(Identity::user("one")))),
            ("two", Ok(Some(Identity::user("two")))),
            ("three", Ok(None)),
            ("bad", Err(Refusal::invalid("one"))),
        ] {
            let handshake = Handshake { query: shown.to_owned(), ..Handshake::default() };
            assert_eq!(both.handshake(&handshake).await, wanted);
            assert_eq!(both.token(shown).await, wanted);
        }
        assert_eq!(FirstOf::default().token("one").await, Ok(None));
    }
}
