//! The relay: publishes what the change log holds, once and in order, and only then forgets it.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::log::Captured;
use super::office::Term;
use super::pairs::RelayedJunction;
use super::turn::Unfinished;
use super::{Namespace, literal};
use crate::Error;
use crate::broker::{Broker, Topic};
use crate::change::{Body, Change, Publication, Source};
use crate::model::{LogTables, begin_write};
use crate::serializer::Renderer;
use crate::shutdown::Shutdown;

/// How the relay works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelaySettings {
    /// How many rows of the log one turn takes.
    pub batch: u64,
    /// How many rows of one model may wait; more become a single Reset.
    pub backlog: u64,
    /// The shortest and the longest pause between two looks at an empty log. A write through a
    /// router wakes the relay at once; the pause is for other programs' writes.
    pub pause: (Duration, Duration),
    /// How long a start waits for the relay of a previous process to end, and how long an app
    /// with the in-process broker goes on while another process has taken its relay's place.
    pub patience: Duration,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            batch: 500,
            backlog: 10_000,
            pause: (Duration::from_millis(2), Duration::from_millis(20)),
            patience: Duration::from_secs(10),
        }
    }
}

/// How soon a broker that could not be reached is asked again.
pub(super) const RETRY: Duration = Duration::from_millis(250);

/// A model with all that the relay needs to publish its changes.
#[derive(Debug)]
pub(crate) struct RelayedModel {
    pub(crate) topic: Topic,
    pub(crate) hash: String,
    pub(crate) captured: Captured,
    pub(crate) renderers: Vec<Renderer>,
}

impl RelayedModel {
    /// Changes with their views; nothing is a Reset.
    pub(super) async fn publications(
        &self,
        db: &DatabaseConnection,
        told: Vec<(Source, Option<Change>)>,
    ) -> Result<Vec<Publication>, DbErr> {
        let changes: Vec<&Change> = told.iter().filter_map(|(_, change)| change.as_ref()).collect();
        let mut views = vec![BTreeMap::new(); changes.len()];
        for renderer in &self.renderers {
            let Some(rendered) = rendered(db, renderer.views(&db.into(), &changes)).await? else {
                return Ok(reset_instead(told.into_iter().map(|(source, _)| source)));
            };
            for (views, view) in views.iter_mut().zip(rendered) {
                views.insert(renderer.name.clone(), view);
            }
        }
        let mut views = views.into_iter();
        let mut body = |change: Option<Change>| match change {
            Some(change) => Body::Change { change, views: views.next().unwrap_or_default() },
            None => Body::Reset,
        };
        Ok(told
            .into_iter()
            .map(|(source, change)| Publication { source, body: body(change) })
            .collect())
    }
}

/// What a renderer makes of changes; nothing where it cannot: a method of the user's panicked, or
/// a related row cannot be read. That is no reason to hold up what others are told.
///
/// # Errors
/// When the connection is lost.
pub(super) async fn rendered<T>(
    db: &DatabaseConnection,
    rendering: impl Future<Output = Result<T, DbErr>>,
) -> Result<Option<T>, DbErr> {
    let why = match AssertUnwindSafe(rendering).catch_unwind().await {
        Ok(Ok(rendered)) => return Ok(Some(rendered)),
        Ok(Err(error)) => {
            db.execute_unprepared("SELECT 1").await?;
            error.to_string()
        }
        Err(_) => "a `serialize_` method panicked".to_owned(),
    };
    tracing::error!(why, "changes cannot be rendered; everyone reloads");
    Ok(None)
}

/// One Reset for what cannot be told.
pub(super) fn reset_instead(sources: impl Iterator<Item = Source>) -> Vec<Publication> {
    let last = sources.max_by_key(|source| (source.id, source.part));
    last.into_iter().map(|source| Publication { source, body: Body::Reset }).collect()
}

/// Publishes the change log of a namespace.
#[derive(Debug)]
pub struct Relay {
    pub(super) db: DatabaseConnection,
    pub(super) namespace: Namespace,
    pub(super) tables: LogTables,
    pub(super) broker: Arc<dyn Broker>,
    pub(super) models: Vec<RelayedModel>,
    pub(super) junctions: Vec<RelayedJunction>,
    pub(super) nudged: Arc<Notify>,
    pub(super) settings: RelaySettings,
}

impl Relay {
    pub(crate) fn new(
        db: DatabaseConnection,
        namespace: Namespace,
        broker: Arc<dyn Broker>,
        (models, junctions): (Vec<RelayedModel>, Vec<RelayedJunction>),
        nudged: Arc<Notify>,
        settings: RelaySettings,
    ) -> Self {
        let tables = namespace.tables();
        Self { db, namespace, tables, broker, models, junctions, nudged, settings }
    }

    /// Every topic that it publishes to.
    pub(super) fn topics(&self) -> impl Iterator<Item = Topic> {
        let pairs = self.junctions.iter().map(|one| Topic::new(&one.watched.topic));
        self.models.iter().map(|model| model.topic.clone()).chain(pairs).chain([Topic::data()])
    }

    /// Gives every topic a position to begin from, if it has none.
    pub(crate) async fn place_topics(&self) -> Result<(), Error> {
        for topic in self.topics() {
            let top = self.broker.top(&topic).await.map_err(|e| Error::Broker(e.to_string()))?;
            self.execute(
                &self.db,
                &format!(
                    "INSERT INTO {} (topic, position) VALUES ({}, '{top}') ON CONFLICT DO NOTHING",
                    self.tables.topic,
                    literal(topic.as_str()),
                ),
            )
            .await
            .map_err(|error| Error::Database(error.to_string()))?;
        }
        Ok(())
    }

