//! Which rows match now: what is asked to keep the membership of a filter that looks into other
//! tables.

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Iterable, QuerySelect,
    QueryTrait,
};

use super::compare::bound;
use super::condition::{condition, reached, select};
use super::watch::Reach;
use super::{Model, ModelInfo, row};
use crate::change::Row;
use crate::filter::{Database, Filter, Value};

/// The name of the column that says whether a row matches.
const MATCHES: &str = "dragon_matches";

/// Rows that something happened to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Among {
    /// Those with these primary keys.
    pub keys: Vec<Value>,
    /// Those that a path leads from to what changed.
    pub reaches: Vec<Reach>,
}

/// A row that something happened to.
#[derive(Clone, Debug, PartialEq)]
pub struct Affected {
    /// As it is now.
    pub row: Row,
    /// Whether it matches now.
    pub matches: bool,
}

/// Which of the rows that something happened to are there now, and whether they match. A row that
/// is not among them does not match.
///
/// # Errors
/// When the database refuses.
pub async fn affected<E: Model>(
    db: &impl ConnectionTrait,
    info: &ModelInfo,
    database: Database,
    filter: &Filter,
    among: &Among,
    limit: u64,
) -> Result<Vec<Affected>, DbErr> {
    let mut rows = Condition::any();
    let column = info.key_column();
    let keys: Vec<SimpleExpr> =
        among.keys.iter().filter_map(|key| bound(column, database, key)).collect();
    if let Some(own) = E::Column::iter().nth(info.key) {
        rows = rows.add(Expr::col((E::default(), own)).is_in(keys));
    }
    if !among.reaches.is_empty() {
        rows = rows.add(reached::<E>(info, database, &among.reaches));
    }
    let yes = condition::<E>(info, database, filter);
    let matches = CaseStatement::new().case(yes, Expr::val(1)).finally(Expr::val(0));
    let mut wanted = select::<E>(info, database, &filter.on_own_columns());
    QuerySelect::query(&mut wanted).cond_where(rows).expr_as(matches, MATCHES).limit(limit);
    let found = db.query_all_raw(wanted.build(db.get_database_backend())).await?;
    let read = |found: &sea_orm::QueryResult| {
        let model = <E as EntityTrait>::Model::from_query_result(found, "")?;
        let matches = found.try_get::<i32>("", MATCHES)? == 1;
        Ok(Affected { row: row::<E>(info, &model), matches })
    };
    found.iter().map(read).collect()
}

/// Whether a row that is in the database matches: judged on the row alone where that is enough,
/// else asked there.
///
/// # Errors
/// When the database refuses.
pub async fn matches_now<E: Model>(
    db: &impl ConnectionTrait,
    info: &ModelInfo,
    database: Database,
    filter: &Filter,
    row: &Row,
) -> Result<bool, DbErr> {
    if let Some(answer) = filter.judge(row) {
        return Ok(answer);
    }
    let field = info.key_column().field;
    let key = row.get(field).cloned().unwrap_or(Value::Null);
    let wanted = filter.clone().and(Filter::eq(field, key));
    Ok(select::<E>(info, database, &wanted).one(db).await?.is_some())
}
