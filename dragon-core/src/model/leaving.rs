//! What matches one filter and not another.

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, IntoValueTuple, Order, ValueTuple};
use sea_orm::{
    ConnectionTrait, DbErr, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait, QueryOrder, QuerySelect,
};

use super::{Model, ModelInfo, condition, from_sea};
use crate::filter::{Database, Filter, Value};

/// The keys, in their order, of all rows that match the first of two admitted filters and not the
/// second: one statement, so they are those of one moment.
///
/// # Errors
/// When the database refuses.
pub(super) async fn leaving<E: Model>(
    db: &impl ConnectionTrait,
    info: &ModelInfo,
    database: Database,
    (before, now): (&Filter, &Filter),
) -> Result<Vec<Value>, DbErr> {
    // Not `NOT`: what compares with NULL is neither true nor false, and does not match.
    let stays = CaseStatement::new()
        .case(condition::condition::<E>(info, database, now), Expr::val(1))
        .finally(Expr::val(0));
    let mut select = condition::select::<E>(info, database, before).select_only();
    QuerySelect::query(&mut select).and_where(Expr::expr(stays).eq(0));
    for key in <E::PrimaryKey as Iterable>::iter().map(PrimaryKeyToColumn::into_column) {
        select = select.column(key).order_by(key, Order::Asc);
    }
    let keys = select.into_tuple::<<E::PrimaryKey as PrimaryKeyTrait>::ValueType>().all(db).await?;
    let keys = keys.into_iter().map(|key| match key.into_value_tuple() {
        ValueTuple::One(key) => Ok(from_sea(key)),
        _ => Err(DbErr::Type(format!("the key of `{}` is of several columns", info.name))),
    });
    keys.collect()
}
