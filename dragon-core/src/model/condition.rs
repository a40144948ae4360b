//! The other face of a filter: its SQL condition, and what may be asked at all.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{Condition, Iterable, QuerySelect, Value as Sea};

use super::{Column, Model, ModelInfo, to_sea};
use crate::filter::{Database, Filter, Kind, Lookup, Term, Value};

/// Why a filter cannot be asked of a model; the sentence says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Inadmissible(pub String);

/// Checks a filter against a model and brings its values into the form that both faces compare:
/// decimals as the database keeps them, instants in UTC, whole numbers as what the column holds.
///
/// # Errors
/// When it names a field that the model lacks, or compares what cannot be compared.
pub fn admit(info: &ModelInfo, database: Database, filter: Filter) -> Result<Filter, Inadmissible> {
    Ok(match filter {
        Filter::All | Filter::Nothing => filter,
        Filter::And(list) => Filter::And(admit_all(info, database, list)?),
        Filter::Or(list) => Filter::Or(admit_all(info, database, list)?),
        Filter::Term(term) => {
            let column = info.resolve(&term.field).ok_or_else(|| {
                let known: Vec<&str> = info.columns.iter().map(|column| column.field).collect();
                Inadmissible(format!(
                    "`{}` has no field `{}`; it has {}",
                    info.name,
                    term.field,
                    known.join(", ")
                ))
            })?;
            column.kind.allows(term.lookup, database).map_err(|why| {
                Inadmissible(format!(
                    "`{}` cannot be filtered by `{}`: {why}",
                    column.field, term.lookup
                ))
            })?;
            let values = term
                .values
                .into_iter()
                .map(|value| coerce(column, database, value))
                .collect::<Result<_, _>>()?;
            Filter::Term(Term { field: column.field.to_owned(), lookup: term.lookup, values })
        }
    })
}

fn admit_all(
    info: &ModelInfo,
    database: Database,
    list: Vec<Filter>,
) -> Result<Vec<Filter>, Inadmissible> {
    list.into_iter().map(|filter| admit(info, database, filter)).collect()
}

fn coerce(column: &Column, database: Database, value: Value) -> Result<Value, Inadmissible> {
    let unfit = || {
        Inadmissible(format!("the value for `{}` is not of the type of that field", column.field))
    };
    let value = match (&column.kind, value) {
        (_, Value::Null) => Value::Null,
        #[allow(clippy::cast_precision_loss)]
        (Kind::Float32 | Kind::Float64, Value::Int(v)) => Value::Float(v as f64),
        (Kind::Decimal, Value::Int(v)) => decimal(database, Decimal::from(v)),
        (Kind::Decimal, Value::Decimal(v)) => decimal(database, v),
        (Kind::InstantUtc | Kind::Instant, Value::Instant(v)) => {
            Value::Instant(v.with_timezone(&chrono::Utc).fixed_offset())
        }
        // PostgreSQL cannot hold it, so no row can match: said here rather than by an error there.
        (_, Value::Text(v)) if v.contains('\0') => return Err(unfit()),
        (Kind::Bool, v @ Value::Bool(_))
        | (Kind::Int, v @ Value::Int(_))
        | (Kind::Float32 | Kind::Float64, v @ Value::Float(_))
        | (Kind::Text | Kind::Enum(_), v @ Value::Text(_))
        | (Kind::Uuid, v @ Value::Uuid(_))
        | (Kind::Date, v @ Value::Date(_))
        | (Kind::Time, v @ Value::Time(_))
        | (Kind::DateTime, v @ Value::DateTime(_)) => v,
        _ => return Err(unfit()),
    };
    Ok(value)
}

/// SQLite keeps decimals as floats and SeaORM reads them back with 15 digits; a filter's value
/// takes the same way, so that both faces compare the same.
fn decimal(database: Database, value: Decimal) -> Value {
    let kept = match database {
        Database::Postgres => None,
        Database::Sqlite => value.to_f64().and_then(|float| Decimal::try_from(float).ok()),
    };
    Value::Decimal(kept.unwrap_or(value))
}

