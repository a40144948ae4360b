//! The app's own migrations, run as part of its start.

use std::fmt;
use std::future::Future;

use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};

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
            let lock = format!(
                "SELECT pg_advisory_lock(hashtextextended('dragon_{}_migrate', 1))",
                namespace.as_str()
            );
            own.execute_unprepared(&lock).await.map_err(refused)?;
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
