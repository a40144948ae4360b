//! What is said without a session: the greeting, the info, the iframe's page.

use std::hash::{BuildHasher, RandomState};

use warp::http::StatusCode;

use super::SockJsOptions;
use super::answer::{Answer, Headers};
use crate::auth::Handshake;
use crate::filter::fingerprint;

pub(super) fn greeting() -> Answer {
    Headers::new()
        .content_type("text/plain; charset=UTF-8")
        .answer(StatusCode::OK, "Welcome to SockJS!\n")
}

/// What a client asks first: which transports there are.
pub(super) fn info(options: &SockJsOptions, handshake: &Handshake) -> Answer {
    // Browsers of old seed their random numbers with it, so it must not be guessed: the hash is
    // keyed by the system's own randomness.
    let entropy = RandomState::new().hash_one(0) >> 32;
    let info = format!(
        r#"{{"websocket":{},"origins":["*:*"],"cookie_needed":{},"entropy":{entropy}}}"#,
        options.websocket, options.cookie
    );
    Headers::new()
        .cors(handshake, &options.origins)
        .never_cached()
        .content_type("application/json; charset=UTF-8")
        .answer(StatusCode::OK, info)
}

/// The page that some transports load in an iframe, to be of this origin there.
pub(super) struct Iframe {
    page: String,
    etag: String,
}

impl Iframe {
    pub(super) fn new(client_url: &str) -> Self {
        let url = client_url.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        let page = format!(
            r#"<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="{url}"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>"#
        );
        let etag = format!("\"{}\"", fingerprint(&page));
        Self { page, etag }
    }

    pub(super) fn answer(&self, handshake: &Handshake) -> Answer {
        let headers = Headers::new().with("etag", &self.etag).cached();
        let known = handshake.header("if-none-match").is_some_and(|tags| {
            tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.etag)
        });
        if known {
            return headers.answer(StatusCode::NOT_MODIFIED, "");
        }
        headers.content_type("text/html; charset=UTF-8").answer(StatusCode::OK, self.page.clone())
    }
}
