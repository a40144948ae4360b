//! The loop of a conversation.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::{Person, Routes, dispatch::dispatch, rights::reconsider};
use crate::auth::Handshake;
use crate::link::FarEnd;
use crate::protocol::Close;
use crate::router::{Services, Subscriptions};
use crate::shutdown::Shutdown;

/// The shortest pause between two looks at a session.
const BRIEFLY: Duration = Duration::from_millis(10);

/// What a conversation needs.
pub(crate) struct Conversation {
    pub(crate) person: Person,
    pub(crate) services: Services,
    pub(crate) routes: Arc<Routes>,
}

/// Answers what comes until the transport is gone, the outbox is closed, or the app shuts down;
/// a verb in hand is always finished.
pub(crate) async fn run(
    mut conversation: Conversation,
    handshake: Handshake,
    mut link: FarEnd,
    shutdown: Shutdown,
) {
    let greeted = tokio::select! {
        greeted = conversation.person.greet(handshake) => greeted,
        () = link.outbox.closed() => Ok(()),
        () = shutdown.signalled() => Err(Close::GOING_AWAY),
    };
    if let Err(close) = greeted {
        return link.outbox.close(close);
    }
    let presence = conversation.person.presence.clone();
    let mut subscriptions = Subscriptions { presence, ..Subscriptions::default() };
    let connection = conversation.person.caller.connection;
    // Thrice within the time after which it would expire.
    let mut touch = interval((conversation.services.config.session_expiry / 3).max(BRIEFLY));
    touch.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // Whoever asks much and reads little waits here, and so does its socket.
        tokio::select! {
            () = link.outbox.room() => {}
            () = shutdown.signalled() => {}
        }
        if link.outbox.is_closed() {
            break;
        }
        // Before what the client asks next, which would be answered as to who it is now.
        if let Err(close) = reconsider(&mut conversation, &link.outbox, &mut subscriptions).await {
            link.outbox.close(close);
            break;
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
            _ = touch.tick() => {
                subscriptions.session.touch(&conversation.services, connection).await;
                continue;
            }
            text = link.inbox.recv() => text,
        };
        let Some(text) = text else { break };
        dispatch(&mut conversation, &link.outbox, &mut subscriptions, &text).await;
    }
    link.outbox.close(Close::NORMAL);
    subscriptions.session.end(&conversation.services, connection).await;
}
