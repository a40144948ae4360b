//! From a message to its reply.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;

use super::login::{self, Stopped};
use super::rights::All;
use crate::protocol::{Code, Failure, Request, encode_reply};
use crate::router::{Asked, Context, DynRouter, OpenData};
use crate::shutdown::Shutdown;

/// The registered routers by name: built once, then never changed.
pub(crate) type Routes = HashMap<&'static str, Arc<dyn DynRouter>>;

/// Answers one message.
pub(super) async fn dispatch(
    (conversation, outbox, subscriptions): All<'_>,
    text: &str,
    shutdown: &Shutdown,
) {
    let limit = conversation.services.config.message_size;
    let mut request = match Request::decode(text, limit) {
        Ok(Some(request)) => request,
        Ok(None) => return,
        Err(refused) => {
            let (callback, verb) = (refused.callback.as_deref(), refused.verb.as_deref());
            outbox.reply(encode_reply(callback, verb, &Err(refused.failure)));
            return;
        }
    };
    let (callback, verb, route) =
        (request.callback.clone(), request.verb.clone(), request.route.clone());
    let reply = |outcome| encode_reply(callback.as_deref(), Some(&verb), outcome);
    if route == login::ROUTE {
        let outcome =
            login::answer(&mut conversation.person, &subscriptions.presence, request).await;
        outbox.reply(reply(&outcome));
        return;
    }
    let Some(router) = conversation.routes.get(route.as_str()).map(Arc::clone) else {
        let mut known: Vec<&str> = conversation.routes.keys().copied().collect();
        known.sort_unstable();
        let sentence = format!("There is no route `{route}`; there are {}.", known.join(", "));
        outbox.reply(reply(&Err(Failure::new(Code::UnknownRoute, sentence))));
        return;
    };
    // Where it is a filter of the router, or another argument of its own, it is that.
    let filters = conversation.services.desks.get(route.as_str()).map(|desk| &desk.filters);
    if matches!(verb.as_str(), "subscribe" | "unsubscribe")
        && !router.takes_token()
        && !filters.is_some_and(|filters| filters.iter().any(|field| field == "token"))
    {
        let all = (&mut *conversation, outbox, &mut *subscriptions);
        let known = login::by_subscribing(all, &mut request, shutdown);
        match Box::pin(known).await {
            Ok(()) => {}
            Err(Stopped::Refused(failure)) => return outbox.reply(reply(&Err(failure))),
            Err(Stopped::Over(close)) => return outbox.close(close),
        }
    }
    let services = &conversation.services;
    let mut context =
        Context::new(request, &conversation.person.caller, services, outbox, subscriptions);
    // A verb that panics is a fault of this call, not of the connection.
    let outcome = AssertUnwindSafe(router.call(&verb, &mut context))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Failure::internal(&format!("`{route}` `{verb}` panicked"))));
    tracing::debug!(
        connection = conversation.person.caller.connection,
        route,
        verb,
        ok = outcome.is_ok(),
        "answered"
    );
    let mut hold = context.hold.take();
    let opens = if outcome.is_ok() { std::mem::take(&mut context.opens) } else { Vec::new() };
    let mut gates = if outcome.is_ok() { std::mem::take(&mut context.gates) } else { Vec::new() };
    let asked = if opens.is_empty() { Asked::default() } else { context.asked() };
    // A seat that is taken anew is given up before the reply: what came since the new gate was
    // shut is told once, after it.
    for (key, gate) in &mut gates {
        if let Some(before) = subscriptions.seats.remove(key) {
            gate.replaces(&before);
        }
    }
    // Before the reply, so that nothing is missed from then on; what comes waits behind it.
    if !opens.is_empty() {
        hold.get_or_insert_with(|| outbox.hold());
    }
    for channel in opens {
        let asked = asked.clone();
        match subscriptions.data.entry(channel) {
            Entry::Occupied(mut open) => open.get_mut().asked = asked,
            Entry::Vacant(place) => {
                let (outbox, presence) = (outbox.clone(), subscriptions.presence.clone());
                let seat = services.hub.join_data(place.key(), outbox, presence);
                place.insert(OpenData { _seat: seat, asked });
            }
        }
    }
    outbox.reply(reply(&outcome));
    for (key, gate) in gates {
        subscriptions.seats.insert(key, gate.open());
    }
    drop(hold);
}
