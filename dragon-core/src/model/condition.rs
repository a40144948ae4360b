//! The other face of a filter: its SQL condition, and what may be asked at all.

use sea_orm::sea_query::{Alias, DynIden, Expr, ExprTrait, IntoIden, Query, SimpleExpr};
use sea_orm::{Condition, JoinType, QuerySelect};

use super::compare::{always, bound, comparison, decimal, moment, never};
use super::dyn_model::table_ref;
use super::path::through;
use super::watch::{End, Reach};
use super::{Column, Link, Model, ModelInfo};
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
        Filter::Has { link, filter } => {
            let (links, target) = info.walk(&link).map_err(Inadmissible)?;
            through(links, admit(&target, database, *filter)?)
        }
        Filter::Term(term) => {
            let path = info.find(&term.field).map_err(Inadmissible)?;
            let column = &path.column;
            column.kind.allows(term.lookup, database).map_err(|why| {
                Inadmissible(format!(
                    "`{}` cannot be filtered by `{}`: {why}",
                    path.name(),
                    term.lookup
                ))
            })?;
            let values = term
                .values
                .into_iter()
                .map(|value| coerce(column, database, value))
                .collect::<Result<_, _>>()?;
            let term = Term { field: column.field.to_owned(), lookup: term.lookup, values };
            path.filter(term)
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
    Side::own::<E>(info, database).condition(filter)
}

/// The same of a table that stands in a statement by its own name.
pub(super) fn condition_of(info: &ModelInfo, database: Database, filter: &Filter) -> Condition {
    let name = Alias::new(&info.table).into_iden();
    Side { info, database, name, depth: 0 }.condition(filter)
}

/// A table in a statement, by the name that it has there.
struct Side<'a> {
    info: &'a ModelInfo,
    database: Database,
    name: DynIden,
    /// How many tables stand around it.
    depth: usize,
}

impl<'a> Side<'a> {
    fn own<E: Model>(info: &'a ModelInfo, database: Database) -> Self {
        Self { info, database, name: E::default().into_iden(), depth: 0 }
    }

    /// A column of it.
    fn column(&self, name: &str) -> SimpleExpr {
        Expr::col((self.name.clone(), Alias::new(name)))
    }

    fn condition(&self, filter: &Filter) -> Condition {
        match filter {
            // An empty condition would be none at all: left out of an `any`, it would match
            // nothing where it should match everything, and an empty `any` the other way round.
            Filter::All => Condition::all().add(always()),
            Filter::Nothing => Condition::all().add(never()),
            Filter::And(list) if list.is_empty() => Condition::all().add(always()),
            Filter::Or(list) if list.is_empty() => Condition::all().add(never()),
            Filter::And(list) => {
                list.iter().fold(Condition::all(), |all, filter| all.add(self.condition(filter)))
            }
            Filter::Or(list) => {
                list.iter().fold(Condition::any(), |any, filter| any.add(self.condition(filter)))
            }
            // What was not admitted matches nothing, as it does in memory.
            Filter::Term(term) => Condition::all().add(
                self.info.column(&term.field).map_or_else(never, |(_, column)| {
                    comparison(&self.column(&column.name), column, self.database, term)
                }),
            ),
            Filter::Has { link, filter } => Condition::all().add(
                self.info
                    .link(link)
                    .and_then(|link| {
                        Some(self.exists(link, &*self.info.beyond(link).ok()?, filter))
                    })
                    .unwrap_or_else(never),
            ),
        }
    }

    /// Whether the link leads to a row that matches.
    fn exists(&self, link: &Link, target: &ModelInfo, filter: &Filter) -> SimpleExpr {
        self.rows_beyond(link, target, |beyond| beyond.condition(filter))
    }

    /// Whether the link leads to a row of which the condition holds. Each table gets a name of its
    /// own: relations may lead back to a table that is there already.
    fn rows_beyond(
        &self,
        link: &Link,
        target: &ModelInfo,
        holds: impl FnOnce(&Side<'_>) -> Condition,
    ) -> SimpleExpr {
        let depth = self.depth + 1;
        let name = Alias::new(format!("dragon_{depth}")).into_iden();
        let beyond = Side { info: target, database: self.database, name: name.clone(), depth };
        let mut select = Query::select();
        select.expr(Expr::cust("1")).from_as(table_ref(&link.target), name);
        let start = self.column(&link.from);
        match &link.through {
            None => select.and_where(beyond.column(&link.to).eq(start)),
            Some(junction) => {
                let between = Alias::new(format!("dragon_{depth}_by")).into_iden();
                let pair = |column: &str| Expr::col((between.clone(), Alias::new(column)));
                select
                    .join_as(
                        JoinType::InnerJoin,
                        table_ref(&junction.table),
                        between.clone(),
                        pair(&junction.to).eq(beyond.column(&link.to)),
                    )
                    .and_where(pair(&junction.from).eq(start))
            }
        };
        select.cond_where(holds(&beyond));
        Expr::exists(select)
    }

    /// Whether the row is among those that a path leads from.
    fn reached(&self, reach: &Reach) -> SimpleExpr {
        match reach.links.split_first() {
            Some((first, rest)) => {
                let Some(link) = self.info.link(first) else { return never() };
                let Ok(target) = self.info.beyond(link) else { return never() };
                let rest = Reach { links: rest.to_vec(), ..reach.clone() };
                self.rows_beyond(link, &target, |beyond| {
                    Condition::all().add(beyond.reached(&rest))
                })
            }
            None => {
                let Some(link) = self.info.link(&reach.link) else { return never() };
                let Ok(target) = self.info.beyond(link) else { return never() };
                // Compared as the database compares the two columns of the relation.
                let kind = |info: &ModelInfo, name: &str| {
                    info.columns.iter().find(|one| one.name == name).cloned()
                };
                let (from, to) = (kind(self.info, &link.from), kind(&target, &link.to));
                let values = |column: Option<Column>| -> Vec<SimpleExpr> {
                    let column = column.as_ref();
                    let bound = |value| bound(column?, self.database, value);
                    reach.values.iter().filter_map(bound).collect()
                };
                match (&link.through, reach.at) {
                    (Some(junction), End::Target) => {
                        let mut select = Query::select();
                        let between = Alias::new("dragon_by").into_iden();
                        let pair = |column: &str| Expr::col((between.clone(), Alias::new(column)));
                        select
                            .expr(Expr::cust("1"))
                            .from_as(table_ref(&junction.table), between.clone())
                            .and_where(pair(&junction.from).eq(self.column(&link.from)))
                            .and_where(pair(&junction.to).is_in(values(to)));
                        Expr::exists(select)
                    }
                    _ => self.column(&link.from).is_in(values(from)),
                }
            }
        }
    }
}

/// The SQL condition of the rows that a change of another table's row may concern.
pub(super) fn reached<E: Model>(
    info: &ModelInfo,
    database: Database,
    reaches: &[Reach],
) -> Condition {
    let own = Side::own::<E>(info, database);
    reaches.iter().fold(Condition::any().add(never()), |any, reach| any.add(own.reached(reach)))
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
