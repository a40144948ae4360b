//! The relay: publishes what the change log holds, once and in order, and only then forgets it.

use std::collections::{BTreeMap, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, FromQueryResult, Statement, TransactionTrait,
};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::line::{Left, Line};
use super::lock::RelayLock;
use super::log::{CapturedModel, Entry, changes};
use super::{Namespace, literal};
use crate::Error;
use crate::broker::{Broker, BrokerError, Fence, Topic};
use crate::change::{Body, Change, Position, Publication, Source};
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
    /// How long a start waits for the relay of a previous process to end.
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

/// A model with all that the relay needs to publish its changes.
#[derive(Debug)]
pub(crate) struct RelayedModel {
    pub(crate) topic: Topic,
    pub(crate) hash: String,
    pub(crate) captured: Arc<dyn CapturedModel>,
    pub(crate) renderers: Vec<Renderer>,
}

impl RelayedModel {
    /// A change with its views; nothing is a Reset.
    fn publication(&self, source: Source, change: Option<Change>) -> Publication {
        let Some(change) = change else { return Publication { source, body: Body::Reset } };
        let view = |renderer: &Renderer| (renderer.name.to_owned(), renderer.view(&change));
        let views = self.renderers.iter().map(view).collect();
        Publication { source, body: Body::Change { change, views } }
    }
}

/// Publishes the change log of a namespace.
#[derive(Debug)]
pub struct Relay {
    db: DatabaseConnection,
    namespace: Namespace,
    tables: LogTables,
    broker: Arc<dyn Broker>,
    models: Vec<RelayedModel>,
    nudged: Arc<Notify>,
    settings: RelaySettings,
}

/// A relay's time in office.
#[derive(Debug)]
pub(crate) struct Term {
    lock: RelayLock,
    generation: u64,
    log: Uuid,
}

/// Why a turn was not finished.
enum Unfinished {
    /// The connection is lost, or another relay is in office: this term is over.
    Over(String),
    /// The broker has seen a relay of this later generation: this term is over.
    Refused(u64),
    /// The broker cannot be reached: try again.
    Unavailable(String),
}

impl From<DbErr> for Unfinished {
    fn from(error: DbErr) -> Self {
        Self::Over(error.to_string())
    }
}

impl From<BrokerError> for Unfinished {
    fn from(error: BrokerError) -> Self {
        match error {
            BrokerError::Stale { generation } => Self::Refused(generation),
            BrokerError::Unavailable(why) => Self::Unavailable(why),
        }
    }
}

impl Relay {
    pub(crate) fn new(
        db: DatabaseConnection,
        namespace: Namespace,
        broker: Arc<dyn Broker>,
        models: Vec<RelayedModel>,
        nudged: Arc<Notify>,
        settings: RelaySettings,
    ) -> Self {
        let tables = namespace.tables();
        Self { db, namespace, tables, broker, models, nudged, settings }
    }

    /// Gives every topic a position to begin from, if it has none.
    pub(crate) async fn place_topics(&self) -> Result<(), Error> {
        for model in &self.models {
            let top =
                self.broker.top(&model.topic).await.map_err(|e| Error::Broker(e.to_string()))?;
            self.execute(
                &self.db,
                &format!(
                    "INSERT INTO {} (topic, position) VALUES ({}, '{top}') ON CONFLICT DO NOTHING",
                    self.tables.topic,
                    literal(model.topic.as_str()),
                ),
            )
            .await
            .map_err(|error| Error::Database(error.to_string()))?;
        }
        Ok(())
    }

