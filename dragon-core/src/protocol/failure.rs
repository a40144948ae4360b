//! What a caller is told when a call fails.

use super::FieldErrors;

/// Which kind of failure: `context.code` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Fields are wrong; the data says which and why.
    Validation,
    /// The message, or an argument, is not what the call takes.
    BadRequest,
    /// No router of that name.
    UnknownRoute,
    /// The router has no such verb.
    UnknownVerb,
    /// No such row that the caller may see.
    NotFound,
    /// The caller may see it but not do that.
    Denied,
    /// The caller must be known first.
    LoginRequired,
    /// The message is over the size limit.
    TooLarge,
    /// Too many of something: subscriptions, terms of a filter, rows.
    TooMany,
    /// Something that the server needs is away just now; trying again may help.
    Unavailable,
    /// A fault of the server; its log has more under the id that the sentence bears.
    Internal,
}

impl Code {
    /// The wire's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Validation => "validation",
            Self::BadRequest => "bad_request",
            Self::UnknownRoute => "unknown_route",
            Self::UnknownVerb => "unknown_verb",
            Self::NotFound => "not_found",
            Self::Denied => "denied",
            Self::LoginRequired => "login_required",
            Self::TooLarge => "too_large",
            Self::TooMany => "too_many",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

/// What a caller is told when a call fails; the connection lives on.
///
/// ```
/// use dragon::{Failure, protocol::Code};
///
/// let failure = Failure::bad_request("`limit` must be a whole number");
/// assert_eq!(failure.code, Code::BadRequest);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub code: Code,
    /// The sentences, by field; those about no field stand under `error`.
    pub errors: FieldErrors,
}

impl Failure {
    /// A failure of a kind, in one sentence.
    #[must_use]
    pub fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self { code, errors: FieldErrors::of("error", sentence) }
    }

    /// Wrong fields.
    #[must_use]
    pub fn validation(errors: FieldErrors) -> Self {
        Self { code: Code::Validation, errors }
    }

    /// A message or an argument that the call does not take.
    #[must_use]
    pub fn bad_request(sentence: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, sentence)
    }

    /// No such row that the caller may see.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is no such row.")
    }

    /// The caller may not do that.
    #[must_use]
    pub fn denied() -> Self {
        Self::new(Code::Denied, "You may not do that.")
    }

    /// The caller must be known first.
    #[must_use]
    pub fn login_required() -> Self {
        Self::new(Code::LoginRequired, "Log in first.")
    }

    /// A fault of the server. The caller gets an id and nothing else; the log gets the id and
    /// the cause.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        let id = format!("{:08x}", fastrand::u32(..));
        tracing::error!(id, %cause, "internal error");
        Self::new(Code::Internal, format!("Something went wrong on the server (id {id})."))
    }
}

impl From<FieldErrors> for Failure {
    fn from(errors: FieldErrors) -> Self {
        Self::validation(errors)
    }
}
