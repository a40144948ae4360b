//! A page of a list.

use sea_orm::{ConnectionTrait, DbErr, PaginatorTrait, QuerySelect};

use super::{ListQuery, Model, ModelInfo, condition, order, row};
use crate::change::Row;
use crate::filter::Database;

/// The rows of one page, counted from 1, and how many rows all pages have: both of one moment
/// where `db` is a reading transaction. The query's limit is the length of a page; a page behind
/// the last has no rows.
///
/// # Errors
/// When the database refuses.
pub async fn page<E: Model>(
    db: &impl ConnectionTrait,
    info: &ModelInfo,
    database: Database,
    query: &ListQuery,
    number: u64,
) -> Result<(Vec<Row>, u64), DbErr> {
    let select = condition::select::<E>(info, database, &query.filter);
    let total = select.clone().count(db).await?;
    let before = number.saturating_sub(1).saturating_mul(query.limit);
    let models = if before < total {
        order::apply(select, info, database, &query.order)
            .offset(before)
            .limit(query.limit)
            .all(db)
            .await?
    } else {
        Vec::new()
    };
    Ok((models.iter().map(|model| row::<E>(info, model)).collect(), total))
}
