//! SockJS: the same conversation over whatever a network lets through. Spoken as by sockjs-node
//! 0.3.24 (protocol 0.3.3 and what came after it).
//!
//! A session is not a request. It holds the near end of a link and lends it to one request after
//! the other; requests that send put their messages into its inbox. Whatever format a response
//! has, [`receive`] fills it.

mod answer;
mod body;
mod dispatch;
mod eventsource;
mod framing;
mod htmlfile;
mod info;
mod jsonp;
mod options;
mod receive;
mod routes;
mod session;
mod store;
mod websocket;
mod xhr;

pub use options::SockJsOptions;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use hyper::upgrade::OnUpgrade;
use warp::Filter;
use warp::filters::BoxedFilter;

use self::dispatch::{Endpoints, Request};
use self::info::Iframe;
use self::store::Store;
use super::handshake::{at, handshake};
use super::{ConversationTask, Edge};
use crate::auth::Handshake;
use crate::link::{FarEnd, NearEnd, link};
use crate::protocol::Close;
use crate::shutdown::Shutdown;

/// A SockJS endpoint. Clones are the same endpoint.
///
/// An [`App`](crate::App) has one of its own; this is for conversations of another kind, which
/// get the far end of a link:
///
/// ```no_run
/// # async fn run() {
/// use dragon::link::{FarEnd, Frame};
/// use dragon::transport::{SockJs, SockJsOptions};
///
/// let echo = SockJs::new("/echo", SockJsOptions::default(), |mut link: FarEnd| async move {
///     while let Some(text) = link.inbox.recv().await {
///         link.outbox.reply(Frame::new(text));
///     }
/// });
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8081").await.unwrap();
/// dragon::warp::serve(echo.routes()).incoming(listener).run().await;
/// # }
/// ```
#[derive(Clone)]
pub struct SockJs {
    prefix: Arc<str>,
    endpoints: Arc<Endpoints>,
}

impl SockJs {
    /// An endpoint whose conversations are led by `handler`: it is called for each new session,
    /// and the session ends when it returns.
    pub fn new<H, F>(prefix: &str, options: SockJsOptions, handler: H) -> Self
    where
        H: Fn(FarEnd) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let shutdown = Shutdown::default();
        let (origins, limits) = (options.origins.clone(), options.outbox);
        let signal = shutdown.clone();
        let connect = move |handshake: Handshake| -> (NearEnd, Option<ConversationTask>) {
            let (near, far) = link(limits);
            let refusal = if signal.is_signalled() {
                Some(Close::GOING_AWAY)
            } else if !origins.admit(&handshake) {
                Some(Close::INVALID_ORIGIN)
            } else {
                None
            };
            if let Some(close) = refusal {
                near.outbox.close(close);
                return (near, None);
            }
            let (outbox, signal) = (far.outbox.clone(), signal.clone());
            let conversation = handler(far);
            let task = async move {
                tokio::select! {
                    () = conversation => outbox.close(Close::NORMAL),
                    () = signal.signalled() => outbox.close(Close::GOING_AWAY),
                }
            };
            (near, Some(Box::pin(task)))
        };
        let edge = Edge {
            connect: Arc::new(connect),
            frame_size: options.frame_size,
            ping_every: options.heartbeat,
            dead_after: options.dead_after,
            shutdown,
        };
        Self::of(prefix, options, edge)
    }

    /// An endpoint for the conversations of an app.
    pub(crate) fn of(prefix: &str, options: SockJsOptions, edge: Edge) -> Self {
        let store = Store::new(edge.clone(), options.disconnect_delay);
        let iframe = Iframe::new(&options.client_url);
        let endpoints = Arc::new(Endpoints { store, iframe, options, edge });
        Self { prefix: prefix.into(), endpoints }
    }

    /// The endpoint as a warp filter. It answers everything below its prefix, also with 404.
    #[must_use]
    pub fn routes(&self) -> BoxedFilter<(warp::reply::Response,)> {
        let endpoints = Arc::clone(&self.endpoints);
        at(&self.prefix)
            .and(warp::path::tail())
            .and(warp::method())
            .and(handshake())
            .and(warp::ext::optional::<OnUpgrade>())
            .and(warp::body::stream())
            .then(move |path: warp::path::Tail, method, handshake, on_upgrade, body| {
                let endpoints = Arc::clone(&endpoints);
                async move {
                    let request = Request { method, handshake, on_upgrade };
                    endpoints.answer(path.as_str(), request, body).await
                }
            })
            .boxed()
    }

    /// How many sessions there are, without those of websockets.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.endpoints.store.len()
    }

    /// How many tasks run: one for each conversation, two for each websocket, and a sweeper while
    /// it has something to wait for.
    #[must_use]
    pub fn tasks(&self) -> usize {
        self.endpoints.edge.shutdown.running()
    }

    /// Ends all conversations, with the close that means "come back", and waits for their end.
    pub async fn shutdown(&self) {
        self.endpoints.edge.shutdown.signal();
        self.endpoints.edge.shutdown.ended().await;
    }
}

impl fmt::Debug for SockJs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SockJs")
            .field("prefix", &self.prefix)
            .field("options", &self.endpoints.options)
            .field("sessions", &self.sessions())
            .finish_non_exhaustive()
    }
}
