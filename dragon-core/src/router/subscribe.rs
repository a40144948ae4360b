//! Subscribing: gate, snapshot or history, reply, open.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::include::{self, Child};
use super::members::DbMembers;
use super::resume::{resume_all, since};
use super::whole::whole;
use super::{Context, Desk, ModelRouter, Outcome, arguments, failure, page, verbs};
use crate::change::Position;
use crate::filter::{Filter, fingerprint};
use crate::hub::{ChannelSpec, Gate, Looking, Telling, TooMany};
use crate::model::{Cut, ListQuery, Order, Own, admit, begin_cut, watches};
use crate::protocol::{ChannelData, Code, Failure, Success, channel_name};

/// How often a snapshot is taken again because more happened meanwhile than a gate keeps.
pub(super) const ATTEMPTS: usize = 5;

/// Opens a subscription to the rows of the scope that match the client's filter.
///
/// # Errors
/// What to tell the caller; what was subscribed before stays.
pub async fn subscribe<R: ModelRouter>(router: &R, cx: &mut Context<'_>) -> Outcome {
    let asked = cx.args.clone();
    let outcome = subscribe_as(router, cx, &asked).await;
    // Whoever looks at the call afterwards finds what the client sent.
    cx.args = asked;
    outcome
}

async fn subscribe_as<R: ModelRouter>(
    router: &R,
    cx: &mut Context<'_>,
    asked: &Map<String, Json>,
) -> Outcome {
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
    let narrowed = narrow(router, cx, desk, asked)?;
    let query = live_query(router, cx, desk, &narrowed)?;
    let filter = client_channel(cx, desk)?;
    let spec = spec(router, cx, desk, &query, &filter, &narrowed)?;
    let view = router.view(cx.caller);
    let children = include::children(cx, desk, view, &spec)?;
    let map = include::object_map(desk.includes(view), &children);
    let mut names = vec![spec.name.clone()];
    names.extend(children.iter().map(|child| child.spec.name.clone()));
    let channels = ChannelData { local, remote: names.clone(), action: "subscribe" };
    let keys = keys(cx.route.as_str(), &narrowed.key(&filter), names.len());
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
    let (topic, info) = (desk.topic.clone(), Arc::clone(&desk.info));
    let root = Child { spec, topic, info, holders: None };
    let parts: Vec<Child> = std::iter::once(root).chain(children).collect();
    let asked: Arc<str> = Json::Object(asked.clone()).to_string().into();
    let mut gates = Vec::new();
    for part in &parts {
        gates.push(join(cx, part, loaded, &asked)?);
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
        None if wants_snapshot => {
            let (positions, objects) = whole(cx, &parts, &mut gates, &query).await?;
            success.snapshot = Some(verbs::array(&objects));
            positions
        }
        None => {
            let mut positions = Vec::new();
            for (part, gate) in parts.iter().zip(&mut gates) {
                positions.push(begin(cx, part, gate).await?);
            }
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
pub(super) fn keys(route: &str, filter: &str, count: usize) -> Vec<(String, String)> {
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

pub(super) fn join(
    cx: &Context<'_>,
    part: &Child,
    loaded: bool,
    asked: &Arc<str>,
) -> Result<Gate, Failure> {
    let presence = cx.subscriptions.presence.clone();
    let mut gate = cx
        .services
        .hub
        .join(&part.topic, part.spec.clone(), cx.outbox.clone(), loaded, presence)
        .ok_or_else(|| Failure::internal(&format!("no topic `{}`", part.topic)))?;
    gate.asked(Arc::clone(asked));
    Ok(gate)
}

/// Where a channel begins whose rows are not asked for: the client may have read them before, so
/// it is told everything that was not published yet, which at worst repeats what it has.
async fn begin(cx: &Context<'_>, part: &Child, gate: &mut Gate) -> Result<Position, Failure> {
    let stored = match part.spec.looking {
        Some(_) => enter(cx, part, gate, false).await?,
        None => cut_of(cx, part.info.name, gate).await?.stored,
    };
    gate.ready(Cut { stored, pending: HashSet::new() }, Vec::new());
    Ok(stored)
}

/// The client's filter within the scope and the router's own context.
pub(super) fn live_query<R: ModelRouter>(
    router: &R,
    cx: &Context<'_>,
    desk: &Desk,
    narrowed: &Narrowed,
) -> Result<ListQuery, Failure> {
    let query = verbs::list_query(router, cx, desk)?;
    Ok(ListQuery { filter: query.filter.and(narrowed.context.clone()), ..query })
}

/// What a router makes of the arguments of a subscription.
pub(super) struct Narrowed {
    /// What it adds, checked against the model.
    context: Filter,
    /// The arguments that it took for itself, as JSON text; empty where it took none.
    taken: String,
}

impl Narrowed {
    /// What tells a subscription from the others of a connection: all that the client asked for.
    pub(super) fn key(&self, filter: &str) -> String {
        // A filter's text has no such mark.
        if self.taken.is_empty() { filter.to_owned() } else { format!("{filter}?{}", self.taken) }
    }
}

/// Asks the router for its context. What it takes out of the call's arguments meanwhile is its
/// own, and no filter.
pub(super) fn narrow<R: ModelRouter>(
    router: &R,
    cx: &mut Context<'_>,
    desk: &Desk,
    asked: &Map<String, Json>,
) -> Result<Narrowed, Failure> {
    let context = router.subscription_context(cx)?;
    let context = admit(&desk.info, cx.services.database, context).map_err(|why| {
        Failure::internal(&format!("the subscription context of `{}`: {why}", R::ROUTE))
    })?;
    Ok(Narrowed { context, taken: arguments::taken(asked, &cx.args) })
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
    narrowed: &Narrowed,
) -> Result<ChannelSpec, Failure> {
    let scope = verbs::scope(router, cx, desk)?.and(narrowed.context.clone());
    let mut name = client_channel.to_owned();
    if scope != Filter::All || !narrowed.taken.is_empty() {
        // Another scope is another audience, so another name; it says nothing of the scope. The
        // same of other arguments, so that no two seats of a connection have one name.
        let audience = format!("{scope:?}{}", narrowed.taken);
        name.push_str(&format!("~{}", fingerprint(&audience)));
    }
    let filter = query.filter.clone();
    let renderer = Arc::clone(desk.renderer(router.view(cx.caller))?);
    let binding = fingerprint(&format!("{filter:?} in {scope:?} as {}", renderer.name));
    let looking = filter.needs_database().then(|| Looking {
        members: Arc::new(DbMembers::new(cx.services, &desk.info, &renderer, &filter, None)),
        own: Own::of(&desk.info, &filter),
        watches: watches(&desk.info, &filter),
    });
    let telling = Telling { condition: R::publish, views: desk.views.clone() };
    Ok(ChannelSpec { name, filter, renderer, binding, looking, telling })
}

/// Enters a channel whose filter looks into other tables. `fresh` says that the client loads all
/// rows anew after this.
pub(super) async fn enter(
    cx: &Context<'_>,
    part: &Child,
    gate: &Gate,
    fresh: bool,
) -> Result<Position, Failure> {
    let entry = gate.turn().await.ok_or_else(|| Failure::internal(&"a channel of one table"))?;
    if let Some(position) = entry.position() {
        if fresh {
            gate.shut();
        }
        return Ok(position);
    }
    let rows =
        part.members(cx.services).all(&Order::default()).await.map_err(|error| failure(&error))?;
    entry.load(&rows).map_err(|TooMany| too_many_related(cx))
}

pub(super) fn too_many_related(cx: &Context<'_>) -> Failure {
    let most = cx.services.config.path_rows;
    let sentence =
        format!("More than {most} rows match; a subscription over relations has no more.");
    Failure::new(Code::TooMany, sentence)
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

pub(super) fn too_much() -> Failure {
    Failure::new(Code::Unavailable, "Too much changes just now; try again.")
}
