//! A model behind a pointer: what is done with rows of entities that are known at run time only.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;
use sea_orm::sea_query::{
    Alias, ArrayType, Expr, ExprTrait, Order, Query, SelectStatement, TableCreateStatement,
};
use sea_orm::{
    ConnectionTrait, DatabaseExecutor, DbBackend, DbErr, FromQueryResult, QueryResult, QueryTrait,
    Schema, TryGetable,
};

use super::{
    Affected, Among, Link, ListQuery, Model, ModelInfo, TableName, affected, leaving::leaving,
    list, row, to_sea,
};
use crate::Error;
use crate::change::Row;
use crate::filter::{Database, Filter, Value};

/// A [`Model`] behind a pointer.
pub trait DynModel: fmt::Debug + Send + Sync {
    /// What is known of it.
    fn info(&self) -> &ModelInfo;

    /// A select of all its rows, as SeaORM reads them.
    fn find(&self) -> SelectStatement;

    /// A row of that select.
    ///
    /// # Errors
    /// When the entity's types do not fit.
    fn decode(&self, result: &QueryResult) -> Result<Row, DbErr>;

    /// The rows of a query; `info` is the model's, tied to the app's others.
    ///
    /// # Errors
    /// When the database refuses.
    fn list<'a>(
        &'a self,
        db: &'a DatabaseExecutor<'_>,
        info: &'a ModelInfo,
        database: Database,
        query: &'a ListQuery,
    ) -> BoxFuture<'a, Result<Vec<Row>, DbErr>>;

    /// Which of the rows that something happened to are there now, and whether they match.
    ///
    /// # Errors
    /// When the database refuses.
    fn affected<'a>(
        &'a self,
        db: &'a DatabaseExecutor<'_>,
        info: &'a ModelInfo,
        database: Database,
        wanted: (&'a Filter, &'a Among),
        limit: u64,
    ) -> BoxFuture<'a, Result<Vec<Affected>, DbErr>>;

    /// All rows that match the first of two admitted filters and not the second, as of one moment:
    /// of each its key, and one field beside it.
    ///
    /// # Errors
    /// When the database refuses.
    fn leaving<'a>(
        &'a self,
        db: &'a DatabaseExecutor<'_>,
        info: &'a ModelInfo,
        database: Database,
        filters: (&'a Filter, &'a Filter),
        beside: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Vec<Row>, DbErr>>;

    /// The statement that makes its table.
    fn table(&self, backend: DbBackend) -> TableCreateStatement;
}

/// The model of an entity behind a pointer.
///
/// # Errors
/// When the entity's columns and its derived fields do not agree.
pub fn dyn_model<E: Model>() -> Result<Arc<dyn DynModel>, Error> {
    Ok(Arc::new(Typed::<E> { info: ModelInfo::of::<E>()?, entity: PhantomData }))
}

struct Typed<E> {
    info: ModelInfo,
    entity: PhantomData<fn() -> E>,
}

impl<E> fmt::Debug for Typed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Model({})", self.info.name)
    }
}

impl<E: Model> DynModel for Typed<E> {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn find(&self) -> SelectStatement {
        E::find().into_query()
    }

    fn decode(&self, result: &QueryResult) -> Result<Row, DbErr> {
        let model = <E::Model as FromQueryResult>::from_query_result(result, "")?;
        Ok(row::<E>(&self.info, &model))
    }

    fn list<'a>(
        &'a self,
        db: &'a DatabaseExecutor<'_>,
        info: &'a ModelInfo,
        database: Database,
        query: &'a ListQuery,
    ) -> BoxFuture<'a, Result<Vec<Row>, DbErr>> {
        Box::pin(list::<E>(db, info, database, query))
    }

    fn affected<'a>(
        &'a self,
        db: &'a DatabaseExecutor<'_>,
        info: &'a ModelInfo,
        database: Database,
        (filter, among): (&'a Filter, &'a Among),
        limit: u64,
    ) -> BoxFuture<'a, Result<Vec<Affected>, DbErr>> {
        Box::pin(affected::<E>(db, info, database, filter, among, limit))
    }

    fn leaving<'a>(
        &'a self,
        db: &'a DatabaseExecutor<'_>,
        info: &'a ModelInfo,
        database: Database,
        filters: (&'a Filter, &'a Filter),
        beside: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Vec<Row>, DbErr>> {
        Box::pin(leaving::<E>(db, info, database, filters, beside))
    }

    fn table(&self, backend: DbBackend) -> TableCreateStatement {
        Schema::new(backend).create_table_from_entity(E::default())
    }
}

/// How many values one statement names: databases take 32,767 parameters and more.
pub(super) const VALUES: usize = 10_000;

/// What the column with the value that a row is led to from is called in a select.
const LED_FROM: &str = "dragon_led_from";

