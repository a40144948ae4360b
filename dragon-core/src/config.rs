//! What can be set, with its defaults.

use std::time::Duration;

use crate::Error;

/// How an app serves. Every default can be changed; [`Config::from_env`] takes the ones that
/// differ between places from the environment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// Where to listen: `host:port`.
    pub addr: String,
    /// The database's URL.
    pub database_url: String,
    /// The Redis server's URL; without one the broker lives in the process.
    pub redis_url: Option<String>,
    /// Pages of other origins that may connect: `https://app.example`.
    pub origins: Vec<String>,
    /// Where browsers find this server: `https://live.example`. Without it they are told what
    /// they asked for (`Host`, and the `X-Forwarded-Proto` of a proxy).
    pub url: Option<String>,
    /// The path of the script of settings that pages load.
    pub settings_path: String,
    /// What pages find in `window.swampdragon_settings`, beside the `endpoint`. Everyone can
    /// read it.
    ///
    /// ```
    /// let mut config = dragon::Config::default();
    /// config.settings.insert("theme".to_owned(), "dark".into());
    /// ```
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// The path of the native websocket.
    pub websocket_path: String,
    /// The prefix of the SockJS endpoint, which answers everything below it; an empty one
    /// switches it off.
    pub sockjs_prefix: String,
    /// The SockJS client that is loaded by the page in an iframe, which some of its transports
    /// need. It must be of the version that the page has, and it runs with the rights of this
    /// server's own pages.
    pub sockjs_client_url: String,
    /// After how many bytes a streaming response of SockJS ends, and the client makes another.
    pub sockjs_response_limit: usize,
    /// How long a SockJS session is kept while no request receives for it.
    pub sockjs_disconnect_delay: Duration,
    /// Whether SockJS clients get the cookie `JSESSIONID`, by which some load balancers know
    /// where a session lives.
    pub sockjs_cookie: bool,
    /// The largest message that is taken, in bytes; a larger one is answered with `too_large`.
    pub message_size: usize,
    /// The largest frame, in bytes; a larger one closes the connection with 1009.
    pub frame_size: usize,
    /// How many messages may wait for a connection before it is closed with 3008.
    pub outbox_messages: usize,
    /// How many bytes may wait for a connection before it is closed with 3008.
    pub outbox_bytes: usize,
    /// How many publications of a topic are kept for those who come back.
    pub history_events: usize,
    /// How many bytes of publications of a topic are kept.
    pub history_bytes: usize,
    /// How many subscriptions a connection may have.
    pub subscriptions: usize,
    /// How many terms a client's filter may have.
    pub filter_terms: usize,
    /// How many values a client's `in` list may have.
    pub filter_values: usize,
    /// How many rows a list or a snapshot may have; more are a failure, never cut off in silence.
    pub list_rows: u64,
    /// How many rows a subscription may have whose filter or scope goes over relations: the server
    /// keeps which they are.
    pub path_rows: u64,
    /// How many connections are served at once; further ones are closed with 4008.
    pub connections: usize,
    /// How many bytes of keys and values a connection's session may hold.
    pub session_bytes: usize,
    /// After how long a session is gone whose connection did not end in order; a living connection
    /// refreshes it.
    pub session_expiry: Duration,
    /// How often a silent connection is asked whether it lives.
    pub ping_every: Duration,
    /// How often each page is sent SwampDragon's heartbeat, `{"heartbeat": "1"}`; never unless this
    /// is set. `swampdragon.onHeartbeat` of Dragon's script tells it, and answers it;
    /// SwampDragon's own script answers it and then throws. What finds dead connections is
    /// [`ping_every`](Self::ping_every), without it.
    pub heartbeat_every: Option<Duration>,
    /// After how long without a sign of life a connection is closed.
    pub dead_after: Duration,
    /// How long a shutdown waits for verbs in hand and for what is queued.
    pub shutdown_patience: Duration,
    /// How long a start waits for a Redis or a PostgreSQL that is not up yet, and then for another
    /// process's relay to end; and how long an app with the in-process broker goes on while another
    /// process holds its relay's place.
    pub start_patience: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: "127.0.0.1:9999".to_owned(),
            database_url: "sqlite://dragon.db?mode=rwc".to_owned(),
            redis_url: None,
            origins: Vec::new(),
            url: None,
            settings_path: "/settings.js".to_owned(),
            settings: serde_json::Map::new(),
            websocket_path: "/ws".to_owned(),
            sockjs_prefix: "/data".to_owned(),
            sockjs_client_url: "https://cdn.jsdelivr.net/npm/sockjs-client@1/dist/sockjs.min.js"
                .to_owned(),
            sockjs_response_limit: 128 * 1024,
            sockjs_disconnect_delay: Duration::from_secs(5),
            sockjs_cookie: false,
            message_size: 64 * 1024,
            frame_size: 1024 * 1024,
            outbox_messages: 1024,
            outbox_bytes: 1024 * 1024,
            history_events: 10_000,
            history_bytes: 16 * 1024 * 1024,
            subscriptions: 100,
            filter_terms: 16,
            filter_values: 1_000,
            list_rows: 1_000,
            path_rows: 10_000,
            connections: 100_000,
            session_bytes: 64 * 1024,
            session_expiry: Duration::from_secs(20 * 60),
            ping_every: Duration::from_secs(25),
            heartbeat_every: None,
            dead_after: Duration::from_secs(60),
            shutdown_patience: Duration::from_secs(10),
            start_patience: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// The defaults, with `DATABASE_URL`, `REDIS_URL`, `DRAGON_ADDR`,
    /// `DRAGON_URL`, `DRAGON_SOCKJS_CLIENT_URL` and `DRAGON_ORIGINS` (separated by commas) of the
    /// environment where they are set; `database_url` is what holds where `DATABASE_URL` is not.
    ///
    /// # Errors
    /// When a variable is set to what cannot be meant; the sentence says what to write.
    pub fn from_env(database_url: &str) -> Result<Self, Error> {
        Self::from_lookup(database_url, |name| std::env::var(name).ok())
    }

    fn from_lookup(
        database_url: &str,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let set = |name| lookup(name).map(|text| text.trim().to_owned()).filter(|v| !v.is_empty());
        let defaults = Self::default();
        let mut config = Self {
            database_url: set("DATABASE_URL").unwrap_or_else(|| database_url.to_owned()),
            redis_url: set("REDIS_URL"),
            url: set("DRAGON_URL"),
            sockjs_client_url: set("DRAGON_SOCKJS_CLIENT_URL")
                .unwrap_or(defaults.sockjs_client_url),
            ..defaults
        };
        if let Some(addr) = set("DRAGON_ADDR") {
            let port = addr.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
            if !matches!(port, Some(Ok(_))) {
                return Err(Error::setup(format!(
                    "DRAGON_ADDR is `{addr}`; write host and port, as in `127.0.0.1:9999`"
                )));
            }
            config.addr = addr;
        }
        if let Some(origins) = set("DRAGON_ORIGINS") {
            for origin in origins.split(',').map(str::trim).filter(|origin| !origin.is_empty()) {
                if origin != "*" && !origin.contains("://") {
                    return Err(Error::setup(format!(
                        "DRAGON_ORIGINS has `{origin}`; write origins with their scheme, as in \
                         `https://app.example,http://localhost:5173`"
                    )));
                }
                config.origins.push(origin.to_owned());
            }
        }
        config.check()?;
        Ok(config)
    }

    /// What can be seen to be wrong before anything is opened.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if let Some(url) = &self.url {
            let place = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
            let place = place.map(|place| place.trim_end_matches('/')).unwrap_or_default();
            if place.is_empty()
                || place.contains(|c: char| "/?#@\\".contains(c) || c.is_whitespace())
            {
                return Err(Error::setup(format!(
                    "DRAGON_URL (Config::url) is `{url}`; write scheme, host and port, as in \
                     `https://live.example` or `http://127.0.0.1:9999`"
                )));
            }
        }
        if self.settings_path.trim_matches('/').is_empty() {
            return Err(Error::setup(
                "Config::settings_path is empty; write a path, as in `/settings.js`",
            ));
        }
        if self.heartbeat_every == Some(Duration::ZERO) {
            return Err(Error::setup(
                "Config::heartbeat_every is zero; write `None` for no heartbeat, or a pause, as in \
                 `Some(Duration::from_secs(20))`",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Config, Error> {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::from_lookup("sqlite://a.db", move |name| {
            pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn the_environment_switches_what_differs_between_places() {
        assert_eq!(from(&[("REDIS_URL", " ")]).unwrap().redis_url, None);
        let config = from(&[
            ("DATABASE_URL", "postgres://h/d"),
            ("REDIS_URL", "redis://h"),
            ("DRAGON_ADDR", "0.0.0.0:80"),
            ("DRAGON_ORIGINS", "https://a.example, http://b.example"),
            ("DRAGON_URL", "https://live.example/"),
            ("DRAGON_SOCKJS_CLIENT_URL", "/sockjs-0.3.4.js"),
        ])
        .unwrap();
        assert_eq!(config.database_url, "postgres://h/d");
        assert_eq!(config.redis_url.as_deref(), Some("redis://h"));
        assert_eq!(config.addr, "0.0.0.0:80");
        assert_eq!(config.origins, ["https://a.example", "http://b.example"]);
        assert_eq!(config.url.as_deref(), Some("https://live.example/"));
        assert_eq!(config.sockjs_client_url, "/sockjs-0.3.4.js");
        assert!(from(&[]).unwrap().sockjs_client_url.starts_with("https://"));
    }

    #[test]
    fn a_heartbeat_without_a_pause_is_none_that_can_be_meant() {
        let mut config = Config::default();
        assert_eq!(config.heartbeat_every, None);
        config.heartbeat_every = Some(Duration::ZERO);
        let sentence = config.check().unwrap_err().to_string();
        assert!(sentence.contains("heartbeat_every"), "{sentence}");
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for (name, value) in [
            ("DRAGON_ADDR", "9999"),
            ("DRAGON_ADDR", "h:x"),
            ("DRAGON_ORIGINS", "a"),
            ("DRAGON_URL", "live.example"),
            ("DRAGON_URL", "ftp://live.example"),
            ("DRAGON_URL", "https://"),
            ("DRAGON_URL", "https://live.example/data"),
        ] {
            let sentence = from(&[(name, value)]).unwrap_err().to_string();
            assert!(sentence.contains(name), "{sentence}");
        }
    }
}
