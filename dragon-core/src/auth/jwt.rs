//! JSON web tokens (RFC 7519), as other systems issue them.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use futures::future::{BoxFuture, ready};
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Map, Value as Json};

use super::{Identity, Refusal, Verifier};
use crate::Error;

/// Verifies JSON web tokens, for use in [`Tokens`](super::Tokens).
///
/// The algorithm is the one that is configured here; what a token says of itself is not believed.
/// A token must say when it ends (`exp`); a token that names an audience (`aud`) is refused unless
/// [`audience`](Self::audience) has it. The user is the claim `sub`; all claims are the caller's.
///
/// ```
/// use dragon::auth::{Jwt, Tokens};
///
/// # fn main() -> Result<(), dragon::Error> {
/// # let secret = [7; 32];
/// let tokens = Tokens::new(Jwt::hs256(&secret)?.issuer("https://login.example").audience("shop"));
/// // App::builder("shop").authenticator(tokens)
/// # let _ = tokens;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Jwt {
    key: DecodingKey,
    validation: Validation,
    user_claim: String,
}

impl Jwt {
    /// HS256, with a secret of at least 32 random bytes that the issuer has too.
    ///
    /// # Errors
    /// When the secret is too short.
    pub fn hs256(secret: &[u8]) -> Result<Self, Error> {
        if secret.len() < 32 {
            return Err(Error::setup(format!(
                "the secret for JSON web tokens has {} bytes; HS256 wants at least 32 random ones \
                 (RFC 7518, 3.2)",
                secret.len()
            )));
        }
        Ok(Self::of(Algorithm::HS256, DecodingKey::from_secret(secret)))
    }

    /// RS256, with the issuer's public key in PEM.
    ///
    /// # Errors
    /// When that is no such key.
    pub fn rs256(public_key: &[u8]) -> Result<Self, Error> {
        Self::of_pem(Algorithm::RS256, "RSA", DecodingKey::from_rsa_pem(public_key))
    }

    /// ES256, with the issuer's public key in PEM.
    ///
    /// # Errors
    /// When that is no such key.
    pub fn es256(public_key: &[u8]) -> Result<Self, Error> {
        Self::of_pem(Algorithm::ES256, "EC (P-256)", DecodingKey::from_ec_pem(public_key))
    }

    /// EdDSA (Ed25519), with the issuer's public key in PEM.
    ///
    /// # Errors
    /// When that is no such key.
    pub fn eddsa(public_key: &[u8]) -> Result<Self, Error> {
        Self::of_pem(Algorithm::EdDSA, "Ed25519", DecodingKey::from_ed_pem(public_key))
    }

    fn of_pem(
        algorithm: Algorithm,
        kind: &str,
        key: Result<DecodingKey, JwtError>,
    ) -> Result<Self, Error> {
        let key = key.map_err(|error| {
            Error::setup(format!(
                "the key for {algorithm:?} cannot be used ({error}); give the {kind} public key of \
                 the issuer, as the text of a PEM file that begins with `-----BEGIN PUBLIC KEY-----`"
            ))
        })?;
        Ok(Self::of(algorithm, key))
    }

    fn of(algorithm: Algorithm, key: DecodingKey) -> Self {
        // Without it the crate would panic at the first token of an application that uses it with
        // another provider as well. One that the application installed before is kept.
        let _ = DEFAULT_PROVIDER.install_default();
        let mut validation = Validation::new(algorithm);
        validation.leeway = 0;
        validation.validate_nbf = true;
        Self { key, validation, user_claim: "sub".to_owned() }
    }

    /// Takes tokens of this issuer (`iss`) only.
    #[must_use]
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.validation.set_issuer(&[issuer]);
        self.validation.required_spec_claims.insert("iss".to_owned());
        self
    }

    /// Takes tokens for this audience (`aud`) only.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.validation.set_audience(&[audience]);
        self.validation.required_spec_claims.insert("aud".to_owned());
        self
    }

    /// By how much the clocks of issuer and server may differ, in whole seconds; nothing unless
    /// this says otherwise. Connections last as much longer.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.validation.leeway = leeway.as_secs();
        self
    }

    /// The claim that names the user, a text or a number, instead of `sub`.
    #[must_use]
    pub fn user_claim(mut self, name: &str) -> Self {
        name.clone_into(&mut self.user_claim);
        self
    }

    fn read(&self, token: &str) -> Result<Identity, Refusal> {
        let claims = decode::<Map<String, Json>>(token, &self.key, &self.validation)
            .map_err(|error| Refusal::invalid(self.sentence(&error)))?
            .claims;
        let user = match claims.get(&self.user_claim) {
            Some(Json::String(user)) if !user.is_empty() => user.clone(),
            Some(Json::Number(user)) => user.to_string(),
            _ => {
                let name = &self.user_claim;
                return Err(Refusal::invalid(format!("The token names no user in `{name}`.")));
            }
        };
        let ends = claims.get("exp").and_then(|exp| {
            exp.as_u64()
                .or_else(|| Duration::try_from_secs_f64(exp.as_f64()?).ok().map(|d| d.as_secs()))
        });
        let ends = ends.and_then(|seconds| seconds.checked_add(self.validation.leeway));
        let expires = ends.and_then(|ends| UNIX_EPOCH.checked_add(Duration::from_secs(ends)));
        Ok(Identity { user, claims, expires })
    }

    fn sentence(&self, error: &JwtError) -> String {
        match error.kind() {
            ErrorKind::ExpiredSignature => "The token has expired.".to_owned(),
            ErrorKind::ImmatureSignature => "The token does not hold yet.".to_owned(),
            ErrorKind::InvalidSignature => {
                "The token is not signed with the key of this app.".to_owned()
            }
            ErrorKind::InvalidAlgorithm => {
                let wanted = self.validation.algorithms.first();
                let wanted = wanted.map(|one| format!("{one:?}")).unwrap_or_default();
                format!("The token is not signed with {wanted}, which this app takes.")
            }
            ErrorKind::InvalidIssuer => "The token is of another issuer.".to_owned(),
            ErrorKind::InvalidAudience => "The token is for another audience.".to_owned(),
            ErrorKind::MissingRequiredClaim(name) => format!("The token has no claim `{name}`."),
            _ => "That is not a JSON web token.".to_owned(),
        }
    }
}

impl Verifier for Jwt {
    fn verify<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Refusal>> {
        Box::pin(ready(self.read(token)))
    }
}

impl fmt::Debug for Jwt {
    // Not the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwt")
            .field("algorithms", &self.validation.algorithms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
