//! What is asked for: the URLs below the prefix.

use warp::http::Method;

/// A URL's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint<'a> {
    Greeting,
    Iframe,
    Info,
    RawWebsocket,
    Session { id: &'a str, wire: Wire },
}

/// How a session's messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Websocket,
    Xhr,
    XhrStreaming,
    XhrSend,
    EventSource,
    HtmlFile,
    Jsonp,
    JsonpSend,
}

/// No client makes longer session ids; they are kept in memory.
const LONGEST_ID: usize = 256;

impl<'a> Endpoint<'a> {
    /// Reads what follows the prefix and its slash. One slash at the end counts for nothing.
    pub(super) fn read(path: &'a str) -> Option<Self> {
        if path.is_empty() {
            return Some(Self::Greeting);
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        match path {
            "info" => return Some(Self::Info),
            "websocket" => return Some(Self::RawWebsocket),
            _ if is_iframe(path) => return Some(Self::Iframe),
            _ => {}
        }
        let mut parts = path.split('/');
        // The server's part is for load balancers; it says nothing here.
        let (_, id) = (part(parts.next()?)?, part(parts.next()?)?);
        let wire = match (parts.next()?, parts.next()) {
            ("websocket", None) => Wire::Websocket,
            ("xhr", None) => Wire::Xhr,
            ("xhr_streaming", None) => Wire::XhrStreaming,
            ("xhr_send", None) => Wire::XhrSend,
            ("eventsource", None) => Wire::EventSource,
            ("htmlfile", None) => Wire::HtmlFile,
            ("jsonp", None) => Wire::Jsonp,
            ("jsonp_send", None) => Wire::JsonpSend,
            _ => return None,
        };
        Some(Self::Session { id, wire })
    }

    /// The methods that it answers, as `Allow` lists them.
    pub(super) fn methods(self) -> &'static [Method] {
        match self {
            Self::Info => &[Method::OPTIONS, Method::GET],
            Self::Greeting | Self::Iframe | Self::RawWebsocket => &[Method::GET],
            Self::Session { wire, .. } => match wire {
                Wire::Xhr | Wire::XhrStreaming | Wire::XhrSend => &[Method::POST, Method::OPTIONS],
                Wire::JsonpSend => &[Method::POST],
                Wire::Websocket | Wire::EventSource | Wire::HtmlFile | Wire::Jsonp => {
                    &[Method::GET]
                }
            },
        }
    }
}

/// A part of a session's URL: anything without a dot.
fn part(text: &str) -> Option<&str> {
    (!text.is_empty() && !text.contains('.') && text.len() <= LONGEST_ID).then_some(text)
}

/// `iframe.html`, with a version of the client's choice in it.
fn is_iframe(path: &str) -> bool {
    path.strip_prefix("iframe").and_then(|rest| rest.strip_suffix(".html")).is_some_and(|version| {
        version.bytes().all(|b| matches!(b, b'0'..=b'9' | b'-' | b'.' | b'a'..=b'z' | b'_'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_not_found() {
        for path in [
            "/",
            "//",
            "a",
            "a.html",
            "a/a",
            "a/a/",
            "//xhr",
            "a./a/xhr",
            "a/a./xhr",
            "./../xhr",
            "/xhr",
            "a//xhr",
            "a/b/xhr/c",
            "a/b/xhr//",
            "a/b/c",
            "iframe.htm",
            "iframe",
            "IFRAME.HTML",
            "iframe.HTML",
            "iframe.xml",
            "iframe-/.html",
            "Info",
        ] {
            assert_eq!(Endpoint::read(path), None, "{path}");
        }
        let long = format!("000/{}/xhr", "x".repeat(LONGEST_ID + 1));
        assert_eq!(Endpoint::read(&long), None);
    }

    #[test]
    fn what_means_something_is_found() {
        for path in ["iframe.html", "iframe-.html", "iframe-0.1.2abc-dirty.2144.html"] {
            assert_eq!(Endpoint::read(path), Some(Endpoint::Iframe), "{path}");
        }
        for path in ["", "info", "info/", "websocket/"] {
            assert!(Endpoint::read(path).is_some(), "{path}");
        }
        for (path, id) in [("a/a/xhr", "a"), ("_/abc_i-j%20/xhr/", "abc_i-j%20")] {
            let session = Endpoint::Session { id, wire: Wire::Xhr };
            assert_eq!(Endpoint::read(path), Some(session), "{path}");
        }
    }
}