    /// With a broker that forgets: takes office, drops what is in the log and begins every topic
    /// anew. Nobody can have seen anything of the epoch that now begins.
    pub(crate) async fn begin_volatile(&self) -> Result<Term, Error> {
        let refused = |error: DbErr| Error::Database(error.to_string());
        let deadline = Instant::now() + self.settings.patience;
        let term = loop {
            if let Some(term) = self.try_take_office().await? {
                break term;
            }
            if Instant::now() > deadline {
                return Err(Error::setup(format!(
                    "another process serves the app `{}` on this database, and the in-process \
                     broker cannot reach it: stop that process, or set REDIS_URL for both so that \
                     they share their changes",
                    self.namespace
                )));
            }
            sleep(Duration::from_millis(50)).await;
        };
        let transaction = begin_write(&term.lock.connection).await.map_err(refused)?;
        transaction
            .execute_unprepared(&format!("DELETE FROM {}", self.tables.log))
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

    async fn try_take_office(&self) -> Result<Option<Term>, Error> {
        let Some(lock) = RelayLock::try_take(&self.db, &self.namespace).await? else {
            return Ok(None);
        };
        let taken: Result<_, DbErr> = async {
            let meta = &self.tables.meta;
            self.execute(
                &lock.connection,
                &format!("UPDATE {meta} SET generation = generation + 1"),
            )
            .await?;
            let row = self
                .query_all(&lock.connection, &format!("SELECT generation, log FROM {meta}"))
                .await?
                .pop()
                .ok_or_else(|| DbErr::RecordNotFound(meta.clone()))?;
            Ok((row.try_get::<i64>("", "generation")?, row.try_get::<String>("", "log")?))
        }
        .await;
        let (generation, log) = taken.map_err(|error| Error::Database(error.to_string()))?;
        Ok(Some(Term {
            lock,
            generation: generation.unsigned_abs(),
            log: log.parse().unwrap_or_default(),
        }))
    }

    /// Relays until shutdown, taking office whenever it is free.
    pub(crate) async fn run(self, mut term: Option<Term>, shutdown: Shutdown) {
        while !shutdown.is_signalled() {
            let current = match term.take() {
                Some(term) => Ok(Some(term)),
                None => self.try_take_office().await,
            };
            match current {
                Ok(Some(current)) => {
                    tracing::info!(namespace = %self.namespace, generation = current.generation, "relay takes office");
                    // Whatever happens, the office is given up and taken anew.
                    let served = AssertUnwindSafe(self.serve(&current, &shutdown)).catch_unwind();
                    let served = served.await.unwrap_or_else(|_| Err("it panicked".to_owned()));
                    if let Err(why) = served {
                        tracing::warn!(namespace = %self.namespace, why, "relay leaves office");
                        let _ = current.lock.connection.close().await;
                    }
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "relay cannot take office"),
            }
            shutdown.or(sleep(Duration::from_millis(200))).await;
        }
    }

    async fn serve(&self, term: &Term, shutdown: &Shutdown) -> Result<(), String> {
        let (shortest, longest) = self.settings.pause;
        let mut pause = shortest;
        // Empty batches make a broker that lost something begin a new epoch now, rather than at
        // the next write; after an outage it is asked again.
        let mut checked = false;
        let mut left = HashMap::new();
        while !shutdown.is_signalled() {
            let turn = async {
                if !checked {
                    self.check_fences(term).await?;
                }
                self.turn(term, &mut left).await
            };
            match turn.await {
                Ok(0) => {
                    checked = true;
                    tokio::select! {
                        () = self.nudged.notified() => pause = shortest,
                        () = sleep(pause) => pause = (pause * 3 / 2).min(longest),
                        () = shutdown.signalled() => {}
                    }
                }
                Ok(_) => {
                    checked = true;
                    pause = shortest;
                }
                Err(Unfinished::Over(why)) => return Err(why),
                Err(Unfinished::Refused(generation)) => {
                    self.outlive(term, generation).await.map_err(|error| error.to_string())?;
                    return Err(format!("the broker knows a relay of generation {generation}"));
                }
                Err(Unfinished::Unavailable(why)) => {
                    checked = false;
                    tracing::warn!(why, "nothing can be published just now; writes go on");
                    shutdown.or(sleep(Duration::from_millis(250))).await;
                }
            }
        }
        Ok(())
    }

    /// What to do when the broker has seen a later generation than this relay, which holds the
    /// lock: if the database knows of that generation, another relay has taken over. If it does
    /// not, it has gone back in time (a backup was restored, or the file was made anew). Then
    /// rows have changed that no trigger saw, and log ids will come again that the broker takes
    /// for known: so the log gets a new name, the next generation is beyond what the broker has
    /// seen, and everyone loads anew.
    async fn outlive(&self, term: &Term, seen: u64) -> Result<(), DbErr> {
        let transaction = begin_write(&term.lock.connection).await?;
        let renewed = transaction
            .execute_unprepared(&format!(
                "UPDATE {} SET generation = {seen}, log = '{}' WHERE generation = {}",
                self.tables.meta,
                super::new_log_id(),
                term.generation
            ))
            .await?;
        if renewed.rows_affected() == 1 {
            tracing::warn!(namespace = %self.namespace, "the database is older than the broker remembers it; everyone reloads");
            for model in &self.models {
                transaction
                    .execute_unprepared(&format!(
                        "INSERT INTO {} (topic, op, hash) VALUES ({}, 'r', '')",
                        self.tables.log,
                        literal(model.topic.as_str())
                    ))
                    .await?;
            }
        }
        transaction.commit().await
    }

    async fn check_fences(&self, term: &Term) -> Result<(), Unfinished> {
        let positions = self.positions(term).await?;
        for model in &self.models {
            let fence = self.fence(term, &positions, &model.topic);
            self.broker.publish(&model.topic, fence, Vec::new()).await?;
        }
        Ok(())
    }

    fn fence(&self, term: &Term, positions: &HashMap<String, Position>, topic: &Topic) -> Fence {
        Fence { generation: term.generation, last: positions.get(topic.as_str()).copied() }
    }

    async fn positions(&self, term: &Term) -> Result<HashMap<String, Position>, DbErr> {
        self.query_all(
            &term.lock.connection,
            &format!("SELECT topic, position FROM {}", self.tables.topic),
        )
        .await?
        .iter()
        .map(|row| {
            let position = row.try_get::<String>("", "position")?;
            let position = position.parse().map_err(|_| DbErr::Type(position))?;
            Ok((row.try_get("", "topic")?, position))
        })
        .collect()
    }

    /// Publishes up to a batch; answers how many rows of the log it took. `left` is how the batch
    /// before left the rows of each topic, if that may have ended amid a transaction.
    async fn turn(
        &self,
        term: &Term,
        left: &mut HashMap<String, Left>,
    ) -> Result<usize, Unfinished> {
        let connection = &term.lock.connection;
        let sql = format!(
            "SELECT id, topic, op, hash FROM {} ORDER BY id LIMIT {}",
            self.tables.log, self.settings.batch
        );
        let entries = self
            .query_all(connection, &sql)
            .await?
            .iter()
            .map(|row| Entry::from_query_result(row, ""))
            .collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            return Ok(0);
        }
        let full = entries.len() as u64 >= self.settings.batch;
        if full && self.drop_backlogs(term).await? {
            left.clear();
            return Ok(entries.len());
        }
        let positions = self.positions(term).await?;
        let mut by_topic: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in &entries {
            by_topic.entry(&entry.topic).or_default().push(entry);
        }
        let mut reached = BTreeMap::new();
        let mut leaves = HashMap::new();
        for (name, own) in by_topic {
            let topic = Topic::new(name);
            let batch = match self.models.iter().find(|model| model.topic == topic) {
                Some(model) => {
                    let before = left.get(name).cloned().unwrap_or_default();
                    let (batch, after) = self.publications(term, model, &own, before).await?;
                    leaves.insert(name.to_owned(), after);
                    batch
                }
                // Another version of the app has this model; its nodes must not miss anything.
                None => reset(term, own[0]).into_iter().collect(),
            };
            let fence = self.fence(term, &positions, &topic);
            let places = self.broker.publish(&topic, fence, batch).await?;
            if let Some(last) = places.last() {
                reached.insert(name, *last);
            }
        }
        self.forget(term, &entries, &reached).await?;
        if !full {
            leaves.clear();
        }
        *left = leaves;
        Ok(entries.len())
    }

