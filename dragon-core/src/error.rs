//! What can go wrong before an app serves: each a sentence that says how to mend it.

use std::fmt;

/// Why an app could not start or could not go on.
///
/// Its debug form is the sentence as well, so that `fn main() -> Result<(), dragon::Error>` says
/// it plainly.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The setup is wrong; the sentence says what to change.
    #[error("{0}")]
    Setup(String),
    /// The database refused.
    #[error("the database refused: {0}")]
    Database(String),
    /// The broker cannot be reached.
    #[error("the broker cannot be reached: {0}")]
    Broker(String),
    /// The address cannot be listened at.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// A wrong setup, said in a sentence.
    pub(crate) fn setup(sentence: impl Into<String>) -> Self {
        Self::Setup(sentence.into())
    }
}
