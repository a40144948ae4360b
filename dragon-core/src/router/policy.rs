//! Which error of the database becomes which failure: the one place that says it.

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

use crate::protocol::{Code, Failure, FieldErrors};
use crate::serializer::Refused;

/// What a caller is told of a database's error. Nothing of the inside leaves: the log has it.
#[must_use]
pub fn failure(error: &DbErr) -> Failure {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => {
            let sentence = "A row with this value exists already.";
            return match sqlite_column(&message) {
                Some(field) => Failure::validation(FieldErrors::of(field, sentence)),
                None => Failure::bad_request(sentence),
            };
        }
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            return Failure::bad_request(
                "A row that this one refers to does not exist, or rows refer to this one.",
            );
        }
        _ => {}
    }
    match error {
        DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => Failure::not_found(),
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => unavailable(error),
        DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))
            if is_passing(inner) =>
        {
            unavailable(error)
        }
        DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))
            if is_of_the_values(inner) =>
        {
            tracing::debug!(%error, "the database does not take a value");
            Failure::bad_request("A value does not fit its column, or breaks a rule of its table.")
        }
        _ => Failure::internal(error),
    }
}

/// Whether a failure says no. Others say that it cannot be said.
pub(super) fn is_refusal(failure: &Failure) -> bool {
    !matches!(failure.code, Code::Unavailable | Code::Internal)
}

/// What a caller is told whose row, or what it leads to, is not written.
pub(super) fn refused(refused: Refused) -> Failure {
    match refused {
        Refused::Fields(errors) => Failure::validation(errors),
        Refused::TooMany => {
            Failure::new(Code::TooMany, "These are too many related objects; send fewer at once.")
        }
        Refused::Wrong(sentence) => Failure::internal(&sentence),
        Refused::Database(path, error) => {
            let Failure { code, errors } = failure(&error);
            let mut within = FieldErrors::default();
            within.add_within(if code == Code::Validation { &path } else { "" }, errors);
            Failure { code, errors: within }
        }
    }
}

/// A value that the table does not take: too large for its column, NULL, or against a CHECK.
fn is_of_the_values(error: &sea_orm::sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| match &*code {
        // PostgreSQL and SQLite: NOT NULL, CHECK.
        "23502" | "1299" | "23514" | "275" => true,
        // Data exceptions of PostgreSQL: out of range, too long, not of the enum.
        code => code.len() == 5 && code.starts_with("22"),
    })
}

fn unavailable(error: &DbErr) -> Failure {
    tracing::warn!(%error, "the database is unavailable");
    Failure::new(Code::Unavailable, "The database is busy or away just now; try again.")
}

/// A fault that passes: contention, or a connection that broke.
fn is_passing(error: &sea_orm::sqlx::Error) -> bool {
    use sea_orm::sqlx::Error;
    match error {
        Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
        // SQLite: busy, locked; PostgreSQL: serialization failure, deadlock, shutting down.
        Error::Database(error) => error.code().is_some_and(|code| {
            matches!(
                &*code,
                "5" | "6" | "261" | "262" | "517" | "40001" | "40P01" | "57P01" | "57P03"
            )
        }),
        _ => false,
    }
}

/// `UNIQUE constraint failed: todo_item.text` names the column; PostgreSQL names the constraint,
/// which says nothing to a client.
fn sqlite_column(message: &str) -> Option<&str> {
    let (_, column) = message.rsplit_once("failed: ")?.1.split_once('.')?;
    column.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_inside_leaves() {
        let failure = failure(&DbErr::Custom("secret table".to_owned()));
        assert_eq!(failure.code, Code::Internal);
        assert!(!format!("{failure:?}").contains("secret"));
    }

    #[test]
    fn sqlite_names_the_column_of_a_conflict() {
        assert_eq!(sqlite_column("UNIQUE constraint failed: item.name"), Some("name"));
        assert_eq!(sqlite_column("UNIQUE constraint failed: item.a, item.b"), None);
    }
}
