//! The texts of SockJS: `o`, `h`, `a[…]`, `c[…]`, and what clients send.

use std::fmt::Write as _;

use bytes::Bytes;

use crate::link::Frame;
use crate::protocol::Close;
use crate::transport::framing::Framing;

/// A session begins.
pub(super) const OPEN: &str = "o";

/// The server lives.
pub(super) const HEARTBEAT: &str = "h";

/// Somebody else receives for this session.
pub(super) const BUSY: Close = Close { code: 2010, reason: "Another connection still open" };

/// What came over a websocket is not SockJS.
const BROKEN: Close = Close { code: 3000, reason: "Broken framing." };

/// A text as a JSON string in which everything is escaped that browsers are known to mangle: the
/// list of sockjs-node, which is that of the protocol's test-suite and all beyond U+FFFF.
fn quote(text: &str, into: &mut String) {
    into.reserve(text.len() + 2);
    into.push('"');
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        if !is_escaped(c) {
            continue;
        }
        into.push_str(&text[plain..at]);
        plain = at + c.len_utf8();
        match c {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\u{8}' => into.push_str("\\b"),
            '\t' => into.push_str("\\t"),
            '\n' => into.push_str("\\n"),
            '\u{c}' => into.push_str("\\f"),
            '\r' => into.push_str("\\r"),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(into, "\\u{unit:04x}");
                }
            }
        }
    }
    into.push_str(&text[plain..]);
    into.push('"');
}

fn is_escaped(c: char) -> bool {
    matches!(
        c,
        '"' | '\\'
            | '\0'..='\u{1f}'
            | '\u{200c}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff0}'..
    )
}

/// A message as an array of one; made once for all who are sent it.
pub(super) fn message(frame: &Frame) -> Bytes {
    frame.framed(|text| {
        let mut array = String::from("a[");
        quote(text, &mut array);
        array.push(']');
        array
    })
}

/// Messages as one array.
pub(super) fn messages(frames: &[Frame]) -> String {
    let arrays: Vec<Bytes> = frames.iter().map(message).collect();
    let mut all = String::with_capacity(arrays.iter().map(Bytes::len).sum());
    all.push_str("a[");
    for (number, array) in arrays.iter().enumerate() {
        if number > 0 {
            all.push(',');
        }
        // Texts went in, and so do texts come out.
        all.push_str(std::str::from_utf8(&array[2..array.len() - 1]).unwrap_or_default());
    }
    all.push(']');
    all
}

/// The end of a session.
pub(super) fn close(close: Close) -> String {
    let mut text = format!("c[{},", close.code);
    quote(close.reason, &mut text);
    text.push(']');
    text
}

/// Why what a client sent is no list of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    NoJson,
    NoTexts,
}

/// The messages of a text that a client sent: an array of texts.
pub(super) fn read(text: &str) -> Result<Vec<String>, Unreadable> {
    serde_json::from_str(text)
        .map_err(|error| if error.is_data() { Unreadable::NoTexts } else { Unreadable::NoJson })
}

/// SockJS in the texts of a websocket.
#[derive(Clone, Copy, Debug)]
pub(super) struct SockJsFraming;

impl Framing for SockJsFraming {
    fn hello(self) -> Option<&'static str> {
        Some(OPEN)
    }

    fn read(self, text: &str) -> Result<impl Iterator<Item = String> + Send, Close> {
        if text.is_empty() {
            return Ok(Vec::new().into_iter());
        }
        // A single message may come without its array.
        let messages = if text.starts_with('"') {
            serde_json::from_str(text).map(|one| vec![one]).map_err(|_| BROKEN)
        } else {
            read(text).map_err(|_| BROKEN)
        };
        messages.map(Vec::into_iter)
    }

    fn message(self, frame: &Frame) -> Bytes {
        message(frame)
    }

    fn heartbeat(self) -> Option<&'static str> {
        Some(HEARTBEAT)
    }

    fn farewell(self, why: Close) -> (Option<String>, Close) {
        // What is wrong with the websocket itself is said in its own words.
        if why == BROKEN || why.code < 3000 {
            return (None, why);
        }
        (Some(close(why)), Close { code: 1000, reason: "Normal closure" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> String {
        let mut quoted = String::new();
        quote(text, &mut quoted);
        quoted
    }

    #[test]
    fn what_browsers_mangle_is_escaped() {
        for (text, escaped) in [
            ("", r#""""#),
            ("plain äöü €", "\"plain äöü €\""),
            ("  \0\n\r ", r#""  \u0000\n\r ""#),
            ("\"\\\u{8}\u{c}\t\u{1f}\u{7f}", "\"\\\"\\\\\\b\\f\\t\\u001f\u{7f}\""),
            ("\u{200b}\u{200c}\u{200f}\u{2010}", "\"\u{200b}\\u200c\\u200f\u{2010}\""),
            ("\u{2028}\u{202f}\u{2060}\u{206f}", r#""\u2028\u202f\u2060\u206f""#),
            ("\u{ffef}\u{fff0}\u{ffff}", "\"\u{ffef}\\ufff0\\uffff\""),
            ("\u{1f409}!", r#""\ud83d\udc09!""#),
        ] {
            assert_eq!(quoted(text), escaped);
            assert_eq!(serde_json::from_str::<String>(&quoted(text)).unwrap(), text);
        }
    }

    #[test]
    fn messages_are_joined_as_they_stand_alone() {
        let frames = ["{\"a\":1}", "", "x]"].map(|text| Frame::new(text.to_owned()));
        assert_eq!(messages(&frames[..1]), message(&frames[0]));
        assert_eq!(messages(&frames), r#"a["{\"a\":1}","","x]"]"#);
    }

    #[test]
    fn only_texts_are_messages() {
        assert_eq!(read("[]"), Ok(vec![]));
        assert_eq!(read(r#"["a","\ud83d\udc09"]"#), Ok(vec!["a".into(), "\u{1f409}".into()]));
        for text in ["[\"a", "", "nonsense", "[\"a\"] b", "[\"\\x\"]", "[\"\\ud83d\"]"] {
            assert_eq!(read(text), Err(Unreadable::NoJson), "{text}");
        }
        for text in ["5", "null", "{}", "\"a\"", "[1]", "[[\"a\"]]", "[\"a\",null]"] {
            assert_eq!(read(text), Err(Unreadable::NoTexts), "{text}");
        }
        let from = |text| SockJsFraming.read(text).map(Iterator::collect::<Vec<String>>);
        assert_eq!(from(""), Ok(vec![]));
        assert_eq!(from("\"a\""), Ok(vec!["a".to_owned()]));
        assert_eq!(from("[\"a"), Err(BROKEN));
        assert_eq!(from("[1]"), Err(BROKEN));
    }
}
