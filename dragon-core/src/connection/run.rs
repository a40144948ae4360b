//! The loop of a conversation.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::{
    Person, Routes,
    dispatch::dispatch,
    rights::{Why, reconsider},
};
use crate::auth::Handshake;
use crate::link::{FarEnd, Outbox};
use crate::protocol::{Close, encode_heartbeat};
use crate::router::{Services, Subscriptions};
use crate::shutdown::Shutdown;

/// The shortest pause between two looks at a session.
const BRIEFLY: Duration = Duration::from_millis(10);

/// What a conversation needs.
pub(crate) struct Conversation {
    pub(crate) person: Person,
    pub(crate) services: Arc<Services>,
    pub(crate) routes: Arc<Routes>,
}

/// Answers what comes until the transport is gone, the outbox is closed, or the app shuts down;
/// a verb in hand is always finished.
///
/// Whatever is seldom under way is boxed, here and below: every idle connection keeps room for the
/// rest.
pub(crate) async fn run(
    mut conversation: Box<Conversation>,
    handshake: Box<Handshake>,
    mut link: FarEnd,
    shutdown: Shutdown,
) {
    let greeted = tokio::select! {
        greeted = Box::pin(conversation.person.greet(handshake)) => greeted,
        () = link.outbox.closed() => Ok(()),
        () = shutdown.signalled() => Err(Close::GOING_AWAY),
    };
    if let Err(close) = greeted {
        return link.outbox.close(close);
    }
    let presence = conversation.person.presence.clone();
    let mut subscriptions = Subscriptions { presence, ..Subscriptions::default() };
    let connection = conversation.person.caller.connection;
    let mut touch = None;
    let mut beat = conversation.services.config.heartbeat_every.and_then(paced);
    loop {
        if link.outbox.is_closed() {
            break;
        }
        // Before what the client asks next, which would be answered as to who it is now.
        if let Some(doubts) = subscriptions.presence.doubts() {
            let all = (&mut *conversation, &link.outbox, &mut subscriptions);
            if let Err(close) = Box::pin(reconsider(all, doubts, Why::Changed, &shutdown)).await {
                link.outbox.close(close);
                break;
            }
        }
        let text = tokio::select! {
            // What is to be done comes before what is asked.
            biased;
            () = subscriptions.presence.doubted() => continue,
            () = link.outbox.closed() => None,
            () = conversation.person.expired() => {
                link.outbox.close(Close::LOGIN_EXPIRED);
                None
            }
            () = shutdown.signalled() => {
                link.outbox.close(Close::GOING_AWAY);
                None
            }
            () = next(&mut touch) => {
                let session = &subscriptions.session;
                Box::pin(session.touch(&conversation.services, connection)).await;
                continue;
            }
            () = next(&mut beat) => {
                // Who has much to read sees by that that the server lives.
                if link.outbox.has_room() {
                    link.outbox.push(&encode_heartbeat());
                }
                continue;
            }
            text = asked(&link.outbox, &mut link.inbox) => text,
        };
        let Some(text) = text else { break };
        let all = (&mut *conversation, &link.outbox, &mut subscriptions);
        Box::pin(dispatch(all, &text, &shutdown)).await;
        if touch.is_none() && subscriptions.session.is_used() {
            // Thrice within the time after which it would expire.
            let pause = (conversation.services.config.session_expiry / 3).max(BRIEFLY);
            touch = paced(pause);
        }
    }
    link.outbox.close(Close::NORMAL);
    Box::pin(subscriptions.session.end(&conversation.services, connection)).await;
}

/// What the client asks next. Whoever asks much and reads little waits here, and so does its
/// socket; what ends or changes the conversation meanwhile does not.
async fn asked(outbox: &Outbox, inbox: &mut mpsc::Receiver<String>) -> Option<String> {
    if !outbox.has_room() {
        Box::pin(outbox.room()).await;
    }
    inbox.recv().await
}

/// What is to be done again and again, the first time after a pause; `None` for one so long that
/// it has no end.
fn paced(pause: Duration) -> Option<Interval> {
    let mut interval = interval_at(Instant::now().checked_add(pause)?, pause);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Some(interval)
}

/// Until it is time again, if it ever is.
async fn next(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => drop(interval.tick().await),
        None => std::future::pending().await,
    }
}
