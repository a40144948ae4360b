//! What carries texts between a client and a link: the only code that knows warp.

mod assets;
mod framing;
mod handshake;
mod listener;
mod sockjs;
mod websocket;

pub(crate) use assets::assets;
pub(crate) use listener::{listen, serve};
pub use sockjs::{SockJs, SockJsOptions};
pub(crate) use websocket::websocket;

use std::sync::Arc;

use warp::Reply;
use warp::http::StatusCode;

use crate::auth::Handshake;
use crate::link::{NearEnd, OutboxLimits};
use crate::shutdown::Shutdown;

/// How a transport begins a conversation: it shows what the client began with, and gets the near
/// end of a link. (A refused client gets one too, whose outbox holds nothing but the close.)
pub(crate) type Connect =
    Arc<dyn Fn(Handshake) -> (NearEnd, Option<ConversationTask>) + Send + Sync>;

/// The conversation at the far end, for the transport to run beside its own reading.
pub(crate) type ConversationTask = futures::future::BoxFuture<'static, ()>;

/// What all transports share.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) connect: Connect,
    pub(crate) frame_size: usize,
    pub(crate) ping_every: std::time::Duration,
    pub(crate) dead_after: std::time::Duration,
    pub(crate) shutdown: Shutdown,
}

/// The limits of an outbox.
pub(crate) fn outbox_limits(config: &crate::Config) -> OutboxLimits {
    OutboxLimits { messages: config.outbox_messages, bytes: config.outbox_bytes }
}

fn plain(status: StatusCode, sentence: &'static str) -> warp::reply::Response {
    warp::reply::with_status(sentence, status).into_response()
}
