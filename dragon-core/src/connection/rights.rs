//! When a caller may see something else than before.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;

use super::Conversation;
use crate::link::Outbox;
use crate::protocol::{Close, Failure, Request};
use crate::router::{Context, Revised, Subscriptions};
use crate::shutdown::Shutdown;

/// A conversation, its way out, and what it has subscribed.
pub(super) type All<'a> = (&'a mut Conversation, &'a Outbox, &'a mut Subscriptions);

/// Why a caller may see something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The caller's rights have changed, or the caller has.
    Changed,
    /// The page has shown a token with a `subscribe`. It would show it again whenever it is back: so
    /// it is not sent away, but told from now on what it may see.
    Subscribing,
}

/// Asks the routers anew for every subscription of a connection, which is in doubt: what can be
/// seen no more leaves, and the client loads anew what it may see instead. `doubts` is what is
/// settled by that.
///
/// While it is in doubt the seats pass nothing on, so nobody sees what they may see no more. It
/// waits for a client that reads slowly: not longer than its login holds, or than the app lives.
pub(super) async fn reconsider(
    (conversation, outbox, subscriptions): All<'_>,
    doubts: u64,
    why: Why,
    shutdown: &Shutdown,
) -> Result<(), Close> {
    if subscriptions.presence.takes_caller_doubt() {
        tokio::select! {
            asked = conversation.person.ask() => asked?,
            () = shutdown.signalled() => return Err(Close::GOING_AWAY),
        }
    }
    tokio::select! {
        settled = settle(conversation, outbox, subscriptions, doubts, why) => settled,
        () = conversation.person.expired() => Err(Close::LOGIN_EXPIRED),
        () = shutdown.signalled() => Err(Close::GOING_AWAY),
    }
}

async fn settle(
    conversation: &Conversation,
    outbox: &Outbox,
    subscriptions: &mut Subscriptions,
    doubts: u64,
    why: Why,
) -> Result<(), Close> {
    let presence = subscriptions.presence.clone();
    let caller = &conversation.person.caller;
    // Their names say nothing of who may have them, so they end here, whatever the others wait for.
    let mut had_data = false;
    if presence.is_data_doubted() {
        had_data = !std::mem::take(&mut subscriptions.data).is_empty();
        presence.has_no_data();
    }
    let mut kept = Vec::new();
    let mut is_known = true;
    for (key, held) in std::mem::take(&mut subscriptions.seats) {
        let Some(router) = conversation.routes.get(key.0.as_str()) else { continue };
        // It was written from such an object.
        let args = serde_json::from_str(held.asked()).map_err(|_| Close::GOING_AWAY)?;
        let request =
            Request { route: key.0.clone(), verb: "subscribe".to_owned(), args, callback: None };
        let mut cx = Context::new(request, caller, &conversation.services, outbox, subscriptions);
        let revised = AssertUnwindSafe(router.revise(&mut cx, &held, true))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| {
                Err(Failure::internal(&format!("the scope of `{}` panicked", key.0)))
            });
        match revised {
            Ok(revised) => kept.push((key, held, revised)),
            Err(failure) => {
                tracing::warn!(connection = caller.connection, ?failure, "rights are not known");
                is_known = false;
            }
        }
    }
    if is_known {
        // What stays as it was passes on from here. The others have told their last, and what takes
        // their place is behind its gate.
        for (_, held, revised) in &kept {
            if revised.leaving().is_some() {
                held.silence();
            }
        }
        presence.settle(doubts);
    }
    for (_, held, revised) in &kept {
        if let Some(leaving) = revised.leaving() {
            leaving.tell(held, outbox).await;
        }
    }
    // Only now, when what leaves of all the others is on its way: a client that keeps no positions
    // goes on showing what it has, whatever it loads when it is back.
    if !is_known {
        // It cannot be said what may be seen, so nothing is: the client comes back.
        return Err(Close::GOING_AWAY);
    }
    if had_data {
        // The client comes back and asks anew, for all that it had.
        tracing::info!(connection = caller.connection, "a client with data channels asks anew");
        return Err(Close::GOING_AWAY);
    }
    tracing::info!(
        connection = caller.connection,
        user = caller.user,
        subscriptions = kept.len(),
        "what a caller may see was asked anew"
    );
    for (key, held, revised) in kept {
        let held = match revised {
            Revised::Same => {
                held.resync_after_hole();
                held
            }
            Revised::Other(gate, _) => {
                drop(held);
                if why == Why::Changed {
                    gate.miss();
                }
                gate.open()
            }
            Revised::Over(_) => {
                if why == Why::Changed || presence.knows_positions() {
                    held.end();
                }
                continue;
            }
        };
        subscriptions.seats.insert(key, held);
    }
    Ok(())
}
