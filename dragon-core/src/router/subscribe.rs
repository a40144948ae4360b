//! Subscribing: gate, snapshot or history, reply, open.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::include::{self, Child};
use super::members::DbMembers;
use super::resume::{resume_all, since};
use super::{Context, Desk, ModelRouter, Outcome, arguments, failure, page, verbs};
use crate::change::Position;
use crate::filter::{Filter, fingerprint};
use crate::hub::{ChannelSpec, Gate, Looking, Telling, TooMany};
use crate::model::{Cut, ListQuery, ModelInfo, Order, Own, admit, begin_cut, watches};
use crate::protocol::{ChannelData, Code, Failure, Success, channel_name};
use crate::serializer::Renderer;

/// How often a snapshot is taken again because more happened meanwhile than a gate keeps.
const ATTEMPTS: usize = 5;

/// Opens a subscription to the rows of the scope that match the client's filter.
///
/// # Errors
/// What to tell the caller; what was subscribed before stays.
pub async fn subscribe<R: ModelRouter>(router: &R, cx: &mut Context<'_>) -> Outcome {
    let desk = cx.desk()?;
    if cx.args.contains_key("_limit") {
        return Err(Failure::bad_request(
            "`_limit` belongs to get_list; a subscription has all rows of its filter.",
        ));
    }
    page::none(&cx.args)?;
    let local = cx.args.get("channel").cloned().unwrap_or(Json::Null);
    let wants_snapshot = arguments::flag(&cx.args, "_snapshot")?;
    let since = since(cx)?;
    let query = live_query(router, cx, desk)?;
    let filter = client_channel(cx, desk)?;
    let spec = spec(router, cx, desk, &query, &filter)?;
    let view = router.view(cx.caller);
    let children = include::children(cx, desk, view, &spec)?;
    let map = include::object_map(desk.includes(view));
    let mut names = vec![spec.name.clone()];
    names.extend(children.iter().map(|child| child.spec.name.clone()));
    let channels = ChannelData { local, remote: names.clone(), action: "subscribe" };
    let keys = keys(cx.route.as_str(), &filter, names.len());
    let bindings: Vec<&str> = std::iter::once(spec.binding.as_str())
        .chain(children.iter().map(|child| child.spec.binding.as_str()))
        .collect();
    // The same again, without asking for rows: acknowledged, and nothing is doubled.
    if !wants_snapshot
        && since.is_none()
        && let Some(positions) = held_already(cx, &keys, &bindings)
    {
        let mut success = Success { channels: Some(channels), ..Success::raw(map) };
        place(&mut success, names, positions);
        return Ok(success);
    }
    let most = cx.services.config.subscriptions;
    let new = keys.iter().filter(|key| !cx.subscriptions.seats.contains_key(*key)).count();
    if cx.subscriptions.count() + new > most {
        return Err(Failure::new(
            Code::TooMany,
            format!("A connection has at most {most} subscriptions."),
        ));
    }
    let loaded = wants_snapshot || since.is_some();
    if loaded {
        cx.subscriptions.presence.learn();
    }
    let mut success = Success { channels: Some(channels), ..Success::raw(map) };
    let root = Child { spec, topic: desk.topic.clone(), info: Arc::clone(&desk.info) };
    let parts: Vec<Child> = std::iter::once(root).chain(children).collect();
    let mut gates = Vec::new();
    for part in &parts {
        gates.push(join(cx, part, loaded)?);
    }
    let resumed = match &since {
        Some(held) => resume_all(cx, &parts, &mut gates, held).await?,
        None => None,
    };
    if since.is_some() {
        success.recovered = Some(resumed.is_some());
    }
    let positions = match resumed {
        Some(positions) => positions,
        None => {
            let mut positions = Vec::new();
            // What other rows lead to first: what is told of them from then on may be in the rows
            // that are read after it, and does no harm there.
            for (part, gate) in parts.iter().zip(&mut gates).skip(1) {
                positions.push(begin(cx, part, gate, wants_snapshot).await?);
            }
            let (part, gate) = (&parts[0], &mut gates[0]);
            let stored = if part.spec.looking.is_some() {
                let rows = wants_snapshot.then_some(&mut success.snapshot);
                let stored =
                    enter(cx, &part.info, &part.spec.renderer, &query, gate, rows, wants_snapshot)
                        .await?;
                gate.ready(Cut { stored, pending: HashSet::new() }, Vec::new());
                stored
            } else {
                let rows = wants_snapshot.then_some((&query, part.spec.renderer.as_ref()));
                let (cut, objects) = cut::<R>(cx, desk, gate, rows).await?;
                success.snapshot = objects.map(|objects| verbs::array(&objects));
                open_at(gate, cut, wants_snapshot)
            };
            if let Some(snapshot) = success.snapshot.take() {
                let told = include::as_told(snapshot, desk.includes(view), &gates[1..]).await;
                success.snapshot = Some(told);
            }
            positions.insert(0, stored);
            positions
        }
    };
    let bound =
        gates.iter().zip(positions).map(|(gate, at)| gate.subscription().bound(at)).collect();
    place(&mut success, names, bound);
    cx.gates.extend(keys.into_iter().zip(gates));
    Ok(success)
}

