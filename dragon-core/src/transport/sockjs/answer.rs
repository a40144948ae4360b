//! Answers, and the headers that they bear.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use warp::Reply;
use warp::http::response::Builder;
use warp::http::{Method, Response, StatusCode};

use crate::auth::{Handshake, Origins};

pub(super) type Answer = warp::reply::Response;

/// What never changes is kept for a year.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What an answer bears beside its body: collected on the way, so that failures bear it too.
pub(super) struct Headers(Builder);

impl Headers {
    pub(super) fn new() -> Self {
        Self(Response::builder())
    }

    pub(super) fn with(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub(super) fn content_type(self, value: &str) -> Self {
        self.with("content-type", value)
    }

    /// For pages of other origins, those that may connect.
    pub(super) fn cors(self, handshake: &Handshake, origins: &Origins) -> Self {
        let headers = self.with("vary", "Origin");
        let headers = match handshake.header("origin") {
            None => headers.with("access-control-allow-origin", "*"),
            Some(origin) if origins.admit(handshake) => headers
                .with("access-control-allow-origin", origin)
                .with("access-control-allow-credentials", "true"),
            Some(_) => return headers,
        };
        match handshake.header("access-control-request-headers") {
            Some(asked) if !asked.is_empty() => headers.with("access-control-allow-headers", asked),
            _ => headers,
        }
    }

    /// The cookie that load balancers look for.
    pub(super) fn cookie(self, handshake: &Handshake) -> Self {
        let cookies = handshake.headers.iter().filter(|(name, _)| name == "cookie");
        let own = cookies
            .flat_map(|(_, cookies)| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().strip_prefix("JSESSIONID="))
            .find(|id| !id.is_empty());
        self.with("set-cookie", &format!("JSESSIONID={}; path=/", own.unwrap_or("dummy")))
    }

    /// Nobody on the way may keep or change it.
    pub(super) fn never_cached(self) -> Self {
        self.with("cache-control", "no-store, no-cache, no-transform, must-revalidate, max-age=0")
    }

    /// It never changes.
    pub(super) fn cached(self) -> Self {
        let until = DateTime::<Utc>::from(SystemTime::now() + YEAR);
        self.with("cache-control", &format!("public, max-age={}", YEAR.as_secs()))
            .with("expires", &until.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
    }

    /// The answer to a browser that asks whether it may ask.
    pub(super) fn preflight(self, methods: &str) -> Answer {
        self.cached()
            .with("access-control-allow-methods", methods)
            .with("access-control-max-age", &YEAR.as_secs().to_string())
            .answer(StatusCode::NO_CONTENT, "")
    }

    pub(super) fn answer<T>(self, status: StatusCode, body: T) -> Answer
    where
        Response<T>: Reply,
        T: Send,
    {
        match self.0.status(status).body(body) {
            Ok(response) => response.into_response(),
            // A header of the client's that cannot be sent back.
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        }
    }

    /// The headers with a body that is made while it is sent.
    pub(super) fn stream(self, body: Answer) -> Answer {
        match self.0.status(StatusCode::OK).body(()) {
            Ok(head) => Response::from_parts(head.into_parts().0, body.into_body()),
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        }
    }

    /// A request that makes no sense: the protocol wants a 500 and a sentence.
    pub(super) fn refuse(self, sentence: &'static str) -> Answer {
        self.answer(StatusCode::INTERNAL_SERVER_ERROR, sentence)
    }

    pub(super) fn not_found(self) -> Answer {
        self.content_type("text/plain; charset=UTF-8")
            .answer(StatusCode::NOT_FOUND, "404 Error: Page not found\n")
    }
}

pub(super) fn method_not_allowed(methods: &[Method]) -> Answer {
    let methods: Vec<&str> = methods.iter().map(Method::as_str).collect();
    Headers::new().with("allow", &methods.join(", ")).answer(StatusCode::METHOD_NOT_ALLOWED, "")
}