    /// With a broker that forgets: takes office, drops what is in the log and begins every topic
    /// anew. Nobody can have seen anything of the epoch that now begins. (Data stays: it is told
    /// once, and nothing stands in for it.)
    pub(crate) async fn begin_volatile(&self) -> Result<Term, Error> {
        let refused = |error: DbErr| Error::Database(error.to_string());
        let deadline = Instant::now() + self.settings.patience;
        let (mut waiting, mut has_waited) = (None, false);
        let term = loop {
            let late = Instant::now() > deadline;
            match self.try_take_office(&mut waiting).await {
                Ok(Some(term)) => break term,
                Ok(None) if late => return Err(self.occupied()),
                Ok(None) => {
                    has_waited = true;
                    sleep(Duration::from_millis(50)).await;
                }
                // The database may restart meanwhile.
                Err(error) if has_waited && !late => {
                    tracing::warn!(%error, "relay cannot take office");
                    sleep(RETRY).await;
                }
                Err(error) => return Err(error),
            }
        };
        let transaction = begin_write(&term.lock.connection).await.map_err(refused)?;
        transaction
            .execute_unprepared(&format!(
                "DELETE FROM {} WHERE topic <> {}",
                self.tables.log,
                literal(Topic::data().as_str())
            ))
            .await
            .map_err(refused)?;
        transaction
            .execute_unprepared(&format!("DELETE FROM {}", self.tables.topic))
            .await
            .map_err(refused)?;
        transaction.commit().await.map_err(refused)?;
        self.place_topics().await?;
        Ok(term)
    }

    /// Why an app with a broker of its own cannot be served beside another process.
    fn occupied(&self) -> Error {
        Error::setup(format!(
            "another process serves the app `{}` on this database, and the in-process broker \
             cannot reach it: stop that process, or set REDIS_URL for both so that they share \
             their changes",
            self.namespace
        ))
    }

    /// Relays until shutdown, taking office whenever it is free.
    ///
    /// # Errors
    /// When the broker is this process's own and another process is in office and stays there: its
    /// changes never come here.
    pub(crate) async fn run(self, mut term: Option<Term>, shutdown: Shutdown) -> Result<(), Error> {
        let (mut waiting, mut occupied) = (None, None);
        // What a term of a broker of one's own must follow.
        let mut last = None;
        while !shutdown.is_signalled() {
            let current = match (term.take(), last) {
                (Some(term), _) => Ok(Some(term)),
                (None, Some(last)) => self.retake_office(&mut waiting, last).await,
                (None, None) => self.try_take_office(&mut waiting).await,
            };
            match current {
                Ok(Some(current)) => {
                    tracing::info!(namespace = %self.namespace, generation = current.generation, "relay takes office");
                    occupied = None;
                    last = self.broker.is_volatile().then(|| current.place());
                    // Whatever happens, the office is given up and taken anew.
                    let served = AssertUnwindSafe(self.serve(&current, &shutdown)).catch_unwind();
                    let served = served.await.unwrap_or_else(|_| Err("it panicked".to_owned()));
                    if let Err(why) = served {
                        tracing::warn!(namespace = %self.namespace, why, "relay leaves office");
                        let _ = current.lock.connection.close().await;
                    }
                }
                // The usual state of all nodes but one, where they share a broker.
                Ok(None) if last.is_none() => {}
                Ok(None) => match occupied {
                    None => {
                        tracing::warn!(namespace = %self.namespace, "another process has taken the relay's place; if it stays, this one stops");
                        occupied = Some(Instant::now());
                    }
                    Some(since) if since.elapsed() > self.settings.patience => {
                        return Err(self.occupied());
                    }
                    Some(_) => {}
                },
                Err(error) => tracing::warn!(%error, "relay cannot take office"),
            }
            shutdown.or(sleep(Duration::from_millis(200))).await;
        }
        Ok(())
    }

    async fn serve(&self, term: &Term, shutdown: &Shutdown) -> Result<(), String> {
        let (shortest, longest) = self.settings.pause;
        let mut pause = shortest;
        // At first, and again after an outage.
        let mut checked = false;
        let mut left = HashMap::new();
        while !shutdown.is_signalled() {
            let turn = async {
                if !checked {
                    self.check_past(term).await?;
                    checked = true;
                }
                self.turn(term, shutdown, &mut checked, &mut left).await
            };
            match turn.await {
                Ok(0) => tokio::select! {
                    () = self.nudged.notified() => pause = shortest,
                    () = sleep(pause) => pause = (pause * 3 / 2).min(longest),
                    () = shutdown.signalled() => {}
                },
                Ok(_) => pause = shortest,
                Err(Unfinished::Over(why)) => return Err(why),
                Err(Unfinished::Refused(generation)) => {
                    return Err(match self.outlive(term, generation).await {
                        Ok(()) => "the broker remembers more than the database".to_owned(),
                        Err(unfinished) => unfinished.to_string(),
                    });
                }
                Err(Unfinished::Unavailable(why)) => {
                    checked = false;
                    tracing::warn!(why, "nothing can be published just now; writes go on");
                    shutdown.or(sleep(RETRY)).await;
                }
            }
        }
        Ok(())
    }

    pub(super) async fn execute(&self, db: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
        db.execute_unprepared(sql).await.map(drop)
    }

    pub(super) async fn query_all(
        &self,
        db: &DatabaseConnection,
        sql: &str,
    ) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
        db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await
    }
}
