//! The broker of an app that runs as several processes.
//!
//! `publish.lua` and `read.lua` hold the rules; what is Rust here carries their arguments, listens
//! to what they announce and finds out when it has missed something.

mod announcement;
mod commands;
mod keys;
mod listener;
mod queue;
mod scripts;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use redis::cmd;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

pub(crate) use self::commands::Commands;
use self::keys::Keys;
use self::scripts::Scripts;
use super::history::recovered;
use super::{Broker, BrokerError, Delivery, Fence, Limits, Recovered, Topic};
use crate::change::{Data, Position, Publication};

/// How soon a server that is not up yet is asked again.
const RETRY: Duration = Duration::from_millis(250);

/// A broker in a Redis server (5 or later), shared by all nodes of a namespace.
///
/// It uses two connections, one for commands and one that each [`listen`](Broker::listen) opens.
/// Both are replaced when they fail; nothing waits for an answer longer than a few seconds.
///
/// The keys are named `dragon:<namespace>:…` and have no time to live. A server that evicts keys
/// to save memory (`maxmemory-policy allkeys-…`) costs clients a reload each time it does.
pub struct RedisBroker {
    scripts: Arc<Scripts>,
    limits: Limits,
    check: Duration,
    /// Wakes the task that sends the nudges.
    nudge: Arc<Notify>,
    nudger: AbortHandle,
    /// Ends the listeners when it is dropped.
    alive: watch::Sender<()>,
}

impl RedisBroker {
    /// Connects to `redis://[user:password@]host[:port][/database]`.
    ///
    /// # Errors
    /// [`BrokerError::Unavailable`], with a sentence, when the URL is wrong or nobody answers
    /// there.
    pub async fn connect(url: &str, namespace: &str, limits: Limits) -> Result<Self, BrokerError> {
        Self::connect_within(Duration::ZERO, url, namespace, limits).await
    }

    /// As [`connect`](Self::connect), for a server that may come up later than this process: it is
    /// asked again for that long.
    ///
    /// # Errors
    /// As [`connect`](Self::connect); a wrong URL at once.
    pub async fn connect_within(
        patience: Duration,
        url: &str,
        namespace: &str,
        limits: Limits,
    ) -> Result<Self, BrokerError> {
        let commands = Commands::new(url)?;
        let deadline = Instant::now() + patience;
        while let Err(error) = check(&commands).await {
            if Instant::now() >= deadline {
                return Err(error);
            }
            tracing::warn!("{error}; it is asked again");
            sleep(RETRY).await;
        }
        let keys = Keys::new(namespace, commands.database());
        let scripts = Arc::new(Scripts::new(commands, keys));
        let nudge = Arc::new(Notify::new());
        let nudger = tokio::spawn(send_nudges(Arc::clone(&scripts), Arc::clone(&nudge)));
        Ok(Self {
            scripts,
            limits,
            check: Duration::from_secs(5),
            nudge,
            nudger: nudger.abort_handle(),
            alive: watch::Sender::new(()),
        })
    }

    /// How often a listener asks for the top of each topic, whatever it has heard; every 5 s unless
    /// this says otherwise.
    ///
    /// A connection may be sound and lead to a server that the other nodes have left, and a server
    /// that somebody emptied says nothing of it. That is noticed after this time.
    #[must_use]
    pub fn check_every(mut self, pause: Duration) -> Self {
        // An interval of nothing is no interval.
        self.check = pause.max(Duration::from_millis(1));
        self
    }
}

/// Whether somebody answers, and how well they keep what they are given.
async fn check(commands: &Commands) -> Result<(), BrokerError> {
    commands
        .run::<String, _>(|mut to| async move { cmd("PING").query_async(&mut to).await })
        .await?;
    let info = commands
        .run::<String, _>(
            |mut to| async move { cmd("INFO").arg("memory").query_async(&mut to).await },
        )
        .await;
    // Not everyone is allowed to ask.
    let info = info.unwrap_or_default();
    let tell = |name: &str| info.lines().find_map(|line| line.trim_end().strip_prefix(name));
    if let Some(policy) = tell("maxmemory_policy:allkeys-")
        && tell("maxmemory:") != Some("0")
    {
        tracing::warn!(
            address = commands.address(),
            "Redis may evict any key (maxmemory-policy allkeys-{policy}), and clients reload when \
             it evicts the history of a topic; use noeviction or a volatile policy"
        );
    }
    Ok(())
}

