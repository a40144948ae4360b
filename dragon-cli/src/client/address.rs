//! Where a running server is.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

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
    /// What was asked for, else what the environment, the project's `.env` or the default says.
    ///
    /// # Errors
    /// When that is no address.
    pub(crate) fn find(asked: Option<&str>) -> Result<Self, Failure> {
        Self::from_lookup(asked, |name| std::env::var(name).ok(), dotenv)
    }

    /// The same by these ways of looking a variable up: in the environment, and in `.env`.
    ///
    /// # Errors
    /// When what is found is no address.
    pub(crate) fn from_lookup(
        asked: Option<&str>,
        environment: impl Fn(&str) -> Option<String>,
        file: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        if let Some(url) = asked {
            return Self::of_url(url, "--url");
        }
        let set = |name: &str| {
            let said = |text: Option<String>| {
                text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
            };
            said(environment(name))
                .map(|text| (text, format!("{name} of the environment")))
                .or_else(|| said(file(name)).map(|text| (text, format!("{name} in .env"))))
        };
        if let Some((addr, source)) = set("DRAGON_ADDR") {
            return Self::of_place(&addr, &source);
        }
        match set("DRAGON_URL") {
            // With TLS it is a proxy's, and the app itself listens where it does by default.
            Some((url, source)) if !url.starts_with("https://") => Self::of_url(&url, &source),
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
        // A `]` ends an IPv6 host; the port comes after it.
        let after = place.rsplit_once(']').map_or(place, |(_, after)| after);
        let place = match after.rsplit_once(':') {
            Some((_, port)) if port.parse::<u16>().is_ok() => place.to_owned(),
            None if !place.is_empty() => format!("{place}:80"),
            _ => return Err(wrong("is no address of a server")),
        };
        if place.starts_with(':') || place.contains(char::is_whitespace) {
            return Err(wrong("is no address of a server"));
        }
        Ok(Self { url: format!("ws://{place}{path}"), place, source: source.to_owned() })
    }
}

/// What the `.env` of the app says.
fn dotenv(name: &str) -> Option<String> {
    let pairs = dotenvy::from_path_iter(env_file(&std::env::current_dir().ok()?)?).ok()?;
    pairs.flatten().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// The `.env` of this folder, or of the next above up to that of the package: one that lies further
/// up the app does not read either.
fn env_file(here: &Path) -> Option<PathBuf> {
    let has = |folder: &Path, file: &str| folder.join(file).is_file();
    let folder = here.ancestors().find(|one| has(one, ".env") || has(one, "Cargo.toml"))?;
    has(folder, ".env").then(|| folder.join(".env"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn from(asked: Option<&str>, env: &[(&str, &str)], file: &[(&str, &str)]) -> Address {
        let of = |pairs: &[(&str, &str)], name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Address::from_lookup(asked, |name| of(env, name), |name| of(file, name)).unwrap()
    }

    #[test]
    fn a_file_above_the_package_is_not_the_apps() {
        let folder = tempfile::tempdir().unwrap();
        let (above, app) = (folder.path(), folder.path().join("app"));
        let below = app.join("src");
        std::fs::create_dir_all(&below).unwrap();
        std::fs::write(above.join(".env"), "").unwrap();
        assert_eq!(env_file(&below), Some(above.join(".env")));
        std::fs::write(app.join("Cargo.toml"), "").unwrap();
        assert_eq!(env_file(&below), None);
        std::fs::write(app.join(".env"), "").unwrap();
        assert_eq!(env_file(&below), Some(app.join(".env")));
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
