//! The relay's time in office: taken under the lock, checked against the broker.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr};
use uuid::Uuid;

use super::literal;
use super::lock::RelayLock;
use super::relay::Relay;
use super::turn::Unfinished;
use crate::Error;
use crate::broker::{Fence, Recovered, Topic};
use crate::change::Position;
use crate::model::begin_write;

/// A relay's time in office.
#[derive(Debug)]
pub(crate) struct Term {
    pub(super) lock: RelayLock,
    pub(super) generation: u64,
    pub(super) log: Uuid,
}

impl Term {
    pub(super) fn place(&self) -> Place {
        Place { generation: self.generation, log: self.log }
    }
}

/// Where a term stands among all terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    generation: u64,
    log: Uuid,
}

impl Relay {
    /// Takes office if it is free; else `waiting` keeps what the next attempt can use.
    pub(super) async fn try_take_office(
        &self,
        waiting: &mut Option<DatabaseConnection>,
    ) -> Result<Option<Term>, Error> {
        let Some(lock) = RelayLock::try_take(&self.db, &self.namespace, waiting).await? else {
            return Ok(None);
        };
        // In one statement: where somebody deleted the lock's file, two may be here at once.
        let sql = format!(
            "UPDATE {} SET generation = generation + 1 RETURNING generation, log",
            self.tables.meta
        );
        let taken = self.query_all(&lock.connection, &sql).await.and_then(|mut rows| {
            let row = rows.pop().ok_or_else(|| DbErr::RecordNotFound(self.tables.meta.clone()))?;
            Ok((row.try_get::<i64>("", "generation")?, row.try_get::<String>("", "log")?))
        });
        let (generation, log) = taken.map_err(|error| Error::Database(error.to_string()))?;
        Ok(Some(Term {
            lock,
            generation: generation.unsigned_abs(),
            log: log.parse().unwrap_or_default(),
        }))
    }

    /// Takes office again after the term `last`, with a broker that nobody else publishes to.
    ///
    /// The next generation of the same log says that nobody was in office in between, so that the
    /// log still has all that was not told. Else somebody may have cleared it or told it to others:
    /// what it has now is dropped and everyone loads anew, before anything else is told.
    pub(super) async fn retake_office(
        &self,
        waiting: &mut Option<DatabaseConnection>,
        last: Place,
    ) -> Result<Option<Term>, Error> {
        let Some(term) = self.try_take_office(waiting).await? else { return Ok(None) };
        if term.place() == (Place { generation: last.generation + 1, ..last }) {
            return Ok(Some(term));
        }
        tracing::warn!(namespace = %self.namespace, "another process was here in between; everyone reloads");
        match self.begin_anew(&term).await {
            Ok(()) => Ok(Some(term)),
            Err(unfinished) => {
                let _ = term.lock.connection.close().await;
                Err(Error::Database(unfinished.to_string()))
            }
        }
    }

