//! The other face of a filter: its SQL condition, and what may be asked at all.

use sea_orm::sea_query::Expr;
use sea_orm::{Condition, Iterable, QuerySelect};

use super::compare::{always, comparison, decimal, moment, never};
use super::{Column, Model, ModelInfo};
use crate::filter::{Database, Filter, Kind, Term, Value};

/// Why a filter cannot be asked of a model; the sentence says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Inadmissible(pub String);

/// Checks a filter against a model and brings its values into the form that both faces compare:
/// as the column would keep it, instants in UTC.
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

/// The value as the column would keep it, so that what was written can be found.
fn coerce(column: &Column, database: Database, value: Value) -> Result<Value, Inadmissible> {
    let unfit = || {
        Inadmissible(format!("the value for `{}` is not of the type of that field", column.field))
    };
    let value = match (&column.kind, value) {
        (_, Value::Null) => Value::Null,
        #[allow(clippy::cast_precision_loss)]
        (Kind::Float64, Value::Int(v)) => Value::Float(v as f64),
        #[allow(clippy::cast_precision_loss)]
        (Kind::Float32, Value::Int(v)) => Value::from(v as f32),
        #[allow(clippy::cast_possible_truncation)]
        (Kind::Float32, Value::Float(v)) => Value::from(v as f32),
        (Kind::Decimal, Value::Int(v)) => Value::Decimal(decimal::kept(database, v.into())),
        (Kind::Decimal, Value::Decimal(v)) => Value::Decimal(decimal::kept(database, v)),
        (Kind::InstantUtc | Kind::Instant, Value::Instant(v)) => {
            Value::Instant(moment::kept(database, v.naive_utc()).and_utc().fixed_offset())
        }
        (Kind::DateTime, Value::DateTime(v)) => Value::DateTime(moment::kept(database, v)),
        (Kind::Time, Value::Time(v)) => Value::Time(moment::kept_time(database, v)),
        // PostgreSQL cannot hold it, so no row can match: said here rather than by an error there.
        (_, Value::Text(v)) if v.contains('\0') => return Err(unfit()),
        (Kind::Bool, v @ Value::Bool(_))
        | (Kind::Int, v @ Value::Int(_))
        | (Kind::Float64, v @ Value::Float(_))
        | (Kind::Text | Kind::Enum(_), v @ Value::Text(_))
        | (Kind::Uuid, v @ Value::Uuid(_))
        | (Kind::Date, v @ Value::Date(_)) => v,
        _ => return Err(unfit()),
    };
    Ok(value)
}

/// The SQL condition of an admitted filter.
#[must_use]
pub fn condition<E: Model>(info: &ModelInfo, database: Database, filter: &Filter) -> Condition {
    match filter {
        // An empty condition would be none at all: left out of an `any`, it would match nothing
        // where it should match everything, and an empty `any` the other way round.
        Filter::All => Condition::all().add(always()),
        Filter::Nothing => Condition::all().add(never()),
        Filter::And(list) if list.is_empty() => Condition::all().add(always()),
        Filter::Or(list) if list.is_empty() => Condition::all().add(never()),
        Filter::And(list) => list
            .iter()
            .fold(Condition::all(), |all, filter| all.add(condition::<E>(info, database, filter))),
        Filter::Or(list) => list
            .iter()
            .fold(Condition::any(), |any, filter| any.add(condition::<E>(info, database, filter))),
        Filter::Term(term) => Condition::all().add(
            info.column(&term.field)
                .and_then(|(at, column)| Some((E::Column::iter().nth(at)?, column)))
                // What was not admitted matches nothing, as it does in memory.
                .map_or_else(never, |(own, column)| {
                    comparison(&Expr::col((E::default(), own)), column, database, term)
                }),
        ),
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
