//! Who calls, and from where.
//!
//! An app asks its authenticators in the order in which it was given them. There are
//! [`SignedCookie`], [`Tokens`] (bearer header, query, or a message) of [`SignedTokens`],
//! [`Jwt`](crate::auth) or your own, and your own [`Authenticator`].

mod authenticator;
mod caller;
mod cookie;
mod identity;
#[cfg(feature = "jwt")]
mod jwt;
mod origin;
mod signature;
mod token;

pub use authenticator::{Authentication, Authenticator, ByHandshake, FirstOf};
pub use caller::{Caller, Handshake};
pub use cookie::SignedCookie;
pub use identity::{Identity, Refusal};
#[cfg(feature = "jwt")]
pub use jwt::Jwt;
pub use origin::Origins;
pub use token::{SignedTokens, Tokens, Verifier};
