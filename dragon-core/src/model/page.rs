//! A page of a list.

use sea_orm::{DatabaseConnection, DbErr, PaginatorTrait, QuerySelect};

use super::{ListQuery, Model, ModelInfo, begin_read, condition, order, row};
use crate::change::Row;
use crate::filter::Database;

/// The rows of one page, counted from 1, and how many rows all pages have: both of one moment.
/// The query's limit is the length of a page; a page behind the last has no rows.
///
/// # Errors
/// When the database refuses.
pub async fn page<E: Model>(
    db: &DatabaseConnection,
    info: &ModelInfo,
    database: Database,
    query: &ListQuery,
    number: u64,
) -> Result<(Vec<Row>, u64), DbErr> {
    let transaction = begin_read(db).await?;
    let select = condition::select::<E>(info, database, &query.filter);
    let total = select.clone().count(&transaction).await?;
    let before = number.saturating_sub(1).saturating_mul(query.limit);
    let models = if before < total {
        order::apply(select, info, database, &query.order)
            .offset(before)
            .limit(query.limit)
            .all(&transaction)
            .await?
    } else {
        Vec::new()
    };
    transaction.commit().await?;
    Ok((models.iter().map(|model| row::<E>(info, model)).collect(), total))
}
