//! A client without a network.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{PATIENCE, Reply, published};
use crate::app::App;
use crate::auth::Handshake;
use crate::change::Data;
use crate::hub::Presence;
use crate::link::{NearEnd, Outgoing};
use crate::protocol::Close;

/// What the names of the kit's own channels begin with.
const OWN: &str = "dragon.testing.";

/// A client in the same process: it speaks the wire's messages to the app, over no wire.
///
/// It reads when it is asked to. So, as for any client, whoever never reads is closed when too
/// much waits for it.
pub struct TestClient {
    app: App,
    handshake: Handshake,
    near: NearEnd,
    calls: u64,
    replies: Vec<Reply>,
    /// Pushes that no test has taken yet.
    pushes: VecDeque<Json>,
    last_push: Option<Json>,
    closed: Option<Close>,
    /// The mark of the kit's own that came last.
    mark: Option<String>,
}

impl fmt::Debug for TestClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClient")
            .field("last_reply", &self.replies.last())
            .field("pushes", &self.pushes)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

impl TestClient {
    /// Connects, as a program without headers.
    #[must_use]
    pub fn connect(app: &App) -> Self {
        Self::connect_with(app, Handshake::default())
    }

    /// Connects with headers, a query, an origin: what the app tells users by.
    #[must_use]
    pub fn connect_with(app: &App, handshake: Handshake) -> Self {
        Self {
            near: app.converse(handshake.clone()),
            app: app.clone(),
            handshake,
            calls: 0,
            replies: Vec::new(),
            pushes: VecDeque::new(),
            last_push: None,
            closed: None,
            mark: None,
        }
    }

    /// Calls a verb of a route and waits for the reply, which may be a failure.
    ///
    /// # Panics
    /// When none comes in 10 s, or the connection is closed.
    pub async fn call_verb(&mut self, route: &str, verb: &str, args: Json) -> Reply {
        self.calls += 1;
        let name = format!("test_{}", self.calls);
        let request = json!({"route": route, "verb": verb, "args": args, "callbackname": name});
        // A connection that is closed shows below.
        let _ = timeout(PATIENCE, self.near.inbox.send(request.to_string())).await;
        let what = format!("the reply to `{verb}` of `{route}`");
        let is_ours = |reply: &&Reply| reply.context()["client_callback_name"] == name.as_str();
        self.wait(&what, |client| client.replies.last().filter(is_ours).cloned()).await
    }

