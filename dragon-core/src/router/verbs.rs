//! The default verbs of a model's router, as functions: an override calls them.

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, DatabaseExecutor, DatabaseTransaction,
    DbErr, EntityTrait, IntoActiveModel,
};

use super::policy::refused;
use super::{Context, Desk, ModelRouter, Outcome, arguments, failure, page};
use crate::change::Row;
use crate::filter::Filter;
use crate::model::{
    ListQuery, Model, Order, admit, begin_read, begin_write, find_for_write, list, matches_now, row,
};
use crate::protocol::{Code, Failure, Success};
use crate::serializer::{At, Fixed, Renderer, Serializer, Ties, Writing, prepare, write};

pub use super::subscribe::subscribe;
pub use super::unsubscribe::unsubscribe;

type Entity<R> = <<R as ModelRouter>::Serializer as Serializer>::Entity;
type ActiveModel<R> = <Entity<R> as EntityTrait>::ActiveModel;

/// The router's scope for the caller, checked against the model.
pub(super) fn scope<R: ModelRouter>(
    router: &R,
    cx: &Context<'_>,
    desk: &Desk,
) -> Result<Filter, Failure> {
    admit(&desk.info, cx.services.database, router.scope(cx.caller))
        .map_err(|why| Failure::internal(&format!("the scope of `{}`: {why}", R::ROUTE)))
}

/// The client's filter within the scope, its order, and at most one row more than may be told.
pub(super) fn list_query<R: ModelRouter>(
    router: &R,
    cx: &Context<'_>,
    desk: &Desk,
) -> Result<ListQuery, Failure> {
    let config = &cx.services.config;
    let pairs = arguments::wire_filter(&cx.args)?;
    let wanted = arguments::client_filter(desk, cx.services.database, config, &pairs)?;
    Ok(ListQuery {
        filter: scope(router, cx, desk)?.and(wanted),
        order: arguments::order(desk, &cx.args)?,
        limit: config.list_rows + 1,
    })
}

/// Rows are never cut off in silence: a client that shows part of a list shows something wrong.
pub(super) fn not_too_many(cx: &Context<'_>, rows: usize) -> Result<(), Failure> {
    let most = cx.services.config.list_rows;
    if rows as u64 > most {
        return Err(Failure::new(
            Code::TooMany,
            format!("More than {most} rows match; filter them, or ask for fewer with `_limit`."),
        ));
    }
    Ok(())
}

/// The rows of the scope that match the client's filter, in its order; with `_limit` the first
/// of them. A router with [`PAGINATE_BY`](ModelRouter::PAGINATE_BY) answers page by page.
///
/// # Errors
/// What to tell the caller.
pub async fn get_list<R: ModelRouter>(router: &R, cx: &mut Context<'_>) -> Outcome {
    get_list_where(router, cx, Filter::All).await
}

/// As [`get_list`], of the rows that match this filter as well: for overrides that take
/// arguments of their own out of `cx.args`.
///
/// # Errors
/// What to tell the caller.
pub async fn get_list_where<R: ModelRouter>(
    router: &R,
    cx: &mut Context<'_>,
    filter: Filter,
) -> Outcome {
    let desk = cx.desk()?;
    for reserved in ["_snapshot", "_since"] {
        if cx.args.contains_key(reserved) {
            return Err(Failure::bad_request(format!("`{reserved}` belongs to subscribe.")));
        }
    }
    let filter =
        admit(&desk.info, cx.services.database, filter).map_err(|why| Failure::internal(&why))?;
    let mut query = list_query(router, cx, desk)?;
    query.filter = query.filter.and(filter);
    if let Some(length) = R::PAGINATE_BY {
        return page::get_page(router, cx, desk, query, length).await;
    }
    page::none(&cx.args)?;
    if let Some(limit) = arguments::limit(&cx.args)? {
        query.limit = query.limit.min(limit);
    }
    let objects = read_objects(router, cx, desk, &query).await?;
    Ok(Success::raw(array(&objects)))
}

