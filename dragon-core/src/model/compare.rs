//! How a column is compared in SQL, so that the answer is the one of [`Value::compare`] on the
//! row as SeaORM reads it.
//!
//! Databases keep values in more forms than they are read in, and compare them by more rules: a
//! collation that takes `a` for `A`, a NaN that is larger than everything, a moment in text that
//! other programs write otherwise. Where it can be, an index on the column stays of use.

pub(super) mod decimal;
pub(super) mod moment;
pub(super) mod single;

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{Condition, Value as Sea};

use super::{Column, to_sea};
use crate::filter::{Database, Kind, Lookup, Term, Value};

/// Of every row.
pub(super) fn always() -> SimpleExpr {
    Expr::cust("1 = 1")
}

/// Of no row.
pub(super) fn never() -> SimpleExpr {
    Expr::cust("1 = 0")
}

/// The SQL of one admitted term.
pub(super) fn comparison(
    own: &SimpleExpr,
    column: &Column,
    database: Database,
    term: &Term,
) -> SimpleExpr {
    let mut values = term.values.iter().filter(|value| !value.is_null());
    match term.lookup {
        Lookup::Eq | Lookup::In => {
            let mut any = Condition::any().add(never());
            if let Some(equal) = equals(own, column, database, values.collect()) {
                any = any.add(equal);
            }
            if term.values.iter().any(Value::is_null) {
                any = any.add(own.clone().is_null());
            }
            // As an expression, so that it can stand inside another condition.
            any.into()
        }
        Lookup::Contains => match values.next() {
            Some(Value::Text(part)) => contains(own, database, part),
            _ => never(),
        },
        ordering => values
            .next()
            .and_then(|value| ordered(own, column, database, ordering, value))
            .unwrap_or_else(never),
    }
}

/// Whether the column equals one of the values; `None` when it cannot.
fn equals(
    own: &SimpleExpr,
    column: &Column,
    database: Database,
    values: Vec<&Value>,
) -> Option<SimpleExpr> {
    if (&column.kind, database) == (&Kind::Decimal, Database::Sqlite) {
        let ranges = values.into_iter().filter_map(decimal::range);
        let any = ranges
            .fold(Condition::any(), |any, (low, high)| any.add(own.clone().between(low, high)));
        return (!any.is_empty()).then(|| any.into());
    }
    let wanted: Vec<SimpleExpr> =
        values.iter().filter_map(|value| bound(column, database, value)).collect();
    if wanted.is_empty() {
        return None;
    }
    Some(match (&column.kind, database) {
        (Kind::Text, Database::Postgres) => {
            // The first can use an index; the second counts if the column's collation takes
            // different texts for equal.
            own.clone().is_in(wanted.clone()).and(by_bytes(own, database).is_in(wanted))
        }
        // As text, an unknown value is no error but no match.
        (Kind::Enum(_), Database::Postgres) => own.clone().cast_as("text").is_in(wanted),
        (Kind::Text | Kind::Enum(_), Database::Sqlite) => by_bytes(own, database).is_in(wanted),
        // Every number but 0 is read as true.
        (Kind::Bool, Database::Sqlite) => own.clone().ne(0).is_in(wanted),
        (Kind::Time | Kind::DateTime | Kind::Instant | Kind::InstantUtc, Database::Sqlite) => {
            moment::key_or_text(own, &column.kind).is_in(wanted)
        }
        _ => own.clone().is_in(wanted),
    })
}

/// Whether the column stands so to the value; `None` when it cannot.
fn ordered(
    own: &SimpleExpr,
    column: &Column,
    database: Database,
    lookup: Lookup,
    value: &Value,
) -> Option<SimpleExpr> {
    if value.is_far() || matches!(value, Value::Float(float) if float.is_nan()) {
        return None;
    }
    if let (Kind::Float32, Database::Sqlite, Value::Float(float)) = (&column.kind, database, value)
    {
        return Some(single::ordered(own, lookup, *float));
    }
    let side = match (&column.kind, database) {
        (Kind::Text, _) => by_bytes(own, database),
        (Kind::InstantUtc, Database::Sqlite) => moment::key(own, &column.kind),
        _ => own.clone(),
    };
    let wanted = compare(side.clone(), lookup, bound(column, database, value)?);
    let less = matches!(lookup, Lookup::Lt | Lookup::Lte);
    Some(match (&column.kind, database) {
        // PostgreSQL counts NaN as the largest number; in memory it compares with nothing.
        (Kind::Float32 | Kind::Float64, Database::Postgres) if !less => {
            wanted.and(Expr::cust_with_expr("$1 <> 'NaN'::float8", own.clone()))
        }
        (Kind::Date | Kind::InstantUtc, _) => {
            let limit = bound(column, database, &moment::limit(&column.kind, less))?;
            let near = if less { Lookup::Gte } else { Lookup::Lte };
            wanted.and(compare(side, near, limit))
        }
        _ => wanted,
    })
}

fn compare(side: SimpleExpr, lookup: Lookup, value: impl Into<SimpleExpr>) -> SimpleExpr {
    let value = value.into();
    match lookup {
        Lookup::Lt => side.lt(value),
        Lookup::Lte => side.lte(value),
        Lookup::Gt => side.gt(value),
        _ => side.gte(value),
    }
}

fn contains(own: &SimpleExpr, database: Database, part: &str) -> SimpleExpr {
    let text = match database {
        Database::Sqlite => "instr(?, ?) > 0",
        Database::Postgres => "strpos($1, $2) > 0",
    };
    Expr::cust_with_exprs(text, [by_bytes(own, database), Expr::val(part)])
}

/// The column under a collation that has bytes only, as memory has.
pub(super) fn by_bytes(own: &SimpleExpr, database: Database) -> SimpleExpr {
    match database {
        Database::Sqlite => Expr::cust_with_expr("? COLLATE BINARY", own.clone()),
        Database::Postgres => Expr::cust_with_expr("$1 COLLATE \"C\"", own.clone()),
    }
}

/// A value as a parameter; `None` when no row of the column can have it.
pub(super) fn bound(column: &Column, database: Database, value: &Value) -> Option<SimpleExpr> {
    Some(match (&column.kind, value) {
        // As wide as can be, so that a number that the column cannot hold is no error.
        (Kind::Int, Value::Int(v)) => Expr::val(*v),
        (Kind::Float32 | Kind::Float64, Value::Float(v)) => Expr::val(*v),
        (Kind::Text | Kind::Enum(_), Value::Text(v)) => Expr::val(v.clone()),
        (Kind::Time | Kind::DateTime | Kind::Instant | Kind::InstantUtc, _)
            if database == Database::Sqlite && !value.is_far() =>
        {
            Expr::val(moment::text(value)?)
        }
        _ => Expr::val::<Sea>(to_sea(value, &column.array_type)?),
    })
}
