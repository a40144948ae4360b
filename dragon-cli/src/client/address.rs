//! Where a running server is.

use crate::failure::Failure;
use crate::settings::{Setting, Settings};

/// What an app listens at that was told nothing.
const DEFAULT: &str = "127.0.0.1:9999";
const PATH: &str = "/ws";

/// Where a running server is, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// `ws://host:port/path`
    pub(crate) url: String,
    /// `host:port`
    pub(crate) place: String,
    /// Who says so, as part of a sentence: `from DRAGON_ADDR in .env`.
    pub(crate) source: String,
}

impl Address {
    /// What was asked for, else what is set: DRAGON_ADDR, DRAGON_URL, or the default.
    ///
    /// # Errors
    /// When that is no address.
    pub(crate) fn find(asked: Option<&str>, settings: &Settings) -> Result<Self, Failure> {
        if let Some(url) = asked {
            return Self::of_url(url, "--url");
        }
        if let Some(Setting { value, source }) = settings.get("DRAGON_ADDR") {
            return Self::of_place(&value, &source);
        }
        match settings.get("DRAGON_URL") {
            // With TLS it is a proxy's, and the app itself listens where it does by default.
            Some(url) if !url.value.starts_with("https://") => {
                Self::of_url(&url.value, &url.source)
            }
            _ => Self::of_place(DEFAULT, "the default"),
        }
    }

    /// What an app listens at, as one connects to it.
    fn of_place(addr: &str, source: &str) -> Result<Self, Failure> {
        let wrong = || {
            Failure::usage(format!("`{addr}` (from {source}) is no address"))
                .help("write host and port, as in 127.0.0.1:9999")
        };
        let (host, port) = addr.rsplit_once(':').ok_or_else(wrong)?;
        port.parse::<u16>().map_err(|_| wrong())?;
        // What listens everywhere listens here.
        let host = match host {
            "0.0.0.0" | "" => "127.0.0.1",
            "[::]" => "[::1]",
            host => host,
        };
        Self::of_url(&format!("ws://{host}:{port}"), source)
    }

    fn of_url(url: &str, source: &str) -> Result<Self, Failure> {
        let wrong = |why: &str| {
            Failure::usage(format!("`{url}` (from {source}) {why}"))
                .help("write ws://127.0.0.1:9999/ws, http://127.0.0.1:9999 or the like")
        };
        let (scheme, rest) = url.split_once("://").unwrap_or(("ws", url));
        match scheme {
            "ws" | "http" => {}
            "wss" | "https" => {
                return Err(wrong("asks for TLS, which dragon-cli does not speak").help(
                    "ask where the app itself listens, for instance through \
                     `ssh -L 9999:127.0.0.1:9999 HOST`",
                ));
            }
            _ => return Err(wrong("is no address of a server")),
        }
        let (place, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let path = if path.trim_matches('/').is_empty() { PATH } else { path };
        let place = match split_port(place) {
            (_, Some(port)) if port.parse::<u16>().is_ok() => place.to_owned(),
            (_, None) if !place.is_empty() => format!("{place}:80"),
            _ => return Err(wrong("is no address of a server")),
        };
        if place.starts_with(':') || place.contains(char::is_whitespace) {
            return Err(wrong("is no address of a server"));
        }
        Ok(Self { url: format!("ws://{place}{path}"), place, source: source.to_owned() })
    }
}

/// Host and port of `host:port`, where it has one. A `]` ends an IPv6 host; the port comes after it.
pub(crate) fn split_port(place: &str) -> (&str, Option<&str>) {
    match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (place, None),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn from(asked: Option<&str>, env: &[(&str, &str)], file: &[(&str, &str)]) -> Address {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let settings = Settings::of(env.iter().map(owned), file.iter().map(owned));
        Address::find(asked, &settings).unwrap()
    }

    #[test]
    fn the_nearer_says_where_the_server_is() {
        let file = [("DRAGON_ADDR", "0.0.0.0:7000")];
        let env = [("DRAGON_ADDR", "localhost:8000")];
        assert_eq!(from(Some("http://h:1"), &env, &file).url, "ws://h:1/ws");
        assert_eq!(from(None, &env, &file).url, "ws://localhost:8000/ws");
        let found = from(None, &[], &file);
        assert_eq!(found.url, "ws://127.0.0.1:7000/ws");
        assert_eq!(found.source, "DRAGON_ADDR in .env");
        assert_eq!(from(None, &[("DRAGON_URL", "http://h:2/")], &[]).url, "ws://h:2/ws");
        // Where it listens says more than how others find it, wherever that is said.
        let url = [("DRAGON_URL", "http://h:2/")];
        assert_eq!(from(None, &url, &file).url, "ws://127.0.0.1:7000/ws");
        // A proxy's.
        let proxied = from(None, &[("DRAGON_URL", "https://live.example")], &[]);
        assert_eq!(proxied.url, "ws://127.0.0.1:9999/ws");
        assert_eq!(from(None, &[("DRAGON_ADDR", " ")], &[]).source, "the default");
    }

    #[test]
    fn an_address_is_written_in_several_ways() {
        for (written, url) in [
            ("ws://h:1/live/ws", "ws://h:1/live/ws"),
            ("ws://h", "ws://h:80/ws"),
            ("h:1", "ws://h:1/ws"),
            ("http://[::1]:1/", "ws://[::1]:1/ws"),
            ("ws://[::1]", "ws://[::1]:80/ws"),
        ] {
            assert_eq!(Address::of_url(written, "--url").unwrap().url, url);
        }
        for wrong in ["", "ws://", "ws://h:x", "ftp://h:1", "wss://h", "ws://:1", "ws://a b:1"] {
            let failure = Address::of_url(wrong, "--url").unwrap_err();
            assert!(failure.what.contains("--url"), "{wrong}");
        }
        assert!(Address::of_place("9999", "DRAGON_ADDR in .env").is_err());
    }
}
