//! An encoded outgoing message.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

/// An outgoing text, encoded once and shared by all who are sent it.
#[derive(Clone)]
pub struct Frame(Arc<Inner>);

struct Inner {
    text: Bytes,
    /// The text in the framing of a transport that wraps it, once somebody there is sent it.
    framed: OnceLock<Bytes>,
}

impl Frame {
    /// A frame of a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Arc::new(Inner { text: text.into(), framed: OnceLock::new() }))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // It was made of a text and nobody can have changed it.
        std::str::from_utf8(&self.0.text).unwrap_or_default()
    }

    /// The text's bytes, shared.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.0.text.clone()
    }

    /// The text in another framing, made by the first who asks and shared by all. There is room
    /// for one: all who ask must bring the same framing.
    #[must_use]
    pub(crate) fn framed(&self, framing: impl FnOnce(&str) -> String) -> Bytes {
        self.0.framed.get_or_init(|| framing(self.as_str()).into()).clone()
    }

    /// Its size in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.text.len()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.text.is_empty()
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frame").field(&self.as_str()).finish()
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for Frame {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_framing_is_made_once_for_all() {
        let frame = Frame::new("text".to_owned());
        let other = frame.clone();
        let first = frame.framed(|text| format!("<{text}>"));
        let second = other.framed(|_| unreachable!("it is there already"));
        assert_eq!(first, "<text>");
        assert_eq!(first.as_ptr(), second.as_ptr());
        assert_eq!(frame, Frame::new("text".to_owned()));
    }
}
