//! Rows by their keys, and the pairs that tie rows to each other.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbErr};

use super::dyn_model::table_ref;
use super::{DynModel, Link, ModelInfo, to_sea};
use crate::change::Row;
use crate::filter::Value;

/// How many pairs one statement makes or removes, and how many keys one names.
const PAIRS: usize = 1_000;

/// The rows with these primary keys, as far as there are any, in no order.
///
/// # Errors
/// When the database refuses.
pub async fn rows_of_keys(
    db: &DatabaseExecutor<'_>,
    model: &dyn DynModel,
    keys: &[Value],
) -> Result<Vec<Row>, DbErr> {
    let info = model.info();
    let column = info.key_column();
    let mut rows = Vec::new();
    for keys in keys.chunks(PAIRS) {
        // What the column cannot hold is the key of no row.
        let keys: Vec<_> = keys.iter().filter_map(|key| to_sea(key, &column.array_type)).collect();
        if keys.is_empty() {
            continue;
        }
        let mut select = model.find();
        let own = (Alias::new(&info.table), Alias::new(&column.name));
        select.and_where(Expr::col(own).is_in(keys));
        for result in db.query_all(&select).await? {
            rows.push(model.decode(&result)?);
        }
    }
    Ok(rows)
}

/// Makes the pairs of a value on the own side of a many-to-many link with these on the other, and
/// removes those with `gone`. What is no value of the columns is in no pair.
///
/// # Errors
/// When the database refuses.
pub async fn change_pairs(
    db: &DatabaseExecutor<'_>,
    (owner, link, target): (&ModelInfo, &Link, &ModelInfo),
    value: &Value,
    new: &[Value],
    gone: &[Value],
) -> Result<(), DbErr> {
    let from = owner.columns.iter().find(|column| column.name == link.from);
    let to = target.columns.iter().find(|column| column.name == link.to);
    let (Some(from), Some(to), Some(junction)) = (from, to, &link.through) else { return Ok(()) };
    let Some(value) = to_sea(value, &from.array_type) else { return Ok(()) };
    let (one, other) = (Alias::new(&junction.from), Alias::new(&junction.to));
    for gone in gone.chunks(PAIRS) {
        let gone = gone.iter().filter_map(|gone| to_sea(gone, &to.array_type));
        let mut delete = Query::delete();
        delete
            .from_table(table_ref(&junction.table))
            .and_where(Expr::col(one.clone()).eq(value.clone()))
            .and_where(Expr::col(other.clone()).is_in(gone));
        db.execute(&delete).await?;
    }
    for new in new.chunks(PAIRS) {
        let mut insert = Query::insert();
        insert.into_table(table_ref(&junction.table)).columns([one.clone(), other.clone()]);
        for new in new.iter().filter_map(|new| to_sea(new, &to.array_type)) {
            let pair = [Expr::val(value.clone()), Expr::val(new)];
            insert.values(pair).map_err(|error| DbErr::Custom(error.to_string()))?;
        }
        db.execute(&insert).await?;
    }
    Ok(())
}
