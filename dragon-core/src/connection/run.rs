//! The loop of a conversation.

use std::sync::Arc;

use super::{Routes, dispatch::dispatch};
use crate::auth::Caller;
use crate::link::FarEnd;
use crate::protocol::Close;
use crate::router::{Services, Subscriptions};
use crate::shutdown::Shutdown;

/// What a conversation needs.
pub(crate) struct Conversation {
    pub(crate) caller: Caller,
    pub(crate) services: Services,
    pub(crate) routes: Arc<Routes>,
}

/// Answers what comes until the transport is gone, the outbox is closed, or the app shuts down;
/// a verb in hand is always finished.
pub(crate) async fn run(conversation: Conversation, mut link: FarEnd, shutdown: Shutdown) {
    let mut subscriptions = Subscriptions::default();
    loop {
        // Whoever asks much and reads little waits here, and so does its socket.
        tokio::select! {
            () = link.outbox.room() => {}
            () = shutdown.signalled() => {}
        }
        if link.outbox.is_closed() {
            break;
        }
        let text = tokio::select! {
            text = link.inbox.recv() => text,
            () = link.outbox.closed() => None,
            () = shutdown.signalled() => {
                link.outbox.close(Close::GOING_AWAY);
                None
            }
        };
        let Some(text) = text else { break };
        dispatch(&conversation, &link.outbox, &mut subscriptions, &text).await;
    }
    link.outbox.close(Close::NORMAL);
}
