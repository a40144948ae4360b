//! An app that runs.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::time::timeout;
use warp::filters::BoxedFilter;
use warp::{Filter, Reply};

use super::AppBuilder;
use crate::Error;
use crate::publish::{Channels, PublishError, Publisher};
use crate::router::Services;
use crate::shutdown::Shutdown;
use crate::transport::{Edge, SockJs, SockJsOptions, assets, listen, serve, websocket};
#[cfg(feature = "testing")]
use crate::{auth::Handshake, link::NearEnd};

/// An app that runs: its relay publishes and its hub fans out, whether it is served or not.
///
/// Several can live in one process; they share nothing.
#[derive(Clone)]
pub struct App {
    services: Services,
    edge: Edge,
    sockjs: Option<SockJs>,
    connections: Shutdown,
    background: Shutdown,
    /// Why it cannot go on; set before `connections` is signalled.
    failure: Arc<OnceLock<String>>,
}

/// What an app has done, and what it has to do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Changes that came from the broker.
    pub events: u64,
    /// Messages handed to connections.
    pub pushes: u64,
    /// Subscriptions that were told to load anew.
    pub resyncs: u64,
    /// Channels that somebody listens to.
    pub channels: usize,
    /// Subscriptions.
    pub subscriptions: usize,
    /// SockJS sessions that live without a websocket.
    pub sessions: usize,
    /// Tasks of open connections: two for a websocket, one for a SockJS session without one, and
    /// one that ends abandoned sessions while there may be any.
    pub socket_tasks: usize,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl App {
    /// Declares an app. Its name is its namespace: lower-case letters, digits, `-` and `_`.
    #[must_use]
    pub fn builder(name: &str) -> AppBuilder {
        AppBuilder::new(name)
    }

    pub(super) fn new(
        services: Services,
        edge: Edge,
        connections: Shutdown,
        background: Shutdown,
        failure: Arc<OnceLock<String>>,
    ) -> Self {
        let config = &services.config;
        // At the very root it would leave nothing to the pages.
        let sockjs = (!config.sockjs_prefix.trim_matches('/').is_empty())
            .then(|| SockJs::of(&config.sockjs_prefix, SockJsOptions::of(config), edge.clone()));
        Self { services, edge, sockjs, connections, background, failure }
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &DatabaseConnection {
        &self.services.db
    }

    /// What publishes data from anywhere in the program: a job, a route of your own warp
    /// application.
    #[must_use]
    pub fn publisher(&self) -> &Publisher {
        &self.services.publisher
    }

    /// Tells every subscriber of the channel (or channels), on every node. Best effort: see
    /// [`Publisher::publish_data`].
    ///
    /// # Errors
    /// When it cannot be published, or the broker is away.
    pub async fn publish_data(
        &self,
        channels: impl Channels,
        data: &impl Serialize,
    ) -> Result<(), PublishError> {
        self.publisher().publish_data(channels, data).await
    }

    /// As [`publish_data`](Self::publish_data), as part of a transaction, and durable: see
    /// [`Publisher::publish_data_in`].
    ///
    /// # Errors
    /// When it cannot be published, or the database refuses.
    pub async fn publish_data_in(
        &self,
        transaction: &impl ConnectionTrait,
        channels: impl Channels,
        data: &impl Serialize,
    ) -> Result<(), PublishError> {
        self.publisher().publish_data_in(transaction, channels, data).await
    }

    /// Says that what a user may see has changed, on every node: call it when that is committed.
    ///
    /// The user's connections are asked anew who they are ([`Authenticator`](crate::auth::Authenticator),
    /// so that its claims are those of now; who is refused now is closed with 4001) and what they may
    /// see: rows that left a scope are told as `deleted`, and clients load anew. From the moment a
    /// node hears of it, it passes nothing on to that user until this is done.
    ///
    /// # Errors
    /// [`Error::Broker`] when the other nodes cannot be told: it is done on this one, and on each
    /// other when it hears from the broker again.
    pub async fn rights_changed(&self, user: &str) -> Result<(), Error> {
        self.services.rights_changed(user).await.map_err(|error| Error::Broker(error.to_string()))
    }

    /// What it has done.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let counters = self.services.hub.counters();
        let (channels, subscriptions) = self.services.hub.size();
        Stats {
            events: counters.events.load(Ordering::Relaxed),
            pushes: counters.pushes.load(Ordering::Relaxed),
            resyncs: counters.resyncs.load(Ordering::Relaxed),
            channels,
            subscriptions,
            sessions: self.sockjs.as_ref().map_or(0, SockJs::sessions),
            socket_tasks: self.connections.running(),
        }
    }

    /// Begins a conversation without a network.
    #[cfg(feature = "testing")]
    pub(crate) fn converse(&self, handshake: Handshake) -> NearEnd {
        let (near, conversation) = (self.edge.connect)(handshake);
        if let Some(conversation) = conversation {
            self.connections.spawn(conversation);
        }
        near
    }

    #[cfg(feature = "testing")]
    pub(crate) fn services(&self) -> &Services {
        &self.services
    }

    /// The app as a warp filter, to be mounted in a warp application of your own: the websocket,
    /// SockJS, `/dragon.js`, `/dragon-compat.js` and `/settings.js`. Whatever else is asked for is left to your routes.
    ///
    /// End the app with [`shutdown`](Self::shutdown) after your server, and end your server when
    /// the app has [`failed`](Self::failed).
    #[must_use]
    pub fn routes(&self) -> BoxedFilter<(warp::reply::Response,)> {
        let config = &self.services.config;
        let websocket = websocket(&config.websocket_path, self.edge.clone());
        let routes = websocket.or(assets(config)).unify().boxed();
        match &self.sockjs {
            Some(sockjs) => routes.or(sockjs.routes()).unify().boxed(),
            None => routes,
        }
    }

    /// Serves the app and pages of your own until the process is told to end (Ctrl-C or SIGTERM),
    /// then ends it in order. `ready` is called with the address as soon as it listens.
    ///
    /// # Errors
    /// When the address cannot be listened at, and as [`failed`](Self::failed) says.
    pub async fn serve<F, R>(self, pages: F, ready: impl FnOnce(SocketAddr)) -> Result<(), Error>
    where
        F: Filter<Extract = (R,), Error = warp::Rejection> + Clone + Send + Sync + 'static,
        R: Reply + 'static,
    {
        let listener = listen(&self.services.config.addr).await?;
        ready(listener.local_addr()?);
        self.serve_on(listener, pages, told_to_end()).await
    }

    /// Serves on a listener of your own until a signal of your own, then ends the app in order.
    ///
    /// # Errors
    /// When the app cannot go on, as [`failed`](Self::failed) says.
    pub async fn serve_on<F, R>(
        self,
        listener: TcpListener,
        pages: F,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error>
    where
        F: Filter<Extract = (R,), Error = warp::Rejection> + Clone + Send + Sync + 'static,
        R: Reply + 'static,
    {
        let pages = pages.map(Reply::into_response);
        let routes = self.routes().or(pages).unify().boxed();
        let (ending, end) = (self.clone(), self.connections.clone());
        // From the signal on, new sockets are told to come back, and so are the open ones.
        let signal = async move {
            end.or(signal).await;
            end.signal();
        };
        // Requests that a client never finishes must not keep the process.
        let patience = self.services.config.shutdown_patience;
        let connections = self.connections.clone();
        let impatient = async move {
            connections.signalled().await;
            tokio::time::sleep(patience).await;
        };
        tokio::select! {
            () = serve(listener, routes, signal) => {}
            () = impatient => {}
        }
        ending.shutdown().await;
        ending.failure().map_or(Ok(()), Err)
    }

    /// Until the app cannot go on: why. Never, if it is told to end before.
    ///
    /// Without Redis that is when another process serves the same app on its database and so takes
    /// its changes: after [`Config::start_patience`](crate::Config::start_patience) all clients are
    /// told to come back, and further ones as well. [`serve`](Self::serve) then answers the same
    /// error; who serves [`routes`](Self::routes) by himself ends his server.
    pub async fn failed(&self) -> Error {
        self.connections.signalled().await;
        match self.failure() {
            Some(error) => error,
            None => std::future::pending().await,
        }
    }

    fn failure(&self) -> Option<Error> {
        self.failure.get().map(Error::setup)
    }

    /// Ends the app: verbs in hand finish, what is queued is sent, clients are told to come
    /// back; then relay and fan-out end. What was not published yet is published after the next
    /// start.
    pub async fn shutdown(&self) {
        let patience = self.services.config.shutdown_patience;
        self.connections.signal();
        if timeout(patience, self.connections.ended()).await.is_err() {
            tracing::warn!("some clients did not take what they were told");
        }
        self.background.signal();
        if timeout(patience, self.background.ended()).await.is_err() {
            tracing::warn!("the relay did not end in time");
        }
    }
}

/// Until Ctrl-C or, on Unix, SIGTERM.
async fn told_to_end() {
    let interrupted = async {
        // Without a handler the process simply ends, as it would have.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let terminated = async {
            match signal(SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = interrupted => {}
            () = terminated => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await;
}