/// The objects of a query's rows, as of one moment with all that they lead to.
async fn read_objects<R: ModelRouter>(
    router: &R,
    cx: &Context<'_>,
    desk: &Desk,
    query: &ListQuery,
) -> Result<Vec<String>, Failure> {
    let renderer = desk.renderer(router.view(cx.caller))?;
    if !renderer.has_relations() {
        return objects::<R, _>(cx, desk, renderer, query, cx.db()).await;
    }
    let transaction = begin_read(cx.db()).await.map_err(|error| failure(&error))?;
    let objects = objects::<R, _>(cx, desk, renderer, query, &transaction).await?;
    transaction.commit().await.map_err(|error| failure(&error))?;
    Ok(objects)
}

/// The objects of a query's rows, read on this connection.
pub(super) async fn objects<'c, R: ModelRouter, C>(
    cx: &Context<'_>,
    desk: &Desk,
    renderer: &Renderer,
    query: &ListQuery,
    db: &'c C,
) -> Result<Vec<String>, Failure>
where
    C: ConnectionTrait,
    &'c C: Into<DatabaseExecutor<'c>>,
{
    let rows = list::<Entity<R>>(db, &desk.info, cx.services.database, query)
        .await
        .map_err(|error| failure(&error))?;
    not_too_many(cx, rows.len())?;
    let rows: Vec<&Row> = rows.iter().collect();
    renderer.objects(&db.into(), &rows).await.map_err(|error| failure(&error))
}

/// The array of objects.
pub(super) fn array(objects: &[String]) -> String {
    format!("[{}]", objects.join(","))
}

/// The row of the scope with the primary key `id`.
///
/// # Errors
/// What to tell the caller.
pub async fn get_single<R: ModelRouter>(router: &R, cx: &mut Context<'_>) -> Outcome {
    let desk = cx.desk()?;
    let query = ListQuery {
        filter: scope(router, cx, desk)?.and(arguments::key(desk, &cx.args)?),
        order: Order::default(),
        limit: 1,
    };
    let object = read_objects(router, cx, desk, &query).await?.pop();
    object.map(Success::raw).ok_or_else(Failure::not_found)
}

/// Inserts a row of the client's update fields and the router's initial values; answers it whole.
///
/// # Errors
/// What to tell the caller; nothing is stored then.
pub async fn create<R: ModelRouter>(router: &R, cx: &mut Context<'_>) -> Outcome {
    let desk = cx.desk()?;
    let info = &desk.info;
    let scope = scope(router, cx, desk)?;
    let fixed = Fixed::by("initial", router.initial(cx)?);
    let at = at(cx, desk, &fixed)?;
    let active = <ActiveModel<R> as ActiveModelBehavior>::new();
    let mut prepared = prepare::<R::Serializer>(at, active, true).map_err(refused)?;
    if !at.renderer.is_written(&cx.args) {
        prepared = prepared.fit()?;
    }
    let transaction = begin_write(cx.db()).await.map_err(|error| failure(&error))?;
    let ties = |relation: &str| router.tie_scope(cx.caller, relation);
    let writing = writing(cx, &transaction, &ties);
    let model = write(writing, at, prepared, None).await.map_err(refused)?;
    let row = row::<Entity<R>>(info, &model);
    stays_within::<Entity<R>>(cx, &transaction, desk, &scope, &row).await?;
    let object = desk.renderer(router.view(cx.caller))?.object(&(&transaction).into(), &row).await;
    let object = object.map_err(|error| failure(&error))?;
    cx.commit(transaction).await?;
    Ok(Success::raw(object))
}

