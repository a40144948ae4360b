//! Who calls, by a cookie that the application set.

use std::time::Duration;

use futures::future::{BoxFuture, ready};

use super::signature::Signer;
use super::{Authentication, Authenticator, Handshake, Identity};
use crate::Error;

/// A cookie that bears an identity and a signature (HMAC-SHA-256 with a secret of the app).
///
/// The application's own login page answers with [`set`](Self::set); browsers then show the
/// cookie with every connection of a page that may connect, whatever the transport.
///
/// A cookie that is forged or has expired counts as none: browsers send it unasked, and a page
/// that serves guests as well must not lock out those who were here a month ago. The log has it.
///
/// ```
/// use std::time::Duration;
///
/// use dragon::auth::{Identity, SignedCookie};
///
/// # fn main() -> Result<(), dragon::Error> {
/// # let secret = [7; 32];
/// let cookie = SignedCookie::new("who", &secret)?;
/// // In the answer to a login, as the header `Set-Cookie`:
/// let header = cookie.set(&Identity::user("ann"), Duration::from_secs(86_400));
/// assert!(header.ends_with("; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax; Secure"));
/// // And in the app: `App::builder("shop").authenticator(cookie)`
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SignedCookie {
    name: String,
    signer: Signer,
    secure: bool,
}

impl SignedCookie {
    /// A cookie of that name, signed with a secret of at least 32 random bytes. All nodes of an
    /// app have the same secret.
    ///
    /// # Errors
    /// When the secret is too short, or the name is not one for a cookie.
    pub fn new(name: &str, secret: &[u8]) -> Result<Self, Error> {
        let fit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if name.is_empty() || !name.bytes().all(fit) {
            return Err(Error::setup(format!(
                "`{name}` cannot be the name of a cookie; use letters a to z, digits, `-`, `_` \
                 and `.`"
            )));
        }
        let signer = Signer::new(format!("cookie `{name}`"), secret)?;
        Ok(Self { name: name.to_owned(), signer, secure: true })
    }

    /// Accepts cookies that were signed with an older secret as well, for a change of secrets
    /// that logs nobody out.
    ///
    /// # Errors
    /// When the secret is too short.
    pub fn and_older(mut self, secret: &[u8]) -> Result<Self, Error> {
        self.signer.add(secret)?;
        Ok(self)
    }

    /// Lets browsers send the cookie over plain HTTP too. (They do so anyway for `localhost`.)
    #[must_use]
    pub fn over_plain_http(mut self) -> Self {
        self.secure = false;
        self
    }

    /// The value of a `Set-Cookie` header that logs somebody in for that long, in whole seconds.
    #[must_use]
    pub fn set(&self, identity: &Identity, lasts: Duration) -> String {
        self.header(&self.signer.sign(identity, lasts), lasts.as_secs())
    }

    /// The value of a `Set-Cookie` header that logs out. Open connections stay who they are:
    /// the page closes its own, and [`App::rights_changed`](crate::App) has all of a user's asked
    /// again.
    #[must_use]
    pub fn clear(&self) -> String {
        self.header("", 0)
    }

    fn header(&self, value: &str, seconds: u64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        let name = &self.name;
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }

    fn read(&self, handshake: &Handshake) -> Option<Identity> {
        // There may be several of the name, and not all of them of this app: another one on the
        // same domain can set them.
        let shown =
            handshake.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
        let mut refusal = None;
        for pair in shown.flat_map(|(_, value)| value.split(';')) {
            let Some((name, value)) = pair.trim().split_once('=') else { continue };
            if name != self.name || value.is_empty() {
                continue;
            }
            match self.signer.verify(value.trim_matches('"')) {
                Ok(identity) => return Some(identity),
                Err(why) => refusal = Some(why),
            }
        }
        if let Some(why) = refusal {
            tracing::info!(%why, "a cookie counts as none");
        }
        None
    }
}

impl Authenticator for SignedCookie {
    fn handshake<'a>(&'a self, handshake: &'a Handshake) -> BoxFuture<'a, Authentication> {
        Box::pin(ready(Ok(self.read(handshake))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn cookie() -> SignedCookie {
        SignedCookie::new("who", &[7; 32]).unwrap()
    }

    fn user(header: &str) -> Option<String> {
        let headers = vec![("cookie".to_owned(), header.to_owned())];
        cookie().read(&Handshake { headers, ..Handshake::default() }).map(|identity| identity.user)
    }

    #[test]
    fn the_right_one_of_several_is_found() {
        let set = cookie().set(&Identity::user("ann"), HOUR);
        let pair = set.split(';').next().unwrap();
        assert_eq!(user(pair).as_deref(), Some("ann"));
        assert_eq!(user(&format!("a=b; who=forged.x;{pair}; c")).as_deref(), Some("ann"));
        for header in ["", "who", "who=", "who=x", &format!("x{pair}"), &format!("{pair}x")] {
            assert_eq!(user(header), None, "{header}");
        }
        let other = SignedCookie::new("other", &[7; 32]).unwrap();
        let moved = other.set(&Identity::user("ann"), HOUR).replace("other=", "who=");
        assert_eq!(user(&moved), None, "of another cookie");
    }

    #[test]
    fn logging_out_and_plain_http_are_said_in_the_header() {
        assert!(cookie().clear().starts_with("who=; Path=/; Max-Age=0;"));
        assert!(!cookie().over_plain_http().clear().contains("Secure"));
        for name in ["", "a b", "a=b", "a;b"] {
            assert!(SignedCookie::new(name, &[7; 32]).is_err(), "{name}");
        }
    }
}
