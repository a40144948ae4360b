//! What can be set about SockJS.

use std::time::Duration;

use super::receive::Pace;
use crate::Config;
use crate::auth::Origins;
use crate::link::OutboxLimits;

/// How a SockJS endpoint serves.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SockJsOptions {
    /// Whether websockets are served; clients are told.
    pub websocket: bool,
    /// Whether clients get the cookie `JSESSIONID`, by which some load balancers know where a
    /// session lives.
    pub cookie: bool,
    /// After how many bytes a streaming response ends, and the client makes another.
    pub response_limit: usize,
    /// How often a receiver that waits is told that the server lives.
    pub heartbeat: Duration,
    /// After which time without a sign of life a websocket is closed. A streaming response ends
    /// after it, to see whether its client comes back.
    pub dead_after: Duration,
    /// How long a session without a receiver is kept.
    pub disconnect_delay: Duration,
    /// Where the page in an iframe finds the client's script. It runs with the rights of this
    /// server's own pages: better serve one of your own than trust somebody else's.
    pub client_url: String,
    /// Which pages may connect.
    pub origins: Origins,
    /// The largest body or websocket frame, in bytes.
    pub frame_size: usize,
    /// What may wait for a session.
    pub outbox: OutboxLimits,
}

impl Default for SockJsOptions {
    fn default() -> Self {
        Self::of(&Config::default())
    }
}

impl SockJsOptions {
    /// What an app's configuration says.
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            websocket: true,
            cookie: config.sockjs_cookie,
            response_limit: config.sockjs_response_limit,
            heartbeat: config.ping_every,
            dead_after: config.dead_after,
            disconnect_delay: config.sockjs_disconnect_delay,
            client_url: config.sockjs_client_url.clone(),
            origins: Origins::and(config.origins.iter().cloned()),
            frame_size: config.frame_size,
            outbox: crate::transport::outbox_limits(config),
        }
    }

    pub(super) fn pace(&self) -> Pace {
        let Self { response_limit, heartbeat, dead_after, .. } = *self;
        Pace { response_limit, heartbeat, rotate: dead_after }
    }
}
