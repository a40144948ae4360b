//! Texts that nobody can forge: an identity with the time when it ends, and a signature.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::Sha256;

use super::{Identity, Refusal};
use crate::Error;

/// The shortest secret: as long as what it signs with (RFC 2104, 3).
const SECRET: usize = 32;

/// Signs identities for one purpose, with HMAC-SHA-256.
#[derive(Clone)]
pub(super) struct Signer {
    /// What is signed for one purpose is nothing for another.
    purpose: String,
    /// The one that signs, and those that were used before.
    secrets: Vec<Vec<u8>>,
}

/// What is signed.
#[derive(Serialize, Deserialize)]
struct Payload {
    #[serde(rename = "u")]
    user: String,
    #[serde(rename = "c", default, skip_serializing_if = "Map::is_empty")]
    claims: Map<String, Json>,
    /// In seconds since 1970.
    #[serde(rename = "e")]
    expires: u64,
}

impl Signer {
    pub(super) fn new(purpose: String, secret: &[u8]) -> Result<Self, Error> {
        let mut signer = Self { purpose, secrets: Vec::new() };
        signer.add(secret)?;
        Ok(signer)
    }

    /// Accepts what another secret signed.
    pub(super) fn add(&mut self, secret: &[u8]) -> Result<(), Error> {
        if secret.len() < SECRET {
            return Err(Error::setup(format!(
                "the secret for the {} has {} bytes; use at least {SECRET} random ones, as \
                 `openssl rand -base64 48` writes them, and keep them out of the source",
                self.purpose,
                secret.len()
            )));
        }
        self.secrets.push(secret.to_vec());
        Ok(())
    }

    /// The identity as a text that holds for that long, of the letters A to Z, a to z, digits,
    /// `-`, `_` and `.`.
    pub(super) fn sign(&self, identity: &Identity, lasts: Duration) -> String {
        let ends = SystemTime::now().checked_add(lasts);
        let ends = ends.and_then(|ends| ends.duration_since(UNIX_EPOCH).ok());
        let payload = Payload {
            user: identity.user.clone(),
            claims: identity.claims.clone(),
            expires: ends.map_or(u64::MAX, |ends| ends.as_secs()),
        };
        let payload = URL_SAFE_NO_PAD.encode(serde_json::json!(payload).to_string());
        let signature = self.secrets.first().and_then(|secret| self.mac(secret, &payload));
        let signature = signature.map(|mac| mac.finalize().into_bytes()).unwrap_or_default();
        format!("{payload}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The identity that was signed.
    pub(super) fn verify(&self, text: &str) -> Result<Identity, Refusal> {
        let forged =
            || Refusal::invalid(format!("The {} is not signed by this app.", self.purpose));
        let (payload, signature) = text.split_once('.').ok_or_else(forged)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| forged())?;
        // Compared in constant time.
        let fits = |secret: &Vec<u8>| {
            self.mac(secret, payload).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
        };
        if !self.secrets.iter().any(fits) {
            return Err(forged());
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| forged())?;
        let payload: Payload = serde_json::from_slice(&payload).map_err(|_| forged())?;
        let expires = UNIX_EPOCH.checked_add(Duration::from_secs(payload.expires));
        if expires.is_some_and(|moment| moment <= SystemTime::now()) {
            return Err(Refusal::invalid(format!("The {} has expired.", self.purpose)));
        }
        Ok(Identity { user: payload.user, claims: payload.claims, expires })
    }

    fn mac(&self, secret: &[u8], payload: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
        mac.update(self.purpose.as_bytes());
        mac.update(b"\0");
        mac.update(payload.as_bytes());
        Some(mac)
    }
}

impl fmt::Debug for Signer {
    // Not the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn signer(purpose: &str, letter: u8) -> Signer {
        Signer::new(purpose.to_owned(), &[letter; SECRET]).unwrap()
    }

    #[test]
    fn what_was_signed_is_read_again() {
        let signer = signer("token", b'a');
        let ann = Identity::user("ann").with("groups", ["x"]);
        let read = signer.verify(&signer.sign(&ann, HOUR)).unwrap();
        assert!(read.expires.is_some_and(|moment| moment > SystemTime::now()));
        assert_eq!(Identity { expires: None, ..read }, ann);
        let forever = signer.sign(&ann, Duration::MAX);
        assert_eq!(signer.verify(&forever).unwrap().user, "ann");
    }

    #[test]
    fn what_is_forged_or_over_is_refused() {
        let own = signer("token", b'a');
        let text = own.sign(&Identity::user("ann"), HOUR);
        let (payload, signature) = text.split_once('.').unwrap();
        let other = own.sign(&Identity::user("bob"), HOUR);
        let (others, _) = other.split_once('.').unwrap();
        for forged in [
            "".to_owned(),
            ".".to_owned(),
            payload.to_owned(),
            format!("{payload}."),
            format!("{others}.{signature}"),
            format!("{payload}.{}", &signature[1..]),
            format!("{payload}.ä"),
            signer("token", b'b').sign(&Identity::user("ann"), HOUR),
            signer("cookie", b'a').sign(&Identity::user("ann"), HOUR),
        ] {
            let refusal = own.verify(&forged).unwrap_err();
            assert_eq!(refusal.to_string(), "The token is not signed by this app.", "{forged}");
        }
        let over = own.sign(&Identity::user("ann"), Duration::ZERO);
        assert_eq!(own.verify(&over).unwrap_err().to_string(), "The token has expired.");
    }

    #[test]
    fn an_old_secret_is_accepted_and_a_short_one_is_not() {
        let text = signer("token", b'a').sign(&Identity::user("ann"), HOUR);
        let mut newer = signer("token", b'b');
        assert!(newer.verify(&text).is_err());
        newer.add(&[b'a'; SECRET]).unwrap();
        assert_eq!(newer.verify(&text).unwrap().user, "ann");
        let sentence = newer.add(b"secret").unwrap_err().to_string();
        assert!(sentence.contains("6 bytes") && sentence.contains("openssl"), "{sentence}");
        assert!(!format!("{newer:?}").contains("98"), "{newer:?}");
    }
}