/// Under which keys the seats of a subscription are kept: the first is that of its own rows.
fn keys(route: &str, filter: &str, count: usize) -> Vec<(String, String)> {
    let key = |at| match at {
        0 => filter.to_owned(),
        // A filter's text has no such mark.
        at => format!("{filter}>{at}"),
    };
    (0..count).map(|at| (route.to_owned(), key(at))).collect()
}

/// The positions of a subscription that is there already.
fn held_already(
    cx: &Context<'_>,
    keys: &[(String, String)],
    bindings: &[&str],
) -> Option<Vec<String>> {
    keys.iter()
        .zip(bindings)
        .map(|(key, binding)| {
            let held = cx.subscriptions.seats.get(key)?;
            (held.binding() == *binding).then(|| held.position()).flatten()
        })
        .collect()
}

/// Says where the channels begin.
fn place(success: &mut Success, names: Vec<String>, positions: Vec<String>) {
    if names.len() == 1 {
        success.position = positions.into_iter().next();
    } else {
        success.positions = Some(names.into_iter().zip(positions).collect());
    }
}

fn join(cx: &Context<'_>, part: &Child, loaded: bool) -> Result<Gate, Failure> {
    let presence = cx.subscriptions.presence.clone();
    let mut gate = cx
        .services
        .hub
        .join(&part.topic, part.spec.clone(), cx.outbox.clone(), loaded, presence)
        .ok_or_else(|| Failure::internal(&format!("no topic `{}`", part.topic)))?;
    gate.asked(cx.args.clone());
    Ok(gate)
}

/// Where a channel begins whose rows are not asked for by themselves.
async fn begin(
    cx: &Context<'_>,
    part: &Child,
    gate: &mut Gate,
    wants_snapshot: bool,
) -> Result<Position, Failure> {
    if part.spec.looking.is_none() {
        let cut = cut_of(cx, part.info.name, gate).await?;
        return Ok(open_at(gate, cut, wants_snapshot));
    }
    let (filter, order) = (part.spec.filter.clone(), Order::default());
    let query = ListQuery { filter, order, limit: 0 };
    let stored =
        enter(cx, &part.info, &part.spec.renderer, &query, gate, None, wants_snapshot).await?;
    gate.ready(Cut { stored, pending: HashSet::new() }, Vec::new());
    Ok(stored)
}

/// Lets the gate open at a cut. Without rows the client may have read them before: it is told
/// everything that was not published yet, which at worst repeats what it has.
fn open_at(gate: &mut Gate, cut: Cut, wants_snapshot: bool) -> Position {
    let stored = cut.stored;
    let pending = if wants_snapshot { cut.pending } else { HashSet::new() };
    gate.ready(Cut { pending, stored }, Vec::new());
    stored
}

/// Ends a subscription, for all the client's own names of its channel.
///
/// # Errors
/// What to tell the caller.
pub async fn unsubscribe<R: ModelRouter>(router: &R, cx: &mut Context<'_>) -> Outcome {
    let desk = cx.desk()?;
    let local = cx.args.get("channel").cloned().unwrap_or(Json::Null);
    let query = live_query(router, cx, desk)?;
    let filter = client_channel(cx, desk)?;
    let count = 1 + desk.includes(router.view(cx.caller)).len();
    let mut names = Vec::new();
    for key in keys(&cx.route, &filter, count) {
        let ended = cx.subscriptions.seats.remove(&key);
        names.extend(ended.map(|subscription| subscription.channel().to_owned()));
    }
    if names.is_empty() {
        let spec = spec(router, cx, desk, &query, &filter)?;
        let children = include::children(cx, desk, router.view(cx.caller), &spec)?;
        names.push(spec.name);
        names.extend(children.into_iter().map(|child| child.spec.name));
    }
    Ok(Success {
        channels: Some(ChannelData { local, remote: names, action: "unsubscribe" }),
        ..Success::of(&json!("unsubscribed"))
    })
}

/// The client's filter within the scope and the router's own context.
pub(super) fn live_query<R: ModelRouter>(
    router: &R,
    cx: &Context<'_>,
    desk: &Desk,
) -> Result<ListQuery, Failure> {
    let query = verbs::list_query(router, cx, desk)?;
    Ok(ListQuery { filter: query.filter.and(context(router, cx, desk)?), ..query })
}

