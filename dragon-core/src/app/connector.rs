//! How connections begin: admitted, counted, and given a conversation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::auth::{FirstOf, Handshake, Origins};
use crate::connection::{Conversation, Person, Routes, run};
use crate::link::{NearEnd, link};
use crate::protocol::Close;
use crate::router::Services;
use crate::shutdown::Shutdown;
use crate::transport::{Connect, ConversationTask, outbox_limits};

/// How a transport begins a conversation with this app.
pub(super) fn connector(
    services: Services,
    routes: Routes,
    authenticators: FirstOf,
    shutdown: &Shutdown,
) -> Connect {
    let origins = Origins::and(services.config.origins.iter().cloned());
    let (next, open) = (AtomicU64::new(1), Arc::new(AtomicUsize::new(0)));
    let (routes, authenticators) = (Arc::new(routes), Arc::new(authenticators));
    let (shutdown, services) = (shutdown.clone(), Arc::new(services));
    Arc::new(move |handshake: Handshake| -> (NearEnd, Option<ConversationTask>) {
        let (near, far) = link(outbox_limits(&services.config));
        let refusal = if shutdown.is_signalled() {
            Some(Close::GOING_AWAY)
        } else if !origins.admit(&handshake) {
            tracing::info!(
                origin = handshake.header("origin"),
                "a page of another origin was refused; DRAGON_ORIGINS lists those that may connect"
            );
            Some(Close::INVALID_ORIGIN)
        } else if open.load(Ordering::Relaxed) >= services.config.connections {
            Some(Close::TOO_MANY)
        } else {
            None
        };
        if let Some(close) = refusal {
            near.outbox.close(close);
            return (near, None);
        }
        let seat = Seat::take(&open);
        let conversation = Box::new(Conversation {
            person: Person::new(
                next.fetch_add(1, Ordering::Relaxed),
                Arc::clone(&authenticators),
                Arc::clone(&services.hub),
            ),
            services: Arc::clone(&services),
            routes: Arc::clone(&routes),
        });
        let (shutdown, handshake) = (shutdown.clone(), Box::new(handshake));
        let task: ConversationTask = Box::pin(async move {
            run(conversation, handshake, far, shutdown).await;
            drop(seat);
        });
        (near, Some(task))
    })
}

/// Counts a connection while it lives.
struct Seat(Arc<AtomicUsize>);

impl Seat {
    fn take(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
