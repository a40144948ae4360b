//! XHR: polling and streaming to receive, and to send for all but websockets.

use super::receive::Format;

/// What XHRs receive is taken for a script by some proxies otherwise.
pub(super) const CONTENT_TYPE: &str = "application/javascript; charset=UTF-8";

/// One frame for one line.
pub(super) fn polling() -> Format {
    Format::new(|frame| format!("{frame}\n"))
}

/// The same, after 2 KiB without meaning: some browsers show nothing of a response before that.
pub(super) fn streaming() -> Format {
    polling().with_prelude(format!("{}\n", "h".repeat(2048)))
}