/// What the router adds to a subscription, checked against the model.
fn context<R: ModelRouter>(router: &R, cx: &Context<'_>, desk: &Desk) -> Result<Filter, Failure> {
    admit(&desk.info, cx.services.database, router.subscription_context(cx)?).map_err(|why| {
        Failure::internal(&format!("the subscription context of `{}`: {why}", R::ROUTE))
    })
}

/// The name of the channel that the client's filter means, whatever its scope.
pub(super) fn client_channel(cx: &Context<'_>, desk: &Desk) -> Result<String, Failure> {
    let pairs = arguments::canonical(desk, &arguments::wire_filter(&cx.args)?)?;
    Ok(channel_name(desk.info.name, &pairs))
}

/// The channel that a client's filter means within its scope.
pub(super) fn spec<R: ModelRouter>(
    router: &R,
    cx: &Context<'_>,
    desk: &Desk,
    query: &ListQuery,
    client_channel: &str,
) -> Result<ChannelSpec, Failure> {
    let scope = verbs::scope(router, cx, desk)?.and(context(router, cx, desk)?);
    let mut name = client_channel.to_owned();
    if scope != Filter::All {
        // Another scope is another audience, so another name; it says nothing of the scope.
        name.push_str(&format!("~{}", fingerprint(&format!("{scope:?}"))));
    }
    let filter = query.filter.clone();
    let renderer = Arc::clone(desk.renderer(router.view(cx.caller))?);
    let binding = fingerprint(&format!("{filter:?} in {scope:?} as {}", renderer.name));
    let looking = filter.needs_database().then(|| Looking {
        members: Arc::new(DbMembers::new(cx.services, &desk.info, &renderer, &filter)),
        own: Own::of(&desk.info, &filter),
        watches: watches(&desk.info, &filter),
    });
    let telling = Telling { condition: R::publish, views: desk.views.clone() };
    Ok(ChannelSpec { name, filter, renderer, binding, looking, telling })
}

/// Enters a channel whose filter looks into other tables: the rows are read in its turn. `fresh`
/// says that the client is given all rows in any case, here or with those that lead to them.
pub(super) async fn enter(
    cx: &Context<'_>,
    info: &Arc<ModelInfo>,
    renderer: &Arc<Renderer>,
    query: &ListQuery,
    gate: &Gate,
    snapshot: Option<&mut Option<String>>,
    fresh: bool,
) -> Result<Position, Failure> {
    let members = DbMembers::new(cx.services, info, renderer, &query.filter);
    let entry = gate.turn().await.ok_or_else(|| Failure::internal(&"a channel of one table"))?;
    if let (Some(position), None) = (entry.position(), &snapshot) {
        // What was told until now is in what the client is about to be given.
        if fresh {
            gate.shut();
        }
        return Ok(position);
    }
    let rows = members.all(&query.order).await.map_err(|error| failure(&error))?;
    if let Some(snapshot) = snapshot {
        verbs::not_too_many(cx, rows.len())?;
        let objects: Vec<String> = rows.iter().filter_map(|row| row.object.clone()).collect();
        *snapshot = Some(verbs::array(&objects));
    }
    entry.load(&rows).map_err(|TooMany| {
        let most = cx.services.config.path_rows;
        let sentence =
            format!("More than {most} rows match; a subscription over relations has no more.");
        Failure::new(Code::TooMany, sentence)
    })
}

/// The cut, and the objects where rows are asked for; taken again while the gate overflows.
pub(super) async fn cut<R: ModelRouter>(
    cx: &Context<'_>,
    desk: &Desk,
    gate: &Gate,
    rows: Option<(&ListQuery, &Renderer)>,
) -> Result<(Cut, Option<Vec<String>>), Failure> {
    let Some((query, renderer)) = rows else {
        return Ok((cut_of(cx, desk.info.name, gate).await?, None));
    };
    let services = cx.services;
    for _ in 0..ATTEMPTS {
        let (transaction, cut) = begin_cut(&services.db, &services.tables, desk.info.name)
            .await
            .map_err(|error| failure(&error))?;
        let objects = verbs::objects::<R, _>(cx, desk, renderer, query, &transaction).await?;
        transaction.commit().await.map_err(|error| failure(&error))?;
        if !gate.overflowed() {
            return Ok((cut, Some(objects)));
        }
        gate.shut();
    }
    Err(too_much())
}

/// The cut of a topic alone.
pub(super) async fn cut_of(cx: &Context<'_>, topic: &str, gate: &Gate) -> Result<Cut, Failure> {
    let services = cx.services;
    for _ in 0..ATTEMPTS {
        let (transaction, cut) = begin_cut(&services.db, &services.tables, topic)
            .await
            .map_err(|error| failure(&error))?;
        transaction.commit().await.map_err(|error| failure(&error))?;
        if !gate.overflowed() {
            return Ok(cut);
        }
        gate.shut();
    }
    Err(too_much())
}

fn too_much() -> Failure {
    Failure::new(Code::Unavailable, "Too much changes just now; try again.")
}
