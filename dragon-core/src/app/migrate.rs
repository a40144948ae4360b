//! The app's own migrations, run as part of its start.

use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::time::sleep;

use crate::Error;
use crate::capture::Namespace;
use crate::model::single_connection;

type Run = dyn FnOnce(DatabaseConnection) -> BoxFuture<'static, Result<(), DbErr>> + Send;

/// What brings the database up to date.
pub(super) struct Migrate(Box<Run>);

impl fmt::Debug for Migrate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Migrate")
    }
}

impl Migrate {
    pub(super) fn new<F>(run: impl FnOnce(DatabaseConnection) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<(), DbErr>> + Send + 'static,
    {
        Self(Box::new(|db| Box::pin(run(db))))
    }

    /// Runs it; nodes that start together on PostgreSQL take turns.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn run(
        self,
        db: &DatabaseConnection,
        namespace: &Namespace,
    ) -> Result<(), Error> {
        let refused = |error: DbErr| Error::Database(format!("in the migrations: {error}"));
        let mut turn = None;
        if db.get_database_backend() == DbBackend::Postgres {
            let own = single_connection(db).await?;
            wait_for_turn(&own, namespace).await.map_err(refused)?;
            turn = Some(own);
        }
        let ran = (self.0)(db.clone()).await.map_err(refused);
        if let Some(own) = turn {
            // The lock goes with its connection.
            let _ = own.close().await;
        }
        ran
    }
}

/// How long a wait goes on before it is said.
const SILENCE: Duration = Duration::from_secs(2);

/// How long until it is said again.
const SAID_AGAIN: Duration = Duration::from_secs(10);

/// How often the lock is asked for.
const AGAIN: Duration = Duration::from_millis(100);

/// Takes the lock of migrations on this connection. Others may take however long they need; who
/// waits says so.
async fn wait_for_turn(own: &DatabaseConnection, namespace: &Namespace) -> Result<(), DbErr> {
    let sql = format!(
        "SELECT pg_try_advisory_lock(hashtextextended('dragon_{}_migrate', 1)) AS taken",
        namespace.as_str()
    );
    let since = Instant::now();
    let mut silent_until = SILENCE;
    loop {
        let statement = Statement::from_string(DbBackend::Postgres, sql.as_str());
        let row = own.query_one_raw(statement).await?;
        if row.map_or(Ok(false), |row| row.try_get("", "taken"))? {
            return Ok(());
        }
        if since.elapsed() >= silent_until {
            silent_until = since.elapsed() + SAID_AGAIN;
            tracing::warn!(
                %namespace,
                seconds = since.elapsed().as_secs(),
                "the migrations of the app are being run by another process; this start waits \
                 for it. If there is none, look in pg_stat_activity for who holds the advisory lock"
            );
        }
        sleep(AGAIN).await;
    }
}