    /// What a batch of one model's log rows tells, in order, and how it leaves the rows.
    async fn publications(
        &self,
        term: &Term,
        model: &RelayedModel,
        entries: &[&Entry],
        left: Left,
    ) -> Result<(Vec<Publication>, Left), DbErr> {
        // Rows of other triggers, older or newer than this process, have other columns.
        let ids: Vec<i64> =
            entries.iter().filter(|entry| entry.hash == model.hash).map(|entry| entry.id).collect();
        let connection = &term.lock.connection;
        let before = model.captured.side(connection, &self.tables, "o", &ids).await?;
        let after = model.captured.side(connection, &self.tables, "n", &ids).await?;
        let mut line = Line::after(left);
        for entry in entries.iter().filter(|entry| entry.op != "b") {
            let source = |part| Source { log: term.log, id: entry.id, part };
            match changes(entry, model.captured.info(), &before, &after) {
                Some(parts) => {
                    for (part, change) in (0..).zip(parts) {
                        line.tell(source(part), change);
                    }
                }
                None => line.reset(source(0)),
            }
        }
        let (told, left) = line.end();
        let asked = |id| entries.iter().any(|entry| entry.id == id && entry.op == "r");
        for (source, _) in told.iter().filter(|(one, told)| told.is_none() && !asked(one.id)) {
            tracing::warn!(topic = %model.topic, id = source.id, "a log row cannot be told; everyone reloads");
        }
        let batch =
            told.into_iter().map(|(source, change)| model.publication(source, change)).collect();
        Ok((batch, left))
    }

