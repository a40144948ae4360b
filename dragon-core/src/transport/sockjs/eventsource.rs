//! Server-sent events.

use super::receive::Format;

pub(super) const CONTENT_TYPE: &str = "text/event-stream; charset=UTF-8";

/// One event for one frame, after a line that an old Opera needs. The client unescapes what it
/// gets, so `%` is escaped; what would end a line cannot be in a frame, which is JSON.
pub(super) fn format() -> Format {
    Format::new(|frame| format!("data: {}\r\n\r\n", frame.replace('%', "%25"))).with_prelude("\r\n")
}
