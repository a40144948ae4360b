//! What matches one filter and not another.

use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, Order};
use sea_orm::{ConnectionTrait, DbErr, QueryOrder, QuerySelect};

use super::{Model, ModelInfo, condition, row, to_sea};
use crate::change::Row;
use crate::filter::{Database, Filter, Value};

/// The first `limit` rows, by their keys, that match the first of two admitted filters and not the
/// second; those after a key, where there is one.
///
/// # Errors
/// When the database refuses.
pub(super) async fn leaving<E: Model>(
    db: &impl ConnectionTrait,
    info: &ModelInfo,
    database: Database,
    (before, now): (&Filter, &Filter),
    (after, limit): (Option<&Value>, u64),
) -> Result<Vec<Row>, DbErr> {
    // Not `NOT`: what compares with NULL is neither true nor false, and does not match.
    let stays = CaseStatement::new()
        .case(condition::condition::<E>(info, database, now), Expr::val(1))
        .finally(Expr::val(0));
    let mut select = condition::select::<E>(info, database, before);
    QuerySelect::query(&mut select).and_where(Expr::expr(stays).eq(0));
    let column = info.key_column();
    let key = Expr::col((Alias::new(&info.table), Alias::new(&column.name)));
    if let Some(after) = after.and_then(|after| to_sea(after, &column.array_type)) {
        QuerySelect::query(&mut select).and_where(key.clone().gt(after));
    }
    let select = select.order_by(key, Order::Asc);
    let models = select.limit(limit).all(db).await?;
    Ok(models.iter().map(|model| row::<E>(info, model)).collect())
}