/// Updates the row of the scope with the primary key `id`, by the client's update fields and what
/// the router sets itself; answers what changed, or the whole row where related rows were written.
///
/// # Errors
/// What to tell the caller; nothing is stored then.
pub async fn update<R: ModelRouter>(router: &R, cx: &mut Context<'_>) -> Outcome {
    let desk = cx.desk()?;
    let (info, database) = (&desk.info, cx.services.database);
    let scope = scope(router, cx, desk)?;
    let wanted = scope.clone().and(arguments::key(desk, &cx.args)?);
    let fixed = Fixed::by("update_initial", router.update_initial(cx)?);
    let transaction = begin_write(cx.db()).await.map_err(|error| failure(&error))?;
    let model = find_for_write::<Entity<R>>(&transaction, info, database, &wanted)
        .await
        .map_err(|error| failure(&error))?
        .ok_or_else(Failure::not_found)?;
    let before = row::<Entity<R>>(info, &model);
    let at = at(cx, desk, &fixed)?;
    let active = model.into_active_model();
    let prepared = prepare::<R::Serializer>(at, active, false).map_err(refused)?;
    let ties = |relation: &str| router.tie_scope(cx.caller, relation);
    let writing = writing(cx, &transaction, &ties);
    let model = write(writing, at, prepared, Some(&before)).await.map_err(refused)?;
    let after = row::<Entity<R>>(info, &model);
    stays_within::<Entity<R>>(cx, &transaction, desk, &scope, &after).await?;
    let renderer = desk.renderer(router.view(cx.caller))?;
    let told = if at.renderer.is_written(&cx.args) {
        // What related rows have become is no difference of the own ones.
        renderer.object(&(&transaction).into(), &after).await
    } else {
        told(renderer, &transaction, &before, &after).await
    };
    let told = told.map_err(|error| failure(&error))?;
    cx.commit(transaction).await?;
    Ok(Success::raw(told))
}

/// The row of this call, with what the client sent for it.
fn at<'a>(cx: &'a Context<'_>, desk: &'a Desk, fixed: &'a Fixed) -> Result<At<'a>, Failure> {
    let deserializers = &cx.services.deserializers;
    Ok(At { renderer: desk.renderer("")?, path: "", sent: &cx.args, fixed, deserializers })
}

/// A write of this call, which may tie rows of these scopes.
fn writing<'t>(
    cx: &'t Context<'_>,
    transaction: &'t DatabaseTransaction,
    scope: &'t (dyn Fn(&str) -> Filter + Sync),
) -> Writing<'t> {
    let ties = Ties { models: &cx.services.models, scope };
    Writing::new(transaction, cx.services.database, ties, cx.services.config.list_rows)
}

/// Refuses a row, as a verb has written it, that its caller may not see. Where other tables'
/// rows decide, the database is asked, within the verb's own transaction.
async fn stays_within<E: Model>(
    cx: &Context<'_>,
    transaction: &DatabaseTransaction,
    desk: &Desk,
    scope: &Filter,
    row: &Row,
) -> Result<(), Failure> {
    match matches_now::<E>(transaction, &desk.info, cx.services.database, scope, row).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Failure::denied()),
        Err(error) => Err(failure(&error)),
    }
}

/// Deletes the row of the scope with the primary key `id`; answers it as it was.
///
/// # Errors
/// What to tell the caller; nothing is deleted then.
pub async fn delete<R: ModelRouter>(router: &R, cx: &mut Context<'_>) -> Outcome {
    let desk = cx.desk()?;
    let (info, database) = (&desk.info, cx.services.database);
    let wanted = scope(router, cx, desk)?.and(arguments::key(desk, &cx.args)?);
    let transaction = begin_write(cx.db()).await.map_err(|error| failure(&error))?;
    let model = find_for_write::<Entity<R>>(&transaction, info, database, &wanted)
        .await
        .map_err(|error| failure(&error))?
        .ok_or_else(Failure::not_found)?;
    let before = row::<Entity<R>>(info, &model);
    let object =
        desk.renderer(router.view(cx.caller))?.object(&(&transaction).into(), &before).await;
    let object = object.map_err(|error| failure(&error))?;
    model.into_active_model().delete(&transaction).await.map_err(|error| failure(&error))?;
    cx.commit(transaction).await?;
    Ok(Success::raw(object))
}

/// What changed, or the whole object where nothing did.
async fn told(
    renderer: &Renderer,
    transaction: &DatabaseTransaction,
    before: &Row,
    after: &Row,
) -> Result<String, DbErr> {
    let db = transaction.into();
    match renderer.changed(&db, before, after).await? {
        Some(changed) => Ok(changed),
        None => renderer.object(&db, after).await,
    }
}
