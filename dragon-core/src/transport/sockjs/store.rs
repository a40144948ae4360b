//! All sessions of an endpoint, and the sweeper that ends those whose client does not come back.

use std::collections::{BinaryHeap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures::FutureExt;
use tokio::time::{Instant, sleep_until, timeout};

use super::session::{Receiver, Session};
use crate::auth::Handshake;
use crate::link::Outgoing;
use crate::protocol::Close;
use crate::transport::Edge;

/// How long a second receiver waits for the first to leave. A browser that drops one request and
/// makes another may be heard of in the other order.
const OVERLAP: Duration = Duration::from_millis(250);

/// All sessions of an endpoint.
#[derive(Clone)]
pub(super) struct Store(Arc<Inner>);

struct Inner {
    edge: Edge,
    disconnect_delay: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<Arc<str>, Arc<Session>>,
    /// Those without a receiver or a conversation, and some that have one again; each at most
    /// once.
    due: BinaryHeap<Due>,
    /// The sweeper runs: only while there is something to wait for.
    sweeping: bool,
}

impl State {
    /// Whether it is here, and not another one that has its id by now.
    fn has(&self, session: &Arc<Session>) -> bool {
        self.sessions.get(&session.id).is_some_and(|other| Arc::ptr_eq(other, session))
    }

    fn forget(&mut self, session: &Arc<Session>) {
        if self.has(session) {
            self.sessions.remove(&session.id);
        }
    }
}

/// When to look whether a session was left for good; the earliest first.
struct Due {
    at: Instant,
    session: Weak<Session>,
}

/// What a request that wants to receive gets.
#[derive(Debug)]
pub(super) enum Attached {
    /// A session that just began.
    New(Receiver),
    /// One that was there.
    Known(Receiver),
    /// Another request receives for it.
    Busy,
    /// The app wants no conversation; there is no session.
    Refused(Close),
}

impl Store {
    pub(super) fn new(edge: Edge, disconnect_delay: Duration) -> Self {
        Self(Arc::new(Inner { edge, disconnect_delay, state: Mutex::default() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many sessions there are.
    pub(super) fn len(&self) -> usize {
        self.state().sessions.len()
    }

    /// The session that a request sends to.
    pub(super) fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.state().sessions.get(id).cloned()
    }

    /// Lends a session to a request that wants to receive; an unknown one begins.
    pub(super) async fn attach(&self, id: &str, handshake: Handshake) -> Attached {
        if let Some(session) = self.find(id) {
            // Listening from before the look, so that nobody leaves unheard.
            let freed = session.freed.notified();
            let mut freed = std::pin::pin!(freed);
            freed.as_mut().enable();
            match self.lend(id) {
                Some(Attached::Busy) => {
                    let _ = timeout(OVERLAP, freed).await;
                }
                Some(attached) => return attached,
                None => {}
            }
        }
        self.lend(id).unwrap_or_else(|| self.begin(id, handshake))
    }

    /// A session, if it is there.
    fn lend(&self, id: &str) -> Option<Attached> {
        let store = self.state();
        let session = store.sessions.get(id)?;
        let mut state = session.state();
        if state.lent {
            return Some(Attached::Busy);
        }
        state.lent = true;
        Some(Attached::Known(Receiver::new(self.clone(), Arc::clone(session))))
    }

    fn begin(&self, id: &str, handshake: Handshake) -> Attached {
        // Not under the lock: who connects is asked of the application's code.
        let (near, conversation) = (self.0.edge.connect)(handshake);
        let Some(conversation) = conversation else {
            let mut said = Vec::new();
            // It is there already.
            let _ = near.outbox.take(&mut said).now_or_never();
            return Attached::Refused(match said.pop() {
                Some(Outgoing::Close(close)) => close,
                _ => Close::NORMAL,
            });
        };
        let id: Arc<str> = id.into();
        let session = Arc::new(Session::new(Arc::clone(&id), near));
        {
            let mut state = self.state();
            if state.sessions.contains_key(&id) {
                // Another request was quicker; what was begun here is dropped.
                return Attached::Busy;
            }
            state.sessions.insert(id, Arc::clone(&session));
        }
        let (store, talking) = (self.clone(), Arc::downgrade(&session));
        self.0.edge.shutdown.spawn(async move {
            conversation.await;
            if let Some(session) = talking.upgrade() {
                session.state().over = true;
                store.list(&session);
            }
        });
        Attached::New(Receiver::new(self.clone(), session))
    }

    /// A receiver has left in order: the client has some time to come back.
    pub(super) fn left(&self, session: &Arc<Session>) {
        if self.0.edge.shutdown.is_signalled() {
            return self.remove(session);
        }
        {
            let mut state = session.state();
            state.lent = false;
            state.left = Instant::now();
        }
        self.list(session);
    }

    /// Has the sweeper look at a session later.
    fn list(&self, session: &Arc<Session>) {
        let mut store = self.state();
        if !store.has(session) || std::mem::replace(&mut session.state().listed, true) {
            return;
        }
        let at = Instant::now() + self.0.disconnect_delay;
        store.due.push(Due { at, session: Arc::downgrade(session) });
        if !store.sweeping {
            store.sweeping = true;
            self.0.edge.shutdown.spawn(sweep(self.clone()));
        }
    }

    /// A session is over.
    pub(super) fn remove(&self, session: &Arc<Session>) {
        self.state().forget(session);
        session.end();
    }

    /// Ends the sessions whose time has come. Answers when to come again; `None` when there is
    /// nothing to wait for, and then the sweeper has ended.
    fn collect(&self, now: Instant) -> Option<Instant> {
        let mut over = Vec::new();
        let next = {
            let mut state = self.state();
            let state = &mut *state;
            loop {
                let Some(due) = state.due.peek_mut() else {
                    state.sweeping = false;
                    state.due.shrink_to_fit();
                    state.sessions.shrink_to_fit();
                    break None;
                };
                if due.at > now {
                    break Some(due.at);
                }
                let due = std::collections::binary_heap::PeekMut::pop(due);
                let Some(session) = due.session.upgrade() else { continue };
                let mut own = session.state();
                let at = own.left + self.0.disconnect_delay;
                if own.lent && !own.over {
                    own.listed = false;
                } else if !own.lent && at > now {
                    state.due.push(Due { at, session: due.session });
                } else {
                    // Over and still lent: its receiver reads nothing, and may do so for ever.
                    drop(own);
                    state.forget(&session);
                    over.push(session);
                }
            }
        };
        for session in over {
            session.end();
        }
        next
    }

    /// Ends all sessions that wait for their client: nobody comes back to a server that goes.
    fn clear(&self) {
        let mut waiting = Vec::new();
        {
            let mut state = self.state();
            state.due.clear();
            state.sweeping = false;
            state.sessions.retain(|_, session| {
                let mut own = session.state();
                own.listed = false;
                let lent = own.lent;
                if !lent {
                    waiting.push(Arc::clone(session));
                }
                lent
            });
        }
        for session in waiting {
            session.end();
        }
    }
}

async fn sweep(store: Store) {
    let shutdown = store.0.edge.shutdown.clone();
    while let Some(next) = store.collect(Instant::now()) {
        tokio::select! {
            () = sleep_until(next) => {}
            () = shutdown.signalled() => return store.clear(),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("sessions", &self.len()).finish_non_exhaustive()
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.at.cmp(&self.at)
    }
}
