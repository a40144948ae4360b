//! What is printed. Colours are for terminals: `anstream` takes them out where the output is a pipe
//! or `NO_COLOR` is set.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use clap::builder::Styles;

use crate::failure::Failure;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WORD: Style = AnsiColor::Cyan.on_default();

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