    /// Replaces the whole log by a Reset of every topic, each to be published where the broker is.
    async fn begin_anew(&self, term: &Term) -> Result<(), Unfinished> {
        let (log, positions) = (&self.tables.log, &self.tables.topic);
        // Data stays: it is told once, and nothing stands in for it.
        let data = literal(Topic::data().as_str());
        let mut statements = vec![
            format!("DELETE FROM {log} WHERE topic <> {data}"),
            format!("DELETE FROM {positions}"),
        ];
        for topic in self.topics() {
            let (topic, top) = (literal(topic.as_str()), self.broker.top(&topic).await?);
            statements.push(format!(
                "INSERT INTO {positions} (topic, position) VALUES ({topic}, '{top}')"
            ));
            statements
                .push(format!("INSERT INTO {log} (topic, op, hash) VALUES ({topic}, 'r', '')"));
        }
        let transaction = self.begin_in_office(term).await?;
        for statement in statements {
            transaction.execute_unprepared(&statement).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// A writing transaction that is only had while this term lasts.
    pub(super) async fn begin_in_office(
        &self,
        term: &Term,
    ) -> Result<DatabaseTransaction, Unfinished> {
        let transaction = begin_write(&term.lock.connection).await?;
        let own = transaction
            .execute_unprepared(&format!(
                "UPDATE {} SET generation = generation WHERE generation = {}",
                self.tables.meta, term.generation
            ))
            .await?;
        if own.rows_affected() == 1 { Ok(transaction) } else { Err(Unfinished::taken_over()) }
    }

    /// What to do when the broker shows that it knows more than this relay, which holds the lock
    /// and acts in the database's name: if the database has another generation by now, another
    /// relay has taken over. If it has not, it has gone back in time (a backup was restored, or
    /// the file was made anew). Then rows have changed that no trigger saw, and log ids will come
    /// again that the broker takes for known: so the log gets a new name, the next generation is
    /// beyond what the broker has seen, and everyone loads anew.
    pub(super) async fn outlive(&self, term: &Term, seen: u64) -> Result<(), Unfinished> {
        let mut tops = Vec::new();
        for topic in self.topics() {
            tops.push((literal(topic.as_str()), self.broker.top(&topic).await?));
        }
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
            for (topic, top) in tops {
                let (log, positions) = (&self.tables.log, &self.tables.topic);
                for statement in [
                    format!("INSERT INTO {log} (topic, op, hash) VALUES ({topic}, 'r', '')"),
                    format!("UPDATE {positions} SET position = '{top}' WHERE topic = {topic}"),
                ] {
                    transaction.execute_unprepared(&statement).await?;
                }
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Asks of every topic whether database and broker remember the same past: empty batches make
    /// a broker that lost something begin a new epoch, and a database that lost something is
    /// outlived.
    pub(super) async fn check_past(&self, term: &Term) -> Result<(), Unfinished> {
        let positions = self.positions(term).await?;
        for topic in self.topics() {
            let fence = self.fence(term, &positions, &topic);
            self.broker.publish(&topic, fence, Vec::new()).await?;
            if let Some(last) = fence.last
                && !self.remembers(term, &topic, last).await?
            {
                return Err(Unfinished::Refused(term.generation));
            }
        }
        Ok(())
    }

    /// Whether the database knows all that was published after the last position that it stored.
    ///
    /// That position is stored in the transaction that deletes what was published, so whatever
    /// was published beyond it must still be in the log. If it is not, the database is a copy
    /// from before.
    async fn remembers(
        &self,
        term: &Term,
        topic: &Topic,
        last: Position,
    ) -> Result<bool, Unfinished> {
        let top = self.broker.top(topic).await?;
        if top.epoch != last.epoch || top.offset <= last.offset {
            return Ok(true);
        }
        let Recovered::Events { events, .. } = self.broker.since(topic, last).await? else {
            // More than one batch has no name in the log: it was trimmed, or a Reset is in it.
            return Ok(false);
        };
        let ids: Vec<String> =
            events.iter().map(|event| event.publication.source.id.to_string()).collect();
        let sql = format!(
            "SELECT count(*) AS known FROM {} WHERE id IN ({})",
            self.tables.log,
            ids.join(",")
        );
        let known = self.query_all(&term.lock.connection, &sql).await?;
        let known: i64 = known.first().map_or(Ok(0), |row| row.try_get("", "known"))?;
        let mut distinct = ids;
        distinct.sort_unstable();
        distinct.dedup();
        let own_log = events.iter().all(|event| event.publication.source.log == term.log);
        Ok(own_log && known.unsigned_abs() == distinct.len() as u64)
    }

    pub(super) fn fence(
        &self,
        term: &Term,
        positions: &HashMap<String, Position>,
        topic: &Topic,
    ) -> Fence {
        Fence { generation: term.generation, last: positions.get(topic.as_str()).copied() }
    }

    pub(super) async fn positions(&self, term: &Term) -> Result<HashMap<String, Position>, DbErr> {
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
}
