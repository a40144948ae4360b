//! A client of SockJS, over each of its transports.

use std::collections::VecDeque;

use serde_json::Value;

pub use self::fallback::{Fallback, Transport};
pub use self::http::{Answer, Place, Wire};
pub use self::websocket::{Framed, Socket};
use crate::util::random;

mod fallback;
mod http;
mod websocket;

/// The URL of a session that nobody has had.
#[must_use]
pub fn session(prefix: &str) -> String {
    format!("{prefix}/000/{:016x}", random())
}

/// What came and was not asked for yet.
#[derive(Debug, Default)]
struct Inbox {
    messages: VecDeque<Value>,
    closed: bool,
}

impl Inbox {
    fn take(&mut self, frame: &str) {
        let json = |text: &str| serde_json::from_str(text).expect("a message");
        match frame.split_at(1) {
            ("a", texts) => {
                let texts: Vec<String> = serde_json::from_str(texts).expect("a list of texts");
                self.messages.extend(texts.iter().map(|text| -> Value { json(text) }));
            }
            ("h", "") => {}
            ("c", _) => self.closed = true,
            _ => panic!("a frame that should not be: {frame}"),
        }
    }
}