/// The SQL condition of an admitted filter.
#[must_use]
pub fn condition<E: Model>(info: &ModelInfo, database: Database, filter: &Filter) -> Condition {
    match filter {
        Filter::All => Condition::all(),
        Filter::Nothing => Condition::all().add(Expr::cust("1 = 0")),
        Filter::And(list) => list
            .iter()
            .fold(Condition::all(), |all, filter| all.add(condition::<E>(info, database, filter))),
        // An empty `any` would be no condition at all.
        Filter::Or(list) if list.is_empty() => Condition::all().add(Expr::cust("1 = 0")),
        Filter::Or(list) => list
            .iter()
            .fold(Condition::any(), |any, filter| any.add(condition::<E>(info, database, filter))),
        Filter::Term(term) => Condition::all().add(
            info.column(&term.field)
                .and_then(|(at, column)| Some((E::Column::iter().nth(at)?, column)))
                // What was not admitted matches nothing, as it does in memory.
                .map_or(Expr::cust("1 = 0"), |(own, column)| {
                    comparison(Expr::col((E::default(), own)), column, database, term)
                }),
        ),
    }
}

fn comparison(own: SimpleExpr, column: &Column, database: Database, term: &Term) -> SimpleExpr {
    let side = side(own.clone(), column, database, term.lookup);
    let values = || term.values.iter().filter(|value| !value.is_null());
    let bind = |value: &Value| bound(column, database, value);
    match term.lookup {
        Lookup::Eq | Lookup::In => {
            let mut any = Condition::any().add(Expr::cust("1 = 0"));
            let wanted: Vec<SimpleExpr> = values().map(bind).collect();
            if !wanted.is_empty() {
                any = any.add(side.is_in(wanted));
            }
            if term.values.iter().any(Value::is_null) {
                any = any.add(own.is_null());
            }
            // As an expression, so that it can stand inside another condition.
            any.into()
        }
        Lookup::Contains => values().next().map_or(Expr::cust("1 = 0"), |part| {
            let text = match database {
                Database::Sqlite => "instr(?, ?) > 0",
                Database::Postgres => "strpos($1, $2) > 0",
            };
            Expr::cust_with_exprs(text, [side, bind(part)])
        }),
        ordering => values().next().map(bind).map_or(Expr::cust("1 = 0"), |value| match ordering {
            Lookup::Lt => side.lt(value),
            Lookup::Lte => side.lte(value),
            Lookup::Gt => side.gt(value),
            _ => side.gte(value),
        }),
    }
}

/// The column as it is compared.
fn side(own: SimpleExpr, column: &Column, database: Database, lookup: Lookup) -> SimpleExpr {
    match (&column.kind, database) {
        // The column's own collation may fold case or follow a language: bytes are what memory has.
        (Kind::Text, Database::Sqlite) => Expr::cust_with_expr("? COLLATE BINARY", own),
        (Kind::Text, Database::Postgres) if lookup.is_ordering() => {
            Expr::cust_with_expr("$1 COLLATE \"C\"", own)
        }
        // As text, an unknown value is no error but no match.
        (Kind::Enum(_), Database::Postgres) => own.cast_as("text"),
        (Kind::Decimal, Database::Sqlite) => {
            Expr::cust_with_expr("CAST(printf('%.15g', ?) AS REAL)", own)
        }
        // PostgreSQL counts NaN as the largest number; in memory it compares with nothing.
        (Kind::Float32 | Kind::Float64, Database::Postgres) => {
            Expr::cust_with_expr("NULLIF($1::float8, 'NaN'::float8)", own)
        }
        _ => own,
    }
}

fn bound(column: &Column, database: Database, value: &Value) -> SimpleExpr {
    match (&column.kind, value) {
        // As wide as can be, so that a number that the column cannot hold is no error.
        (Kind::Int, Value::Int(v)) => Expr::val(*v),
        (Kind::Float32 | Kind::Float64, Value::Float(v)) => Expr::val(*v),
        (Kind::Text | Kind::Enum(_), Value::Text(v)) => Expr::val(v.clone()),
        (Kind::Decimal, Value::Decimal(v)) if database == Database::Sqlite => {
            Expr::val(v.to_f64().unwrap_or(f64::NAN))
        }
        _ => Expr::val(to_sea(value, &column.array_type).unwrap_or(Sea::Bool(None))),
    }
}

/// A select of the rows that match, without order.
pub(super) fn select<E: Model>(
    info: &ModelInfo,
    database: Database,
    filter: &Filter,
) -> sea_orm::Select<E> {
    let mut select = E::find();
    QuerySelect::query(&mut select).cond_where(condition::<E>(info, database, filter));
    select
}
