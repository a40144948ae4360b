//! What `dragon-cli` asks of an app: the app answers with one line instead of serving.

use std::env;
use std::io::{self, Write};

use serde::Serialize;

use crate::Error;

/// The variable that asks an app for its description.
const DESCRIBE: &str = "DRAGON_DESCRIBE";

/// Something that an app is asked to do instead of serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// Print its description.
    Describe,
}

impl Errand {
    /// What the environment asks for.
    ///
    /// # Errors
    /// When a variable is set to what cannot be meant.
    pub(super) fn asked() -> Result<Option<Self>, Error> {
        Self::of(|name| env::var(name).ok())
    }

    fn of(look_up: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        match look_up(DESCRIBE).as_deref().map(str::trim) {
            None | Some("" | "0") => Ok(None),
            Some("1") => Ok(Some(Self::Describe)),
            Some(other) => Err(Error::setup(format!(
                "DRAGON_DESCRIBE is `{other}`; write 1, which makes the app print its description \
                 and exit, or leave it out"
            ))),
        }
    }
}

/// The line of a description. Whoever reads it looks for the last line that begins so.
#[derive(Serialize)]
pub(super) struct Described<T> {
    /// Dragon's version.
    dragon: &'static str,
    describe: T,
}

impl<T: Serialize> Described<T> {
    pub(super) fn new(describe: T) -> Self {
        Self { dragon: env!("CARGO_PKG_VERSION"), describe }
    }
}

/// Prints the answer as one line.
///
/// # Errors
/// When standard output is closed.
pub(super) fn print(answer: &impl Serialize) -> Result<(), Error> {
    let mut line = serde_json::to_string(answer)
        .map_err(|error| Error::setup(format!("what was asked for is no JSON: {error}")))?;
    line.push('\n');
    let mut to = io::stdout().lock();
    to.write_all(line.as_bytes()).and_then(|()| to.flush()).map_err(|error| {
        Error::setup(format!("what was asked for cannot be written to standard output: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> Result<Option<Errand>, Error> {
        Errand::of(|name| (name == DESCRIBE).then(|| value.to_owned()))
    }

    #[test]
    fn the_environment_asks() {
        assert_eq!(asked("1").unwrap(), Some(Errand::Describe));
        for nothing in ["", " ", "0"] {
            assert_eq!(asked(nothing).unwrap(), None, "{nothing:?}");
        }
        assert_eq!(Errand::of(|_| None).unwrap(), None);
        let sentence = asked("yes").unwrap_err().to_string();
        assert!(sentence.contains("DRAGON_DESCRIBE is `yes`; write 1"), "{sentence}");
    }
}
