//! What matches one filter and not another.

use std::sync::Arc;

use sea_orm::sea_query::{
    Alias, CaseStatement, Expr, ExprTrait, IntoValueTuple, Order, ValueTuple,
};
use sea_orm::{
    ConnectionTrait, DbErr, IdenStatic, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait, QueryOrder,
    QuerySelect, TryGetableMany,
};

use super::dyn_model::{can_be_linked, key_value};
use super::{Model, ModelInfo, condition, from_sea};
use crate::change::Row;
use crate::filter::{Database, Filter};

/// All rows, in the order of their keys, that match the first of two admitted filters and not the
/// second: one statement, so they are those of one moment. Of each there is its key and one field
/// `beside` it, if that is of a type that others refer by.
///
/// # Errors
/// When the database refuses.
pub(super) async fn leaving<E: Model>(
    db: &impl ConnectionTrait,
    info: &ModelInfo,
    database: Database,
    (before, now): (&Filter, &Filter),
    beside: Option<&str>,
) -> Result<Vec<Row>, DbErr> {
    // Not `NOT`: what compares with NULL is neither true nor false, and does not match.
    let stays = CaseStatement::new()
        .case(condition::condition::<E>(info, database, now), Expr::val(1))
        .finally(Expr::val(0));
    let mut select = condition::select::<E>(info, database, before).select_only();
    QuerySelect::query(&mut select).and_where(Expr::expr(stays).eq(0));
    let mut keys = Vec::new();
    for key in <E::PrimaryKey as Iterable>::iter().map(PrimaryKeyToColumn::into_column) {
        keys.push(key.as_str().to_owned());
        select = select.column(key).order_by(key, Order::Asc);
    }
    let beside = info.columns.iter().find(|column| {
        Some(column.field) == beside
            && !keys.contains(&column.name)
            && can_be_linked(&column.array_type)
    });
    if let Some(column) = beside {
        let of = (Alias::new(&info.table), Alias::new(&column.name));
        QuerySelect::query(&mut select).expr_as(Expr::col(of), Alias::new(&column.name));
    }
    let mut names = vec![info.key_column().field.to_owned()];
    names.extend(beside.map(|column| column.field.to_owned()));
    let names: Arc<[String]> = names.into();
    let found = db.query_all(QuerySelect::query(&mut select)).await?.into_iter().map(|found| {
        let key = <E::PrimaryKey as PrimaryKeyTrait>::ValueType::try_get_many(&found, "", &keys);
        let ValueTuple::One(key) = key.map_err(DbErr::from)?.into_value_tuple() else {
            return Err(DbErr::Type(format!("the key of `{}` is of several columns", info.name)));
        };
        let mut values = vec![from_sea(key)];
        if let Some(column) = beside {
            values.push(key_value(&found, &column.name, &column.array_type)?);
        }
        Ok(Row::new(Arc::clone(&names), values))
    });
    found.collect()
}
