//! What becomes of a subscription when its caller may see something else.

use std::collections::HashSet;
use std::sync::Arc;

use super::include::Child;
use super::subscribe::{client_channel, cut_of, enter, live_query, narrow, spec};
use super::{Context, ModelRouter, failure, include};
use crate::filter::{Filter, Value};
use crate::hub::{ChannelSpec, Gate, Subscription};
use crate::model::Cut;
use crate::protocol::{Action, Failure, encode_push};

/// What becomes of a subscription when its caller may see something else.
#[derive(Debug)]
pub enum Revised {
    /// Nothing: it shows what it showed.
    Same,
    /// Its client has been told which rows leave, and another subscription of the same name takes
    /// its place, which tells the client to load anew.
    Other(Box<Gate>),
    /// Its client has been told which rows leave, and it ends.
    Over,
}

/// Asks the router for the scope of its caller anew.
pub(super) async fn revise<R: ModelRouter>(
    router: &R,
    cx: &mut Context<'_>,
    held: &Subscription,
    allowed: bool,
) -> Result<Revised, Failure> {
    let desk = cx.desk()?;
    let is_covered = held.topic() != &desk.topic || held.spec().renderer.is_held();
    if !allowed {
        leave(cx, held, &Filter::Nothing).await?;
        return Ok(Revised::Over);
    }
    let asked = cx.args.clone();
    let narrowed = narrow(router, cx, desk, &asked)?;
    let query = live_query(router, cx, desk, &narrowed)?;
    let name = client_channel(cx, desk)?;
    if is_covered {
        // Of rows that others lead to. If it shows other ones now, so does the subscription that
        // it is part of, whose client loads anew and subscribes to all of it.
        let root = spec(router, cx, desk, &query, &name, &narrowed)?;
        let now = include::children(cx, desk, router.view(cx.caller), &root)?;
        if now.iter().any(|child| child.spec.binding == held.binding()) {
            return Ok(Revised::Same);
        }
        let path = held.spec().renderer.way();
        let filter = now.iter().find(|child| child.spec.renderer.way() == path);
        let filter = filter.map_or(&Filter::Nothing, |child| &child.spec.filter);
        leave(cx, held, filter).await?;
        return Ok(Revised::Over);
    }
    let now = ChannelSpec {
        // Fixed for the life of the subscription: the client knows it by this name.
        name: held.spec().name.clone(),
        ..spec(router, cx, desk, &query, &name, &narrowed)?
    };
    if now.binding == held.binding() {
        return Ok(Revised::Same);
    }
    let filter = now.filter.clone();
    let services = cx.services;
    let presence = cx.subscriptions.presence.clone();
    let mut gate = services
        .hub
        .join(&desk.topic, now, cx.outbox.clone(), true, presence)
        .ok_or_else(|| Failure::internal(&format!("no topic `{}`", desk.topic)))?;
    gate.asked(Arc::clone(held.asked()));
    let part = Child {
        spec: gate.subscription().spec().clone(),
        topic: desk.topic.clone(),
        info: Arc::clone(&desk.info),
        holders: None,
    };
    let cut = match part.spec.looking {
        Some(_) => {
            let stored = enter(cx, &part, &gate, true).await?;
            Cut { stored, pending: HashSet::new() }
        }
        None => cut_of(cx, desk.info.name, &gate).await?,
    };
    gate.ready(cut, Vec::new());
    // What the client does not have yet, it has after loading anew.
    gate.miss();
    leave(cx, held, &filter).await?;
    Ok(Revised::Other(Box::new(gate)))
}

/// Tells the client of the rows that it could see and can see no more: all of them, since one that
/// keeps no positions loads nothing anew. It reads as many at a time as are a small part of what may
/// wait for a connection, and waits until the client has read before.
async fn leave(cx: &Context<'_>, held: &Subscription, now: &Filter) -> Result<(), Failure> {
    // Nothing of what is read here comes back by a change that is told after it.
    held.silence();
    let (services, spec) = (cx.services, held.spec());
    let most = (services.config.outbox_messages / 4).max(1);
    let model = spec.renderer.shared_model();
    let info = services.models.named(model.info().name).ok_or_else(|| {
        Failure::internal(&format!("the model `{}` is not the app's", model.info().name))
    })?;
    // Bound to what was seen until now: who comes back with it is told to load anew.
    let position = held.position().unwrap_or_default();
    let key = info.key_column().field;
    let (db, filters) = ((&services.db).into(), (&spec.filter, now));
    let mut last: Option<Value> = None;
    loop {
        let part = (last.as_ref(), most as u64);
        let rows = model.leaving(&db, info, services.database, filters, part).await;
        let rows = rows.map_err(|error| failure(&error))?;
        let keys: Vec<&Value> = rows.iter().filter_map(|row| row.get(key)).collect();
        for object in held.left(&rows).await {
            cx.outbox.room().await;
            cx.outbox.push(&encode_push(held.channel(), Action::Deleted, &object, &position));
        }
        let next = keys.last().map(|key| (*key).clone());
        if rows.len() < most || cx.outbox.is_closed() {
            return Ok(());
        }
        if next.is_none() || next == last {
            return Err(Failure::internal(&format!("the keys of `{}` have no order", info.name)));
        }
        last = next;
    }
}
