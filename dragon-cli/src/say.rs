//! What is printed. Colours are for terminals: `anstream` takes them out where the output is a pipe
//! or `NO_COLOR` is set.

use std::io::{self, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use clap::builder::Styles;

use crate::failure::Failure;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WORD: Style = AnsiColor::Cyan.on_default();
/// What is neither good nor bad.
pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default().bold();
/// What stands beside what matters.
pub(crate) const ASIDE: Style = Style::new().dimmed();

/// The colours of clap's help and errors.
pub(crate) const STYLES: Styles = Styles::styled()
    .header(GOOD)
    .usage(GOOD)
    .literal(WORD)
    .placeholder(WORD)
    .error(BAD)
    .valid(GOOD)
    .invalid(BAD);

/// Says why a command ended, and how to mend it.
pub(crate) fn failure(failure: &Failure) {
    let mut to = anstream::stderr().lock();
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(to, "{BAD}error{BAD:#}: {}", failure.what);
    for help in &failure.help {
        let _ = writeln!(to, "  {WORD}help{WORD:#}: {help}");
    }
}

/// Writes what was asked for to standard output, with the end of the line.
///
/// # Errors
/// When nobody reads it any more, as in `dragon-cli watch … | head`.
pub(crate) fn out(text: &str) -> io::Result<()> {
    let mut to = anstream::stdout().lock();
    writeln!(to, "{text}")?;
    to.flush()
}

/// Writes what was asked for to standard output, where it does not matter whether somebody reads on.
pub(crate) fn answer(text: &str) -> Result<(), Failure> {
    match out(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// The lines of a diff, as diffs are coloured.
pub(crate) fn coloured(diff: &str) -> Vec<String> {
    let colour = |line: &str| match line.as_bytes().first() {
        Some(b'+') => format!("{GOOD}{line}{GOOD:#}"),
        Some(b'-') => format!("{BAD}{line}{BAD:#}"),
        Some(b'@') => format!("{WORD}{line}{WORD:#}"),
        _ => line.to_owned(),
    };
    diff.lines().map(colour).collect()
}

/// Says how it goes, beside what was asked for: on standard error.
pub(crate) fn note(text: &str) {
    let mut to = anstream::stderr().lock();
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(to, "{text}");
}

/// Whether a person sees how it goes.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}
