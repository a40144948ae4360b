//! What a websocket's texts look like: one loop reads and writes them all.

use bytes::Bytes;

use crate::link::Frame;
use crate::protocol::Close;

/// How messages stand in the texts of a websocket.
pub(super) trait Framing: Copy + Send + Sync + 'static {
    /// What is said first.
    fn hello(self) -> Option<&'static str>;

    /// The messages in a text that came; the close where it cannot be read.
    fn read(self, text: &str) -> Result<impl Iterator<Item = String> + Send, Close>;

    /// The text of an outgoing message.
    fn message(self, frame: &Frame) -> Bytes;

    /// What goes out beside a ping.
    fn heartbeat(self) -> Option<&'static str>;

    /// What is said last, where that is a text, and the websocket's own close.
    fn farewell(self, close: Close) -> (Option<String>, Close);
}

/// No framing: one text is one message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain;

impl Framing for Plain {
    fn hello(self) -> Option<&'static str> {
        None
    }

    fn read(self, text: &str) -> Result<impl Iterator<Item = String> + Send, Close> {
        Ok(std::iter::once(text.to_owned()))
    }

    fn message(self, frame: &Frame) -> Bytes {
        frame.bytes()
    }

    fn heartbeat(self) -> Option<&'static str> {
        None
    }

    fn farewell(self, close: Close) -> (Option<String>, Close) {
        (None, close)
    }
}