    /// As [`call_verb`](Self::call_verb), the data of a call that must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub async fn ok(&mut self, route: &str, verb: &str, args: Json) -> Json {
        let reply = self.call_verb(route, verb, args).await;
        assert!(reply.is_success(), "`{verb}` of `{route}` failed: {reply}");
        reply.data().clone()
    }

    /// Subscribes to a route under a name of one's own; the filters are an object, in which
    /// `_snapshot` and `_since` may stand.
    ///
    /// # Panics
    /// When it does not succeed.
    pub async fn subscribe(&mut self, route: &str, channel: &str, filters: Json) -> Reply {
        let reply = self.call_verb(route, "subscribe", named(filters, channel)).await;
        assert!(reply.is_success(), "`subscribe` of `{route}` failed: {reply}");
        reply
    }

    /// Ends that.
    ///
    /// # Panics
    /// When it does not succeed.
    pub async fn unsubscribe(&mut self, route: &str, channel: &str, filters: Json) -> Reply {
        let reply = self.call_verb(route, "unsubscribe", named(filters, channel)).await;
        assert!(reply.is_success(), "`unsubscribe` of `{route}` failed: {reply}");
        reply
    }

    /// The last reply.
    #[must_use]
    pub fn last_reply(&self) -> Option<&Reply> {
        self.replies.last()
    }

    /// The last push of those that have come by now, taken or not. For one that must come, wait
    /// for [`next_push`](Self::next_push).
    pub fn last_push(&mut self) -> Option<Json> {
        self.read();
        self.last_push.clone()
    }

    /// The next push that was not taken yet, in the order of arrival.
    ///
    /// # Panics
    /// When none comes in 10 s, or the connection is closed.
    pub async fn next_push(&mut self) -> Json {
        self.wait("a push", |client| client.pushes.pop_front()).await
    }

    /// Waits until this client has been told everything that was committed and published by now,
    /// and takes all pushes that were not taken yet. When there are none, nothing was to be told.
    ///
    /// # Panics
    /// When what was committed cannot be told in 10 s.
    pub async fn settled(&mut self) -> Vec<Json> {
        published(&self.app).await;
        let deadline = Instant::now() + PATIENCE;
        // What was published before an announcement is delivered before it.
        let channel = format!("{OWN}{:016x}", fastrand::u64(..));
        let services = self.app.services();
        let (broker, outbox) = (services.broker.clone(), self.near.outbox.clone());
        let seat = services.hub.join_data(&channel, outbox, Presence::default());
        while self.mark.as_ref() != Some(&channel) {
            let end = self.closed.map_or_else(|| format!("in {PATIENCE:?}"), words);
            assert!(
                Instant::now() < deadline && self.closed.is_none(),
                "the broker tells nothing {end}"
            );
            let mark = Data { channels: vec![channel.clone()], data: "{}".to_owned() };
            if broker.announce(mark).await.is_ok() {
                // Best effort: it may be lost.
                let soon = Instant::now() + Duration::from_secs(1);
                self.read_until(soon, |client| client.mark.as_ref() == Some(&channel)).await;
            } else {
                sleep(Duration::from_millis(20)).await;
            }
        }
        drop(seat);
        self.pushes.drain(..).collect()
    }

    /// Loses the connection, as a broken network does, and connects again: subscriptions are
    /// gone, and what was not taken yet stays to be taken.
    ///
    /// # Panics
    /// When the connection does not end in 10 s.
    pub async fn reconnect(&mut self) {
        self.read();
        let before = std::mem::replace(&mut self.near, self.app.converse(self.handshake.clone()));
        drop(before.inbox);
        let ended = timeout(PATIENCE, before.outbox.closed()).await;
        assert!(ended.is_ok(), "the connection does not end in {PATIENCE:?}");
        self.closed = None;
    }

    /// Waits until the app closes the connection; the code of the close.
    ///
    /// # Panics
    /// When it does not in 10 s.
    pub async fn closed(&mut self) -> u16 {
        self.read_until(Instant::now() + PATIENCE, |client| client.closed.is_some()).await;
        match self.closed {
            Some(close) => close.code,
            None => panic!("the connection is still open after {PATIENCE:?}"),
        }
    }

    /// Reads until there is what is wanted.
    async fn wait<T>(&mut self, what: &str, wanted: impl Fn(&mut Self) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.read();
            if let Some(there) = wanted(self) {
                return there;
            }
            if let Some(close) = self.closed {
                panic!("{what} did not come before the connection was closed {}", words(close));
            }
            if !self.take(deadline).await {
                panic!("{what} did not come in {PATIENCE:?}; not taken: {:?}", self.pushes);
            }
        }
    }

    async fn read_until(&mut self, deadline: Instant, done: impl Fn(&Self) -> bool) {
        self.read();
        while !done(self) && self.closed.is_none() && self.take(deadline).await {}
    }

    /// Reads what is there.
    fn read(&mut self) {
        let batch = self.near.outbox.take_now();
        self.sort(batch);
    }

    /// Reads what comes next.
    async fn take(&mut self, deadline: Instant) -> bool {
        let mut batch = Vec::new();
        let taken = timeout_at(deadline, self.near.outbox.take(&mut batch)).await.is_ok();
        self.sort(batch);
        taken
    }

    fn sort(&mut self, batch: Vec<Outgoing>) {
        for outgoing in batch {
            match outgoing {
                Outgoing::Ping => {}
                Outgoing::Close(close) => self.closed = Some(close),
                Outgoing::Frame(frame) => {
                    self.near.outbox.sent(1, frame.len());
                    let message: Json = serde_json::from_str(frame.as_str()).unwrap_or_default();
                    // Only pushes bear a channel: data may well have a key named `context`.
                    match message["channel"].as_str() {
                        Some(own) if own.starts_with(OWN) => self.mark = Some(own.to_owned()),
                        Some(_) => {
                            self.last_push = Some(message.clone());
                            self.pushes.push_back(message);
                        }
                        None => self.replies.push(Reply { message }),
                    }
                }
            }
        }
    }
}

/// Why a connection was closed.
fn words(close: Close) -> String {
    format!("with {} ({})", close.code, close.reason)
}

/// The arguments of subscribe and unsubscribe.
fn named(mut filters: Json, channel: &str) -> Json {
    assert!(filters.is_object(), "filters are an object, as in json!({{ \"done\": false }})");
    filters["channel"] = channel.into();
    filters
}