    /// Deletes exactly the rows that were published and stores how far each topic has come.
    ///
    /// Never by range: an id is handed out before its commit, so a row with a lower id may have
    /// appeared meanwhile.
    async fn forget(
        &self,
        term: &Term,
        entries: &[Entry],
        reached: &BTreeMap<&str, Position>,
    ) -> Result<(), Unfinished> {
        let ids = entries.iter().map(|entry| entry.id.to_string()).collect::<Vec<_>>().join(",");
        let transaction = begin_write(&term.lock.connection).await?;
        let own = transaction
            .execute_unprepared(&format!(
                "UPDATE {} SET generation = generation WHERE generation = {}",
                self.tables.meta, term.generation
            ))
            .await?;
        if own.rows_affected() != 1 {
            return Err(Unfinished::Over("another relay has taken over".to_owned()));
        }
        for (topic, position) in reached {
            transaction
                .execute_unprepared(&format!(
                    "UPDATE {} SET position = '{position}' WHERE topic = {}",
                    self.tables.topic,
                    literal(topic)
                ))
                .await?;
        }
        transaction
            .execute_unprepared(&format!("DELETE FROM {} WHERE id IN ({ids})", self.tables.log))
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Replaces the rows of a topic of which too many wait by one Reset, in one transaction: the
    /// Reset is published after all that it stands for was committed.
    async fn drop_backlogs(&self, term: &Term) -> Result<bool, DbErr> {
        let (connection, log) = (&term.lock.connection, &self.tables.log);
        let sql = format!(
            "SELECT topic FROM {log} GROUP BY topic HAVING count(*) > {}",
            self.settings.backlog
        );
        let mut any = false;
        for row in self.query_all(connection, &sql).await? {
            let topic: String = row.try_get("", "topic")?;
            let transaction = connection.begin().await?;
            transaction
                .execute_unprepared(&format!("DELETE FROM {log} WHERE topic = {}", literal(&topic)))
                .await?;
            transaction
                .execute_unprepared(&format!(
                    "INSERT INTO {log} (topic, op, hash) VALUES ({}, 'r', '')",
                    literal(&topic)
                ))
                .await?;
            transaction.commit().await?;
            tracing::warn!(topic, "too many changes wait; everyone reloads instead");
            any = true;
        }
        Ok(any)
    }

    async fn execute(&self, db: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
        db.execute_unprepared(sql).await.map(drop)
    }

    async fn query_all(
        &self,
        db: &DatabaseConnection,
        sql: &str,
    ) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
        db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await
    }
}

/// What is told where a log row cannot be: everyone reloads. (A note that nobody took is no
/// change at all.)
fn reset(term: &Term, entry: &Entry) -> Option<Publication> {
    let source = Source { log: term.log, id: entry.id, part: 0 };
    (entry.op != "b").then_some(Publication { source, body: Body::Reset })
}
