//! The order of lists: what the client may ask for, and how the database and the client agree.

use std::str::FromStr;

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, NullOrdering, SimpleExpr};
use sea_orm::{Iterable, Order as Direction, QuerySelect, Select};

use super::compare::{by_bytes, moment, single};
use super::{Model, ModelInfo};
use crate::filter::{Database, Kind};

/// One key of an order: a field, and which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderKey {
    /// The field.
    pub field: String,
    /// From large to small.
    pub descending: bool,
}

/// How rows are sorted: by these keys, and always at last by the primary key.
///
/// NULLs come first, in a descending order last; text is sorted by code point. Clients sort by
/// the same rules, so a live list needs no help from the server to stay in order.
///
/// ```
/// use dragon::model::Order;
///
/// let order: Order = "-count,name".parse().unwrap();
/// assert!(order.keys[0].descending && !order.keys[1].descending);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The keys, the weightiest first.
    pub keys: Vec<OrderKey>,
}

impl FromStr for Order {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let keys =
            text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(|key| {
                match key.strip_prefix('-') {
                    Some(field) => OrderKey { field: field.to_owned(), descending: true },
                    None => OrderKey { field: key.to_owned(), descending: false },
                }
            });
        Ok(Self { keys: keys.collect() })
    }
}

pub(super) fn apply<E: Model>(
    mut select: Select<E>,
    info: &ModelInfo,
    database: Database,
    order: &Order,
) -> Select<E> {
    let key = OrderKey { field: info.key_column().field.to_owned(), descending: false };
    for OrderKey { field, descending } in order.keys.iter().chain([&key]) {
        let Some((own, column)) =
            info.column(field).and_then(|(at, column)| Some((E::Column::iter().nth(at)?, column)))
        else {
            continue;
        };
        let own = Expr::col((E::default(), own));
        let side: SimpleExpr = match (&column.kind, database) {
            (Kind::Text, _) => by_bytes(&own, database),
            // What JSON cannot say is null to the client.
            (Kind::Float32, _) => within(&own, single::largest()),
            (Kind::Float64, _) => within(&own, f64::MAX),
            (Kind::Bool, Database::Sqlite) => own.ne(0),
            (Kind::Time | Kind::DateTime | Kind::InstantUtc, Database::Sqlite) => {
                moment::key_or_text(&own, &column.kind)
            }
            _ => own,
        };
        let (direction, nulls) = if *descending {
            (Direction::Desc, NullOrdering::Last)
        } else {
            (Direction::Asc, NullOrdering::First)
        };
        QuerySelect::query(&mut select).order_by_expr_with_nulls(side, direction, nulls);
    }
    select
}

/// The column, or NULL where it is NaN or beyond the largest.
fn within(own: &SimpleExpr, largest: f64) -> SimpleExpr {
    CaseStatement::new().case(own.clone().between(-largest, largest), own.clone()).into()
}