/// The rows that a link leads to from these values of its own column, each with the value that it
/// was led to from, in the order of their keys: one statement for all of them.
///
/// # Errors
/// When the database refuses.
pub async fn linked(
    db: &DatabaseExecutor<'_>,
    owner: &ModelInfo,
    link: &Link,
    target: &dyn DynModel,
    values: &[Value],
) -> Result<Vec<(Value, Row)>, DbErr> {
    let mut found = Vec::new();
    let from = owner.columns.iter().find(|column| column.name == link.from);
    let Some(from) = from else { return Ok(found) };
    let info = target.info();
    let Some(to) = info.columns.iter().find(|column| column.name == link.to) else {
        return Ok(found);
    };
    let of =
        |table: &TableName, column: &str| Expr::col((Alias::new(&table.table), Alias::new(column)));
    for values in values.chunks(VALUES) {
        let mut select = target.find();
        let side = match &link.through {
            None => of(&link.target, &link.to),
            Some(junction) => {
                let side = of(&junction.table, &junction.from);
                select.expr_as(side.clone(), Alias::new(LED_FROM));
                select.inner_join(
                    table_ref(&junction.table),
                    of(&junction.table, &junction.to)
                        .equals((Alias::new(&link.target.table), Alias::new(&link.to))),
                );
                side
            }
        };
        // What the column cannot hold leads nowhere.
        let fitting = values.iter().filter_map(|value| to_sea(value, &from.array_type));
        select.and_where(side.is_in(fitting));
        let key = of(&info.table_name(), &info.key_column().name);
        select.order_by_expr(key, Order::Asc);
        for result in db.query_all(&select).await? {
            let row = target.decode(&result)?;
            let led_from = match link.through {
                None => row.get(to.field).cloned().unwrap_or(Value::Null),
                Some(_) => key_value(&result, LED_FROM, &from.array_type)?,
            };
            found.push((led_from, row));
        }
    }
    Ok(found)
}

/// The pairs of a many-to-many link with these values on its own side: the value, and the one of
/// the target's column, in the order of the latter.
///
/// # Errors
/// When the database refuses.
pub async fn pairs(
    db: &DatabaseExecutor<'_>,
    owner: &ModelInfo,
    link: &Link,
    target: &ModelInfo,
    values: &[Value],
) -> Result<Vec<(Value, Value)>, DbErr> {
    let from = owner.columns.iter().find(|column| column.name == link.from);
    let to = target.columns.iter().find(|column| column.name == link.to);
    let (Some(from), Some(to), Some(junction)) = (from, to, &link.through) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for values in values.chunks(VALUES) {
        let of = |column: &str| Expr::col((Alias::new(&junction.table.table), Alias::new(column)));
        let mut select = Query::select();
        select
            .distinct()
            .expr_as(of(&junction.from), Alias::new(LED_FROM))
            .expr_as(of(&junction.to), Alias::new("dragon_led_to"))
            .from(table_ref(&junction.table))
            .and_where(
                of(&junction.from)
                    .is_in(values.iter().filter_map(|value| to_sea(value, &from.array_type))),
            )
            .order_by_expr(of(&junction.to), Order::Asc);
        for result in db.query_all(&select).await? {
            found.push((
                key_value(&result, LED_FROM, &from.array_type)?,
                key_value(&result, "dragon_led_to", &to.array_type)?,
            ));
        }
    }
    Ok(found)
}

/// A table in a statement.
pub(super) fn table_ref(table: &TableName) -> sea_orm::sea_query::TableRef {
    use sea_orm::sea_query::IntoTableRef;
    match &table.schema {
        Some(schema) => (Alias::new(schema), Alias::new(&table.table)).into_table_ref(),
        None => Alias::new(&table.table).into_table_ref(),
    }
}

/// Whether the value of a column of this type can be read out of a junction.
#[must_use]
pub fn can_be_linked(array_type: &ArrayType) -> bool {
    matches!(
        array_type,
        ArrayType::TinyInt
            | ArrayType::SmallInt
            | ArrayType::Int
            | ArrayType::BigInt
            | ArrayType::Unsigned
            | ArrayType::String
            | ArrayType::Uuid
    )
}

/// The value of a key's column in a select.
///
/// # Errors
/// When it is not of that type, or that type is not one of [`can_be_linked`].
pub(crate) fn key_value(
    result: &QueryResult,
    column: &str,
    array_type: &ArrayType,
) -> Result<Value, DbErr> {
    fn read<T: TryGetable + Into<Value>>(
        result: &QueryResult,
        column: &str,
    ) -> Result<Value, DbErr> {
        Ok(result.try_get::<Option<T>>("", column)?.into())
    }
    match array_type {
        ArrayType::TinyInt => read::<i8>(result, column),
        ArrayType::SmallInt => read::<i16>(result, column),
        ArrayType::Int => read::<i32>(result, column),
        ArrayType::BigInt => read::<i64>(result, column),
        ArrayType::Unsigned => read::<u32>(result, column),
        ArrayType::String => read::<String>(result, column),
        ArrayType::Uuid => read::<uuid::Uuid>(result, column),
        other => Err(DbErr::Type(format!("{other:?} is not the type of a key"))),
    }
}
