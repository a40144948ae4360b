//! Lists in pages.

use serde_json::{Map, Value as Json, json};

use super::{Context, Desk, ModelPart, ModelRouter, failure, verbs};
use crate::Error;
use crate::change::Row;
use crate::model::{ListQuery, begin_read, page};
use crate::protocol::{Failure, Success};
use crate::serializer::Serializer;

/// Checks the length of a router's pages.
///
/// # Errors
/// When a page has no rows, or more than a list may have.
pub fn check_page(part: &ModelPart, route: &str, list_rows: u64) -> Result<(), Error> {
    match part.paginate_by {
        Some(0) => Err(Error::setup(format!(
            "route `{route}`: a page has at least one row; write `paginate_by = 1` or more"
        ))),
        Some(length) if length > list_rows => Err(Error::setup(format!(
            "route `{route}`: a page of {length} rows is longer than a list may be; write \
             `paginate_by = {list_rows}` or less, or let `Config::list_rows` be more"
        ))),
        _ => Ok(()),
    }
}

/// The page that the client asks for.
fn asked(args: &Map<String, Json>) -> Result<Option<u64>, Failure> {
    let number = match args.get("_page") {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::String(text)) => text.trim().parse().ok(),
        Some(json) => json.as_u64(),
    };
    match number {
        Some(number) if number > 0 => Ok(Some(number)),
        _ => Err(Failure::bad_request("`_page` is a whole number; the first page is 1.")),
    }
}

/// Refuses a page of a list that has none.
pub(super) fn none(args: &Map<String, Json>) -> Result<(), Failure> {
    match args.get("_page") {
        None | Some(Json::Null) => Ok(()),
        Some(_) => Err(Failure::bad_request(
            "This list has no pages: leave `_page` out, or let its router have `paginate_by`.",
        )),
    }
}

/// Answers the page of the query that the client asks for, the first if it asks for none. An
/// empty list has one page without rows.
pub(super) async fn get_page<R: ModelRouter>(
    router: &R,
    cx: &Context<'_>,
    desk: &Desk,
    query: ListQuery,
    length: u64,
) -> Result<Success, Failure> {
    if cx.args.get("_limit").is_some_and(|limit| !limit.is_null()) {
        return Err(Failure::bad_request(
            "This list comes in pages: ask for `_page` instead of `_limit`.",
        ));
    }
    let asked = asked(&cx.args)?;
    let number = asked.unwrap_or(1);
    let query = ListQuery { limit: length, ..query };
    let database = cx.services.database;
    let transaction = begin_read(cx.db()).await.map_err(|error| failure(&error))?;
    let (rows, total) = page::<<R::Serializer as Serializer>::Entity>(
        &transaction,
        &desk.info,
        database,
        &query,
        number,
    )
    .await
    .map_err(|error| failure(&error))?;
    let count = total.div_ceil(length).max(1);
    if number > count {
        let pages = if count == 1 {
            "is only page 1".to_owned()
        } else {
            format!("are pages 1 to {count}")
        };
        return Err(Failure::bad_request(format!("There is no page {number}; there {pages}.")));
    }
    let object = json!({
        "page": number,
        "page_count": count,
        "has_next": number < count,
        "has_previous": number > 1,
        "total_count": total,
        "per_page": length,
    });
    let rows: Vec<&Row> = rows.iter().collect();
    let renderer = desk.renderer(router.view(cx.caller))?;
    let objects = renderer.objects(&(&transaction).into(), &rows).await;
    let objects = objects.map_err(|error| failure(&error))?;
    transaction.commit().await.map_err(|error| failure(&error))?;
    let success = Success::raw(verbs::array(&objects)).with_context("page", object);
    Ok(Success { page: asked, ..success })
}
