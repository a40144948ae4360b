//! What clients put into the body of a POST.

use std::time::Duration;

use futures::{Stream, StreamExt};
use tokio::time::timeout;
use warp::Buf;
use warp::http::StatusCode;

use super::answer::{Answer, Headers};
use super::framing::{Unreadable, read};
use crate::auth::Handshake;

/// Why a body is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    TooLarge,
    TooSlow,
    /// The client went away half way.
    Gone,
    Empty,
    NoJson,
    /// There is nobody whom it could be for.
    NoSession,
}

impl Refused {
    pub(super) fn answer(self, headers: Headers) -> Answer {
        match self {
            Self::TooLarge => headers.answer(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large.\n"),
            Self::TooSlow => headers.answer(StatusCode::REQUEST_TIMEOUT, "Payload too slow.\n"),
            Self::Gone => headers.answer(StatusCode::BAD_REQUEST, ""),
            Self::Empty => headers.refuse("Payload expected."),
            Self::NoJson => headers.refuse("Broken JSON encoding."),
            Self::NoSession => headers.not_found(),
        }
    }
}

impl From<Unreadable> for Refused {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::NoJson => Self::NoJson,
            Unreadable::NoTexts => Self::Empty,
        }
    }
}

/// Reads a body of at most `limit` bytes.
pub(super) async fn whole<B: Buf>(
    body: impl Stream<Item = Result<B, warp::Error>> + Send,
    limit: usize,
    patience: Duration,
) -> Result<String, Refused> {
    let mut body = std::pin::pin!(body);
    let reading = async {
        let mut bytes = Vec::new();
        while let Some(part) = body.next().await {
            let mut part = part.map_err(|_| Refused::Gone)?;
            if bytes.len() + part.remaining() > limit {
                return Err(Refused::TooLarge);
            }
            while part.has_remaining() {
                let chunk = part.chunk();
                bytes.extend_from_slice(chunk);
                let read = chunk.len();
                part.advance(read);
            }
        }
        String::from_utf8(bytes).map_err(|_| Refused::NoJson)
    };
    timeout(patience, reading).await.unwrap_or(Err(Refused::TooSlow))
}

/// The type that a body has by its header, without parameters.
fn content_type(handshake: &Handshake) -> &str {
    handshake
        .header("content-type")
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
}

/// The messages that an XHR sent. Some browsers send them under strange types.
pub(super) fn of_xhr(handshake: &Handshake, body: &str) -> Result<Vec<String>, Refused> {
    match content_type(handshake) {
        "text/plain" | "T" | "application/json" | "application/xml" | "" | "text/xml"
            if !body.is_empty() =>
        {
            Ok(read(body)?)
        }
        _ => Err(Refused::Empty),
    }
}

/// The messages that a form sent, in its field `d`.
pub(super) fn of_form(handshake: &Handshake, body: &str) -> Result<Vec<String>, Refused> {
    let text = match content_type(handshake) {
        "application/x-www-form-urlencoded" => {
            field(body, "d").ok_or(Refused::Empty)?.ok_or(Refused::NoJson)?
        }
        "text/plain" | "" => body.to_owned(),
        _ => return Err(Refused::Empty),
    };
    if text.is_empty() {
        return Err(Refused::Empty);
    }
    Ok(read(&text)?)
}

/// A field of a form or a query, if it is there, with its escapes undone, if they can be.
pub(super) fn field(form: &str, name: &str) -> Option<Option<String>> {
    form.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| unescape(value))
    })
}

/// Undoes `%63` and `+`.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || (rest.next()? as char).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(content_type: &str) -> Handshake {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Handshake { headers, ..Handshake::default() }
    }

    #[test]
    fn fields_are_found_and_unescaped() {
        assert_eq!(field("t=1&c=%63all.b&d=+", "c"), Some(Some("call.b".to_owned())));
        assert_eq!(field("t=1&d=+", "d"), Some(Some(" ".to_owned())));
        assert_eq!(field("t=1", "d"), None);
        assert_eq!(field("d", "d"), Some(Some(String::new())));
        for broken in ["d=%", "d=%4", "d=%zz", "d=%ff"] {
            assert_eq!(field(broken, "d"), Some(None), "{broken}");
        }
    }

    #[test]
    fn bodies_are_read_by_their_type() {
        let a = Ok(vec!["a".to_owned()]);
        for kind in ["", "T", "text/plain", "application/json; charset=utf-8", "text/xml"] {
            assert_eq!(of_xhr(&typed(kind), "[\"a\"]"), a, "{kind}");
        }
        assert_eq!(of_xhr(&typed("image/png"), "[\"a\"]"), Err(Refused::Empty));
        assert_eq!(of_xhr(&typed(""), ""), Err(Refused::Empty));
        let form = typed("application/x-www-form-urlencoded");
        assert_eq!(of_form(&form, "d=%5B%22a%22%5D"), a);
        assert_eq!(of_form(&typed("text/plain"), "[\"a\"]"), a);
        for empty in ["", "d=", "p=p", "d=5"] {
            assert_eq!(of_form(&form, empty), Err(Refused::Empty), "{empty}");
        }
        assert_eq!(of_form(&form, "d=%5B%22x"), Err(Refused::NoJson));
    }
}