/// Nudges are sent by a task of their own: who nudges has just committed and answers a client, and
/// must not wait for a server that may be down.
async fn send_nudges(scripts: Arc<Scripts>, nudge: Arc<Notify>) {
    let channel = scripts.keys().nudge();
    loop {
        nudge.notified().await;
        let sent = scripts
            .commands()
            .run::<i64, _>(|mut to| {
                let channel = &channel;
                async move { cmd("PUBLISH").arg(channel).arg("").query_async(&mut to).await }
            })
            .await;
        if let Err(error) = sent {
            tracing::debug!("a nudge was not sent: {error}");
        }
    }
}

impl Drop for RedisBroker {
    fn drop(&mut self) {
        self.nudger.abort();
    }
}

impl fmt::Debug for RedisBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBroker")
            .field("scripts", &self.scripts)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Broker for RedisBroker {
    fn publish<'a>(
        &'a self,
        topic: &'a Topic,
        fence: Fence,
        batch: Vec<Publication>,
    ) -> BoxFuture<'a, Result<Vec<Position>, BrokerError>> {
        Box::pin(async move { self.scripts.publish(topic, fence, self.limits, &batch).await })
    }

    fn top<'a>(&'a self, topic: &'a Topic) -> BoxFuture<'a, Result<Position, BrokerError>> {
        Box::pin(self.scripts.top(topic))
    }

    fn since<'a>(
        &'a self,
        topic: &'a Topic,
        at: Position,
    ) -> BoxFuture<'a, Result<Recovered, BrokerError>> {
        Box::pin(async move {
            // Page by page, so that Redis serves others in between. The first page says where to
            // stop: who asks follows what comes later by listening.
            let mut events = Vec::new();
            let mut reached = at;
            let mut goal = None;
            loop {
                let page = self.scripts.read(topic, reached).await?;
                let Some(more) = page.events else { return Ok(Recovered::Gap) };
                let goal = *goal.get_or_insert(page.top);
                events.extend(more.into_iter().map(|one| one.event));
                reached = events.last().map_or(at, |last| last.position);
                if goal.is_within(reached) {
                    return Ok(recovered(events, at));
                }
            }
        })
    }

    fn listen<'a>(
        &'a self,
        topics: &'a [Topic],
    ) -> BoxFuture<'a, Result<BoxStream<'static, Delivery>, BrokerError>> {
        Box::pin(listener::listen(
            Arc::clone(&self.scripts),
            self.limits,
            self.check,
            topics,
            self.alive.subscribe(),
        ))
    }

    fn nudge(&self) -> BoxFuture<'_, ()> {
        self.nudge.notify_one();
        Box::pin(std::future::ready(()))
    }

    fn announce(&self, data: Data) -> BoxFuture<'_, Result<(), BrokerError>> {
        Box::pin(async move {
            let (channel, text) = (self.scripts.keys().data(), data.encode());
            self.scripts
                .commands()
                .run::<i64, _>(|mut to| {
                    let (channel, text) = (&channel, &text);
                    async move { cmd("PUBLISH").arg(channel).arg(text).query_async(&mut to).await }
                })
                .await
                .map(drop)
        })
    }

    fn rights_changed<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<(), BrokerError>> {
        let channel = self.scripts.keys().rights();
        Box::pin(async move {
            let told = self.scripts.commands().run::<i64, _>(|mut to| {
                let channel = &channel;
                async move { cmd("PUBLISH").arg(channel).arg(user).query_async(&mut to).await }
            });
            told.await.map(drop)
        })
    }

    fn is_volatile(&self) -> bool {
        false
    }
}
