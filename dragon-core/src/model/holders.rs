//! Which rows hold others, as far as somebody may know.

use std::sync::Arc;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbErr};

use super::condition::condition_of;
use super::dyn_model::{VALUES, key_value, table_ref};
use super::{DynModel, Link, ModelInfo, TableName, can_be_linked, to_sea};
use crate::filter::{Database, Filter, Value};

/// What the columns are called in a select.
const HELD: &str = "dragon_held";
const HOLDER: &str = "dragon_holder";

/// The rows of a filter, as those that hold rows of another model.
#[derive(Clone, Debug)]
pub struct Holders {
    /// The way to them from the rows that they hold.
    pub link: Link,
    /// Their model.
    pub model: Arc<dyn DynModel>,
    /// What is known of it, tied to the app's others.
    pub info: Arc<ModelInfo>,
    /// Which of them: no other is ever named.
    pub filter: Filter,
    /// Which database is asked.
    pub database: Database,
}

impl Holders {
    /// Who holds what: pairs of a value of the link's own column and a key of a holder, in the
    /// order of the keys. `None` where there are more than `most`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of(
        &self,
        db: &DatabaseExecutor<'_>,
        held: &ModelInfo,
        values: &[Value],
        most: usize,
    ) -> Result<Option<Vec<(Value, Value)>>, DbErr> {
        let (link, info) = (&self.link, self.info.as_ref());
        let from = held.columns.iter().find(|column| column.name == link.from);
        let to = info.columns.iter().find(|column| column.name == link.to);
        let (Some(from), Some(to)) = (from, to) else { return Ok(Some(Vec::new())) };
        let of = |table: &TableName, column: &str| -> SimpleExpr {
            Expr::col((Alias::new(&table.table), Alias::new(column)))
        };
        let key = info.key_column();
        let side_type = if link.through.is_some() { &from.array_type } else { &to.array_type };
        // What cannot be read by itself is read with its whole row.
        let by_itself = can_be_linked(side_type) && can_be_linked(&key.array_type);
        let mut found = Vec::new();
        for values in values.chunks(VALUES) {
            let mut select = Query::select();
            if by_itself {
                let key = of(&link.target, &key.name);
                select.distinct().expr_as(key, Alias::new(HOLDER)).from(table_ref(&link.target));
            } else {
                select = self.model.find();
            }
            let side = match &link.through {
                None => of(&link.target, &link.to),
                Some(junction) => {
                    let pair = of(&junction.table, &junction.to);
                    select.inner_join(
                        table_ref(&junction.table),
                        pair.eq(of(&link.target, &link.to)),
                    );
                    of(&junction.table, &junction.from)
                }
            };
            if by_itself || link.through.is_some() {
                select.expr_as(side.clone(), Alias::new(HELD));
            }
            let fitting = values.iter().filter_map(|value| to_sea(value, &from.array_type));
            select
                .and_where(side.clone().is_in(fitting))
                .cond_where(condition_of(info, self.database, &self.filter))
                .order_by_expr(of(&link.target, &key.name), Order::Asc)
                .order_by_expr(side, Order::Asc)
                .limit((most + 1 - found.len()) as u64);
            for result in db.query_all(&select).await? {
                if by_itself {
                    let value = key_value(&result, HELD, side_type)?;
                    found.push((value, key_value(&result, HOLDER, &key.array_type)?));
                    continue;
                }
                let row = self.model.decode(&result)?;
                let value = match &link.through {
                    Some(_) => key_value(&result, HELD, side_type)?,
                    None => row.get(to.field).cloned().unwrap_or(Value::Null),
                };
                found.push((value, row.get(key.field).cloned().unwrap_or(Value::Null)));
            }
            if found.len() > most {
                return Ok(None);
            }
        }
        // A table of pairs may have one twice.
        found.dedup();
        Ok(Some(found))
    }
}
