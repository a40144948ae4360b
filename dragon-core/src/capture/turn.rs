//! One turn of the relay: read, render, publish, and only then forget.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult, TransactionTrait};
use tokio::time::sleep;

use super::data::messages;
use super::line::{Left, Line};
use super::literal;
use super::log::{Entry, changes};
use super::office::Term;
use super::relay::{RETRY, Relay, RelayedModel};
use super::watched::PAIRS;
use crate::broker::{BrokerError, Fence, Topic};
use crate::change::{Body, Position, Publication, Source};
use crate::shutdown::Shutdown;

/// Why a turn was not finished.
pub(super) enum Unfinished {
    /// The connection is lost, or another relay is in office: this term is over.
    Over(String),
    /// The broker has seen a relay of this later generation: this term is over.
    Refused(u64),
    /// The broker cannot be reached: try again.
    Unavailable(String),
}

impl Unfinished {
    pub(super) fn taken_over() -> Self {
        Self::Over("another relay has taken over".to_owned())
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over(why) | Self::Unavailable(why) => f.write_str(why),
            Self::Refused(generation) => write!(f, "the broker knows generation {generation}"),
        }
    }
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
    /// Publishes up to a batch; answers how many rows of the log it took. `left` is how the batch
    /// before left the rows of each topic, if that may have ended amid a transaction.
    pub(super) async fn turn(
        &self,
        term: &Term,
        shutdown: &Shutdown,
        checked: &mut bool,
        left: &mut HashMap<String, Left>,
    ) -> Result<usize, Unfinished> {
        let mut entries = self.entries(term).await?;
        if entries.is_empty() {
            return Ok(0);
        }
        let full = entries.len() as u64 >= self.settings.batch;
        if full && self.drop_backlogs(term).await? {
            left.clear();
            return Ok(entries.len());
        }
        if full {
            // A row must not be told what it is tied to before it has been told itself: what waits
            // behind this batch may be of it. Pairs come when nothing of the models is left.
            let is_pair = |entry: &Entry| entry.topic.starts_with(PAIRS);
            if !entries.iter().all(is_pair) {
                entries.retain(|entry| !is_pair(entry));
            }
        }
        let positions = self.positions(term).await?;
        let mut by_topic: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in &entries {
            by_topic.entry(&entry.topic).or_default().push(entry);
        }
        let mut batches = Vec::new();
        let mut reached = BTreeMap::new();
        let mut leaves = HashMap::new();
        // Junctions come last: a row is told before what it is tied to.
        for (name, own) in by_topic {
            let topic = Topic::new(name);
            if let Some(model) = self.models.iter().find(|model| model.topic == topic) {
                let before = left.get(name).cloned().unwrap_or_default();
                let (batch, after) = self.publications(term, model, &own, before).await?;
                leaves.insert(name.to_owned(), after);
                batches.push((topic, batch));
            } else if let Some(junction) =
                self.junctions.iter().find(|junction| junction.watched.topic == name)
            {
                batches.extend(self.relinked(term, junction, &own).await?);
            } else if topic == Topic::data() {
                let data = messages(term, &own);
                batches.extend(data.into_iter().map(|batch| (topic.clone(), batch)));
            } else {
                // Another version of the app has this model; its nodes must not miss anything.
                batches.push((topic, reset(term, own[0]).into_iter().collect()));
            }
        }
        for (topic, batch) in batches {
            let fence = self.fence(term, &positions, &topic);
            let places = self.publish(&topic, fence, batch, shutdown, checked).await?;
            // Not always the last one: what a predecessor has published already stands where it
            // stood, before what has come in between with a lower id.
            if let Some(furthest) = places.into_iter().max_by_key(|place| place.offset) {
                let reached = reached.entry(topic.as_str().to_owned()).or_insert(furthest);
                if reached.offset < furthest.offset {
                    *reached = furthest;
                }
            }
        }
        self.forget(term, &entries, &reached).await?;
        if !full {
            leaves.clear();
        }
        *left = leaves;
        Ok(entries.len())
    }

    /// The next rows of the log, if this term still lasts. That is asked with every look, also at
    /// an empty log: whoever took over may have emptied it.
    async fn entries(&self, term: &Term) -> Result<Vec<Entry>, Unfinished> {
        let sql = format!(
            "SELECT generation, id, topic, op, hash FROM {} LEFT JOIN (SELECT id, topic, op, hash \
             FROM {} ORDER BY id LIMIT {}) AS entry ON true ORDER BY id",
            self.tables.meta, self.tables.log, self.settings.batch
        );
        let rows = self.query_all(&term.lock.connection, &sql).await?;
        let own = |row: &QueryResult| row.try_get::<i64>("", "generation").map(i64::unsigned_abs);
        if rows.first().map(own).transpose()? != Some(term.generation) {
            return Err(Unfinished::taken_over());
        }
        let mut entries = Vec::new();
        for row in &rows {
            if row.try_get::<Option<i64>>("", "id")?.is_some() {
                entries.push(Entry::from_query_result(row, "")?);
            }
        }
        Ok(entries)
    }

    /// Publishes a batch, and again just as it is for as long as its fate is unknown: somebody may
    /// have heard it already, at the very positions that it gets now if the broker has lost it.
    async fn publish(
        &self,
        topic: &Topic,
        fence: Fence,
        batch: Vec<Publication>,
        shutdown: &Shutdown,
        checked: &mut bool,
    ) -> Result<Vec<Position>, Unfinished> {
        loop {
            match self.broker.publish(topic, fence, batch.clone()).await {
                Err(BrokerError::Unavailable(why)) if !shutdown.is_signalled() => {
                    tracing::warn!(why, %topic, "nothing can be published just now; writes go on");
                    *checked = false;
                    shutdown.or(sleep(RETRY)).await;
                }
                result => return Ok(result?),
            }
        }
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
        Ok((model.publications(connection, told).await?, left))
    }

    /// Deletes exactly the rows that were published and stores how far each topic has come.
    ///
    /// Never by range: an id is handed out before its commit, so a row with a lower id may have
    /// appeared meanwhile.
    async fn forget(
        &self,
        term: &Term,
        entries: &[Entry],
        reached: &BTreeMap<String, Position>,
    ) -> Result<(), Unfinished> {
        let ids = entries.iter().map(|entry| entry.id.to_string()).collect::<Vec<_>>().join(",");
        let transaction = self.begin_in_office(term).await?;
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
    /// Reset is published after all that it stands for was committed. (For data nothing can
    /// stand: all of it is published.)
    async fn drop_backlogs(&self, term: &Term) -> Result<bool, DbErr> {
        let (connection, log) = (&term.lock.connection, &self.tables.log);
        let sql = format!(
            "SELECT topic FROM {log} WHERE topic <> {} GROUP BY topic HAVING count(*) > {}",
            literal(Topic::data().as_str()),
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
}

/// What is told where a log row cannot be: everyone reloads. (A note that nobody took is no
/// change at all.)
fn reset(term: &Term, entry: &Entry) -> Option<Publication> {
    let source = Source { log: term.log, id: entry.id, part: 0 };
    (entry.op != "b").then_some(Publication { source, body: Body::Reset })
}
