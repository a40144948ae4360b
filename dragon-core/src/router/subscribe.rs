//! Subscribing: gate, snapshot or history, reply, open.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::members::DbMembers;
use super::{Context, Desk, ModelRouter, Outcome, arguments, failure, page, verbs};
use crate::broker::Recovered;
use crate::change::Position;
use crate::filter::{Filter, fingerprint};
use crate::hub::{ChannelSpec, Gate, Looking, Rendered, TooMany, render};
use crate::link::Frame;
use crate::model::{Cut, ListQuery, ModelInfo, Own, admit, begin_cut, watches};
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
    let channels = ChannelData { local, remote: vec![spec.name.clone()], action: "subscribe" };
    let key = (cx.route.clone(), filter);
    // The same again, without asking for rows: acknowledged, and nothing is doubled.
    if !wants_snapshot
        && since.is_none()
        && let Some(before) = cx.subscriptions.seats.get(&key)
        && before.binding() == spec.binding
        && let Some(position) = before.position()
    {
        return Ok(Success {
            channels: Some(channels),
            position: Some(position),
            ..Success::raw("[]".to_owned())
        });
    }
    let most = cx.services.config.subscriptions;
    if !cx.subscriptions.seats.contains_key(&key) && cx.subscriptions.count() >= most {
        return Err(Failure::new(
            Code::TooMany,
            format!("A connection has at most {most} subscriptions."),
        ));
    }
    let loaded = wants_snapshot || since.is_some();
    if loaded {
        cx.subscriptions.presence.learn();
    }
    let mut gate = cx
        .services
        .hub
        .join(
            &desk.topic,
            spec.clone(),
            cx.outbox.clone(),
            loaded,
            cx.subscriptions.presence.clone(),
        )
        .ok_or_else(|| Failure::internal(&format!("no topic `{}`", desk.topic)))?;
    gate.asked(cx.args.clone());
    let mut success = Success { channels: Some(channels), ..Success::raw("[]".to_owned()) };
    let resumed = match &since {
        Some(held) => resume::<R>(cx, desk, &spec, &mut gate, held).await?,
        None => None,
    };
    if since.is_some() {
        success.recovered = Some(resumed.is_some());
    }
    let position = match resumed {
        Some(position) => position,
        None if spec.looking.is_some() => {
            let rows = wants_snapshot.then_some(&mut success.snapshot);
            let position = enter(cx, &desk.info, &spec.renderer, &query, &gate, rows).await?;
            gate.ready(Cut { stored: position, pending: HashSet::new() }, Vec::new());
            position
        }
        None => {
            let rows = wants_snapshot.then_some((&query, spec.renderer.as_ref()));
            let (cut, objects) = cut::<R>(cx, desk, &gate, rows).await?;
            success.snapshot = objects.map(|objects| verbs::array(&objects));
            let position = cut.stored;
            // Without rows the client may have read them before: it is told everything that was
            // not published yet, which at worst repeats what it has.
            let pending = if wants_snapshot { cut.pending } else { HashSet::new() };
            gate.ready(Cut { pending, stored: position }, Vec::new());
            position
        }
    };
    success.position = Some(gate.subscription().bound(position));
    cx.gates.push((key, gate));
    Ok(success)
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
    let ended = cx.subscriptions.seats.remove(&(cx.route.clone(), filter.clone()));
    let name = match ended {
        Some(subscription) => subscription.channel().to_owned(),
        None => spec(router, cx, desk, &query, &filter)?.name,
    };
    Ok(Success {
        channels: Some(ChannelData { local, remote: vec![name], action: "unsubscribe" }),
        ..Success::of(&json!("unsubscribed"))
    })
}

/// The position that the client says it has reached: a text, or the map of positions by channel.
fn since(cx: &Context<'_>) -> Result<Option<String>, Failure> {
    match cx.args.get("_since") {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone())),
        Some(Json::Object(map)) if map.len() == 1 && map.values().all(Json::is_string) => {
            Ok(map.values().next().and_then(Json::as_str).map(str::to_owned))
        }
        Some(_) => Err(Failure::bad_request("`_since` is a position that the server gave.")),
    }
}

/// The client's filter within the scope and the router's own context.
fn live_query<R: ModelRouter>(
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
    Ok(ChannelSpec { name, filter, renderer, binding, looking })
}

/// Enters a channel whose filter looks into other tables: the rows are read in its turn.
pub(super) async fn enter(
    cx: &Context<'_>,
    info: &Arc<ModelInfo>,
    renderer: &Arc<Renderer>,
    query: &ListQuery,
    gate: &Gate,
    snapshot: Option<&mut Option<String>>,
) -> Result<Position, Failure> {
    let members = DbMembers::new(cx.services, info, renderer, &query.filter);
    let entry = gate.turn().await.ok_or_else(|| Failure::internal(&"a channel of one table"))?;
    if let (Some(position), None) = (entry.position(), &snapshot) {
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
    let services = cx.services;
    for _ in 0..ATTEMPTS {
        let (transaction, cut) = begin_cut(&services.db, &services.tables, desk.info.name)
            .await
            .map_err(|error| failure(&error))?;
        let objects = match rows {
            Some((query, renderer)) => {
                Some(verbs::objects::<R, _>(cx, desk, renderer, query, &transaction).await?)
            }
            None => None,
        };
        transaction.commit().await.map_err(|error| failure(&error))?;
        if !gate.overflowed() {
            return Ok((cut, objects));
        }
        gate.shut();
    }
    Err(Failure::new(Code::Unavailable, "Too much changes just now; try again."))
}

/// Replays what came after the held position; `None` when that cannot be known.
async fn resume<R: ModelRouter>(
    cx: &Context<'_>,
    desk: &Desk,
    spec: &ChannelSpec,
    gate: &mut Gate,
    held: &str,
) -> Result<Option<Position>, Failure> {
    let Some(at) = gate.subscription().unbound(held) else { return Ok(None) };
    // A broker that went back in time may not know it yet; the database does.
    let stored = cut::<R>(cx, desk, gate, None).await?.0.stored;
    let refused = |why: &str| {
        tracing::info!(channel = spec.name, position = %at, %stored, why, "a client loads anew");
        gate.shut();
        Ok(None)
    };
    let (events, top) = match cx.services.broker.since(&desk.topic, at).await {
        Ok(Recovered::Events { events, top }) => (events, top),
        Ok(Recovered::Gap) => return refused("what it missed is not known any more"),
        Err(error) => return refused(&error.to_string()),
    };
    if !stored.is_within(top) {
        return refused("the broker has lost something");
    }
    if gate.overflowed() {
        return refused("too much came while it resumed");
    }
    let mut replay: Vec<Frame> = Vec::new();
    for event in &events {
        match render(spec, event) {
            Rendered::Told(frame) => replay.push(frame),
            Rendered::Nothing => {}
            Rendered::Unknown => return refused("another version published what it missed"),
        }
    }
    // More than can wait for one client would close it, and it would come back for the same.
    let config = &cx.services.config;
    let bytes: usize = replay.iter().map(Frame::len).sum();
    if replay.len() > config.outbox_messages / 2 || bytes > config.outbox_bytes / 2 {
        return refused(&format!("it missed {} messages of {bytes} bytes", replay.len()));
    }
    gate.ready(Cut { stored: top, pending: HashSet::new() }, replay);
    // What the client holds already stays its position until the replay moves it on.
    Ok(Some(at))
}
