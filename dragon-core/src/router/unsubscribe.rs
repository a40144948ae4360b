//! Ending a subscription, whatever its router says to it by now.

use serde_json::{Map, Value as Json, json};

use super::subscribe::{client_channel, keys, live_query, narrow, spec};
use super::{Context, Desk, ModelRouter, Outcome, arguments, include};
use crate::hub::Subscription;
use crate::protocol::{ChannelData, Success};

/// Ends a subscription, for all the client's own names of its channel: the one that was asked for
/// with these arguments, however they are spelled.
///
/// # Errors
/// What to tell the caller; only where there is no such subscription.
pub async fn unsubscribe<R: ModelRouter>(router: &R, cx: &mut Context<'_>) -> Outcome {
    let asked = cx.args.clone();
    let outcome = unsubscribe_as(router, cx, &asked);
    cx.args = asked;
    outcome
}

fn unsubscribe_as<R: ModelRouter>(
    router: &R,
    cx: &mut Context<'_>,
    asked: &Map<String, Json>,
) -> Outcome {
    let desk = cx.desk()?;
    let local = cx.args.get("channel").cloned().unwrap_or(Json::Null);
    // The router is not asked: it might refuse by now, and the client be told for ever what it does
    // not want to be told.
    let held = held(cx, desk, asked);
    let mut names = end(cx, &held);
    if names.is_empty() {
        let narrowed = narrow(router, cx, desk, asked)?;
        let query = live_query(router, cx, desk, &narrowed)?;
        let filter = client_channel(cx, desk)?;
        let count = 1 + desk.includes(router.view(cx.caller)).len();
        names = end(cx, &keys(&cx.route, &narrowed.key(&filter), count));
        if names.is_empty() {
            let spec = spec(router, cx, desk, &query, &filter, &narrowed)?;
            let children = include::children(cx, desk, router.view(cx.caller), &spec)?;
            names.push(spec.name);
            names.extend(children.into_iter().map(|child| child.spec.name));
        }
    }
    Ok(Success {
        channels: Some(ChannelData { local, remote: names, action: "unsubscribe" }),
        ..Success::of(&json!("unsubscribed"))
    })
}

/// The keys of the seats that were asked for with these arguments, that of the own rows first.
fn held(cx: &Context<'_>, desk: &Desk, asked: &Map<String, Json>) -> Vec<(String, String)> {
    let wanted = arguments::spelled(desk, asked);
    let is_meant = |held: &Subscription| {
        serde_json::from_str(held.asked())
            .is_ok_and(|asked: Map<String, Json>| arguments::spelled(desk, &asked) == wanted)
    };
    let seats = cx.subscriptions.seats.iter();
    let meant = seats.filter(|((route, _), held)| *route == cx.route && is_meant(held));
    let mut keys: Vec<(String, String)> = meant.map(|(key, _)| key.clone()).collect();
    // A number stands at the end of the keys of what is covered beside.
    keys.sort_unstable_by(|(_, one), (_, other)| (one.len(), one).cmp(&(other.len(), other)));
    keys
}

/// Gives these seats up, where they are taken. Answers the names of their channels.
fn end(cx: &mut Context<'_>, keys: &[(String, String)]) -> Vec<String> {
    let ended = keys.iter().filter_map(|key| cx.subscriptions.seats.remove(key));
    ended.map(|subscription| subscription.channel().to_owned()).collect()
}
