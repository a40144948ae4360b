//! A session: a link whose near end is lent to one request after the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::store::Store;
use crate::link::{Frame, NearEnd, Outgoing};
use crate::protocol::Close;

/// A conversation with a client that comes and goes. It is not a request: requests receive for
/// it, one at a time, and others send to it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: Arc<str>,
    near: NearEnd,
    state: Mutex<State>,
    /// Its receiver has left.
    pub(super) freed: Notify,
}

#[derive(Debug)]
pub(super) struct State {
    /// A request receives for it.
    pub(super) lent: bool,
    /// Since when nobody does.
    pub(super) left: Instant,
    /// The sweeper has it on its list.
    pub(super) listed: bool,
    /// Its conversation has ended.
    pub(super) over: bool,
    /// How it ended: said to every receiver from then on.
    close: Option<Close>,
}

impl Session {
    /// A session that its first receiver has.
    pub(super) fn new(id: Arc<str>, near: NearEnd) -> Self {
        let (left, lent) = (Instant::now(), true);
        let state = Mutex::new(State { lent, left, listed: false, over: false, close: None });
        Self { id, near, state, freed: Notify::new() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what a client sent into the inbox, in order. Waits where the conversation does not
    /// keep up. What comes after its end is dropped.
    pub(super) async fn send(&self, messages: Vec<String>) {
        for message in messages {
            if self.near.inbox.send(message).await.is_err() {
                return;
            }
        }
    }

    /// Ends it: its client is gone.
    pub(super) fn end(&self) {
        self.near.outbox.close(Close::NORMAL);
        self.freed.notify_waiters();
    }
}

/// The right to receive for a session, which one request has at a time.
///
/// Dropped without [`finish`](Self::finish), its client has gone away in the middle: nobody knows
/// what of the last messages arrived, so the session ends.
#[derive(Debug)]
pub(super) struct Receiver {
    store: Store,
    session: Arc<Session>,
    finished: bool,
    /// Messages and bytes that were taken and may have reached the wire by the next time.
    on_the_way: (usize, usize),
}

/// What a session has to tell.
#[derive(Debug)]
pub(super) enum Told {
    Messages(Vec<Frame>),
    Close(Close),
}

impl Receiver {
    pub(super) fn new(store: Store, session: Arc<Session>) -> Self {
        Self { store, session, finished: false, on_the_way: (0, 0) }
    }

    /// Waits for what is to be told. A close comes alone, and again to every later receiver.
    pub(super) async fn next(&mut self) -> Told {
        self.arrived();
        let outbox = &self.session.near.outbox;
        loop {
            if let Some(close) = self.session.state().close {
                return Told::Close(close);
            }
            let mut batch = Vec::new();
            outbox.take(&mut batch).await;
            let mut frames = Vec::with_capacity(batch.len());
            for outgoing in batch {
                match outgoing {
                    Outgoing::Frame(frame) => frames.push(frame),
                    Outgoing::Close(close) => self.session.state().close = Some(close),
                    Outgoing::Ping => {}
                }
            }
            if !frames.is_empty() {
                self.on_the_way = (frames.len(), frames.iter().map(Frame::len).sum());
                return Told::Messages(frames);
            }
        }
    }

    fn arrived(&mut self) {
        let (messages, bytes) = std::mem::take(&mut self.on_the_way);
        if messages > 0 {
            self.session.near.outbox.sent(messages, bytes);
        }
    }

    /// Gives the session back in order: the request has been answered, and the next may come.
    pub(super) fn finish(mut self) {
        self.finished = true;
        self.arrived();
        self.store.left(&self.session);
        self.session.freed.notify_waiters();
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if !self.finished {
            self.store.remove(&self.session);
        }
    }
}
