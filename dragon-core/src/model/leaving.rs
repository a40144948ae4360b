//! What matches one filter and not another.

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ConnectionTrait, DbErr, QuerySelect};

use super::{Model, ModelInfo, condition, row};
use crate::change::Row;
use crate::filter::{Database, Filter};

/// Rows that match the first of two admitted filters and not the second, at most `limit`.
///
/// # Errors
/// When the database refuses.
pub(super) async fn leaving<E: Model>(
    db: &impl ConnectionTrait,
    info: &ModelInfo,
    database: Database,
    (before, now): (&Filter, &Filter),
    limit: u64,
) -> Result<Vec<Row>, DbErr> {
    // Not `NOT`: what compares with NULL is neither true nor false, and does not match.
    let stays = CaseStatement::new()
        .case(condition::condition::<E>(info, database, now), Expr::val(1))
        .finally(Expr::val(0));
    let mut select = condition::select::<E>(info, database, before);
    QuerySelect::query(&mut select).and_where(Expr::expr(stays).eq(0));
    let models = select.limit(limit).all(db).await?;
    Ok(models.iter().map(|model| row::<E>(info, model)).collect())
}
