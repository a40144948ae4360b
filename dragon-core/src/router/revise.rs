//! What becomes of a subscription when its caller may see something else.

use std::collections::HashSet;
use std::sync::Arc;

use super::include::Child;
use super::policy::is_refusal;
use super::subscribe::{client_channel, cut_of, enter, join, live_query, narrow, spec};
use super::{Context, ModelRouter, failure, include};
use crate::change::Row;
use crate::filter::Filter;
use crate::hub::{Gate, Subscription};
use crate::link::Outbox;
use crate::model::Cut;
use crate::protocol::{Action, Failure, encode_push};

/// What becomes of a subscription when its caller may see something else.
#[derive(Debug)]
pub enum Revised {
    /// Nothing: it shows what it showed.
    Same,
    /// Some rows leave, and another subscription of the same name takes its place. A client that
    /// knows positions is told by it to load anew.
    Other(Box<Gate>, Leaving),
    /// Some rows leave, and it ends.
    Over(Leaving),
}

impl Revised {
    /// The rows that leave.
    pub(crate) fn leaving(&self) -> Option<&Leaving> {
        match self {
            Self::Same => None,
            Self::Other(_, leaving) | Self::Over(leaving) => Some(leaving),
        }
    }
}

/// The rows of a subscription that its client sees no more, with little more than their keys. They
/// are read before the first of them is told: telling waits for the client, and what comes and goes
/// meanwhile is not to be told, or has to be.
#[derive(Debug, Default)]
pub struct Leaving {
    rows: Vec<Row>,
}

/// Of how many rows at once it is asked what held them.
const TOGETHER: usize = 256;

/// Asks the router for the scope of its caller anew.
pub(super) async fn revise<R: ModelRouter>(
    router: &R,
    cx: &mut Context<'_>,
    held: &Subscription,
    allowed: bool,
) -> Result<Revised, Failure> {
    let desk = cx.desk()?;
    let is_covered = held.spec().renderer.held().is_some();
    if !allowed {
        return Ok(Revised::Over(leaving(cx, held, &Filter::Nothing).await?));
    }
    let asked = cx.args.clone();
    let narrowed = match narrow(router, cx, desk, &asked) {
        // Who is refused now sees nothing of what they subscribed before.
        Err(failure) if is_refusal(&failure) => {
            return Ok(Revised::Over(leaving(cx, held, &Filter::Nothing).await?));
        }
        narrowed => narrowed?,
    };
    let query = live_query(router, cx, desk, &narrowed)?;
    let name = client_channel(cx, desk)?;
    let root = spec(router, cx, desk, &query, &name, &narrowed)?;
    let part = if is_covered {
        // Of rows that others lead to.
        let now = include::children(cx, desk, router.view(cx.caller), &root)?;
        if now.iter().any(|child| child.spec.binding == held.binding()) {
            return Ok(Revised::Same);
        }
        let path = held.spec().renderer.way();
        now.into_iter().find(|child| child.spec.renderer.way() == path)
    } else {
        let (topic, info) = (desk.topic.clone(), Arc::clone(&desk.info));
        Some(Child { spec: root, topic, info, holders: None })
    };
    let Some(mut part) = part else {
        return Ok(Revised::Over(leaving(cx, held, &Filter::Nothing).await?));
    };
    if part.spec.binding == held.binding() {
        return Ok(Revised::Same);
    }
    // Fixed for the life of the subscription: the client knows it by this name.
    part.spec.name.clone_from(&held.spec().name);
    let loads_anew = cx.subscriptions.presence.knows_positions();
    let mut gate = join(cx, &part, loads_anew, held.asked())?;
    // From here on this one tells, and not that.
    let had_all = held.silence();
    let cut = match part.spec.looking {
        Some(_) => {
            let stored = enter(cx, &part, &gate, false).await?;
            Cut { stored, pending: HashSet::new() }
        }
        None if loads_anew => cut_of(cx, part.info.name, &gate).await?,
        // Everything that the other one has not told.
        None => Cut { stored: held.last(), pending: HashSet::new() },
    };
    gate.ready(cut, Vec::new());
    if loads_anew || !had_all {
        // What the client does not have yet, it has after loading anew.
        gate.miss();
    }
    let leaving = leaving(cx, held, &part.spec.filter).await?;
    Ok(Revised::Other(Box::new(gate), leaving))
}

/// What the client could see and can see no more, as of this moment. Its subscription passes
/// nothing on from here on, so nothing of that comes back by a change that is told after it.
async fn leaving(cx: &Context<'_>, held: &Subscription, now: &Filter) -> Result<Leaving, Failure> {
    held.silence();
    let (services, spec) = (cx.services, held.spec());
    let model = spec.renderer.shared_model();
    let info = services.models.named(model.info().name).ok_or_else(|| {
        Failure::internal(&format!("the model `{}` is not the app's", model.info().name))
    })?;
    let (db, filters) = ((&services.db).into(), (&spec.filter, now));
    let beside = spec.renderer.held_by_column();
    let rows = model.leaving(&db, info, services.database, filters, beside).await;
    Ok(Leaving { rows: rows.map_err(|error| failure(&error))? })
}

impl Leaving {
    /// Tells the client of all of them, since one that keeps no positions loads nothing anew. Waits
    /// until it has read what was before.
    pub(crate) async fn tell(&self, held: &Subscription, outbox: &Outbox) {
        // Bound to what was seen until now: who comes back with it is told to load anew.
        let position = held.position().unwrap_or_default();
        for rows in self.rows.chunks(TOGETHER) {
            for object in held.left(rows).await {
                outbox.room().await;
                if outbox.is_closed() {
                    return;
                }
                outbox.push(&encode_push(held.channel(), Action::Deleted, &object, &position));
            }
        }
    }
}
