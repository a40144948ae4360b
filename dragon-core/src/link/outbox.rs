//! The bounded outgoing queue of a connection: the only way out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Frame;
use crate::protocol::Close;

/// How much may wait in an outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxLimits {
    /// How many messages.
    pub messages: usize,
    /// How many bytes of pushes; a single larger one passes when no other waits.
    pub bytes: usize,
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self { messages: 1024, bytes: 1024 * 1024 }
    }
}

/// What the wire's writer takes from an outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// A message.
    Frame(Frame),
    /// Ask whether the other side lives.
    Ping,
    /// The last thing there is.
    Close(Close),
}

/// The outgoing queue of a connection. Pushing never waits: a queue that is full closes the
/// connection, and only that one.
#[derive(Clone, Debug)]
pub struct Outbox(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    /// Something can be taken, or room has come.
    changed: Notify,
    room: Notify,
    closed: CancellationToken,
    limits: OutboxLimits,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Outgoing>,
    /// Pushes that wait until the reply in the making has been queued.
    held: Vec<Frame>,
    holds: usize,
    messages: usize,
    bytes: usize,
    /// How many of the bytes are replies, at the most.
    replies: usize,
    closed: bool,
}

impl Outbox {
    /// An empty outbox.
    #[must_use]
    pub fn new(limits: OutboxLimits) -> Self {
        Self(Arc::new(Inner {
            state: Mutex::default(),
            changed: Notify::new(),
            room: Notify::new(),
            closed: CancellationToken::new(),
            limits,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic half way through a change of it.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a published message: behind the reply in the making, where there is one. A queue
    /// that is full closes the connection instead.
    pub fn push(&self, frame: &Frame) {
        let mut state = self.state();
        if state.closed {
            return;
        }
        let limits = self.0.limits;
        let pushed = state.bytes - state.replies;
        if state.messages >= limits.messages || (pushed > 0 && pushed + frame.len() > limits.bytes)
        {
            return self.end(&mut state, Close::TOO_SLOW);
        }
        state.messages += 1;
        state.bytes += frame.len();
        if state.holds > 0 {
            state.held.push(frame.clone());
        } else {
            state.queue.push_back(Outgoing::Frame(frame.clone()));
            self.0.changed.notify_one();
        }
    }

    /// Queues a reply, before all pushes that are held.
    ///
    /// It is never too much: a caller gets its next request answered when there is
    /// [`room`](Self::room), so at most one reply is beyond the limits, and a long list that is
    /// on its way must not make the pushes behind it an overflow.
    pub fn reply(&self, frame: Frame) {
        let mut state = self.state();
        if !state.closed {
            state.messages += 1;
            state.bytes += frame.len();
            state.replies += frame.len();
            state.queue.push_back(Outgoing::Frame(frame));
            self.0.changed.notify_one();
        }
    }

    /// Queues a ping, unless one waits already.
    pub fn ping(&self) {
        let mut state = self.state();
        if !state.closed && !state.queue.contains(&Outgoing::Ping) {
            state.queue.push_back(Outgoing::Ping);
            self.0.changed.notify_one();
        }
    }

    /// Closes the connection after what is queued (for an overflow: at once). The first close
    /// counts, later ones do nothing.
    pub fn close(&self, close: Close) {
        self.end(&mut self.state(), close);
    }

    fn end(&self, state: &mut State, close: Close) {
        if state.closed {
            return;
        }
        state.closed = true;
        state.held.clear();
        if close == Close::TOO_SLOW {
            // Nobody reads it, and the client resumes from its last position anyway.
            state.queue.clear();
        }
        state.queue.push_back(Outgoing::Close(close));
        self.0.changed.notify_one();
        self.0.room.notify_one();
        self.0.closed.cancel();
    }

    /// Whether the connection has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.closed.is_cancelled()
    }

    /// Waits until the connection is closed.
    pub async fn closed(&self) {
        self.0.closed.cancelled().await;
    }

    /// Keeps pushes back until the guard is dropped, so that a reply goes out before the echo of
    /// its write.
    #[must_use]
    pub fn hold(&self) -> Hold {
        self.state().holds += 1;
        Hold(self.clone())
    }

    /// Waits until something can be taken, and takes all of it into `batch`.
    pub async fn take(&self, batch: &mut Vec<Outgoing>) {
        loop {
            {
                let mut state = self.state();
                if !state.queue.is_empty() {
                    batch.extend(state.queue.drain(..));
                    return;
                }
            }
            self.0.changed.notified().await;
        }
    }

    /// Takes what can be taken now.
    #[cfg(feature = "testing")]
    pub(crate) fn take_now(&self) -> Vec<Outgoing> {
        self.state().queue.drain(..).collect()
    }

    /// Says that messages taken before have reached the wire, which makes room for others.
    pub fn sent(&self, messages: usize, bytes: usize) {
        let mut state = self.state();
        state.messages = state.messages.saturating_sub(messages);
        state.bytes = state.bytes.saturating_sub(bytes);
        state.replies = state.replies.min(state.bytes);
        self.0.room.notify_one();
    }

    /// Whether less than half of what may wait does, or nothing more will.
    #[must_use]
    pub fn has_room(&self) -> bool {
        let (state, limits) = (self.state(), self.0.limits);
        state.closed || (state.messages <= limits.messages / 2 && state.bytes <= limits.bytes / 2)
    }

    /// Waits until there [is room](Self::has_room): whoever asks much and reads little is asked to
    /// read first.
    pub async fn room(&self) {
        while !self.has_room() {
            self.0.room.notified().await;
        }
    }
}

/// Keeps an outbox's pushes back while it lives.
#[derive(Debug)]
pub struct Hold(Outbox);

impl Drop for Hold {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.holds = state.holds.saturating_sub(1);
        if state.holds == 0 && !state.held.is_empty() {
            let held = std::mem::take(&mut state.held);
            state.queue.extend(held.into_iter().map(Outgoing::Frame));
            self.0.0.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> Frame {
        Frame::new(text.to_owned())
    }

    async fn taken(outbox: &Outbox) -> Vec<Outgoing> {
        let mut batch = Vec::new();
        outbox.take(&mut batch).await;
        batch
    }

    #[tokio::test]
    async fn a_reply_goes_out_before_the_echo_of_its_write() {
        let outbox = Outbox::new(OutboxLimits::default());
        let hold = outbox.hold();
        outbox.push(&frame("echo"));
        outbox.reply(frame("reply"));
        drop(hold);
        outbox.push(&frame("later"));
        let order: Vec<Outgoing> =
            ["reply", "echo", "later"].map(|t| Outgoing::Frame(frame(t))).into();
        assert_eq!(taken(&outbox).await, order);
    }

    #[tokio::test]
    async fn what_overflows_closes_with_come_back_and_resume() {
        for limits in
            [OutboxLimits { messages: 2, bytes: 100 }, OutboxLimits { messages: 100, bytes: 9 }]
        {
            let outbox = Outbox::new(limits);
            for _ in 0..3 {
                outbox.push(&frame("four"));
            }
            assert_eq!(taken(&outbox).await, [Outgoing::Close(Close::TOO_SLOW)]);
        }
    }

    #[tokio::test]
    async fn held_pushes_count_as_well() {
        let outbox = Outbox::new(OutboxLimits { messages: 2, bytes: 100 });
        let hold = outbox.hold();
        for _ in 0..3 {
            outbox.push(&frame("x"));
        }
        drop(hold);
        assert_eq!(taken(&outbox).await, [Outgoing::Close(Close::TOO_SLOW)]);
    }

    #[tokio::test]
    async fn a_long_reply_on_its_way_makes_no_overflow_of_the_pushes_behind_it() {
        let outbox = Outbox::new(OutboxLimits { messages: 10, bytes: 6 });
        outbox.push(&frame("a push"));
        outbox.reply(frame("a reply that is longer than all that may wait"));
        assert_eq!(taken(&outbox).await.len(), 2);
        outbox.sent(1, 6);
        outbox.push(&frame("a push"));
        assert!(!outbox.is_closed());
        outbox.push(&frame("one too many"));
        assert!(outbox.is_closed());
    }

    #[tokio::test]
    async fn one_push_larger_than_all_passes_alone() {
        let outbox = Outbox::new(OutboxLimits { messages: 10, bytes: 3 });
        outbox.push(&frame("large"));
        assert_eq!(taken(&outbox).await, [Outgoing::Frame(frame("large"))]);
        outbox.sent(1, 5);
        outbox.room().await;
        assert!(!outbox.is_closed());
    }

    #[tokio::test]
    async fn the_first_close_counts_and_comes_last() {
        let outbox = Outbox::new(OutboxLimits::default());
        outbox.push(&frame("a"));
        outbox.close(Close::GOING_AWAY);
        outbox.close(Close::NORMAL);
        outbox.push(&frame("b"));
        assert_eq!(
            taken(&outbox).await,
            [Outgoing::Frame(frame("a")), Outgoing::Close(Close::GOING_AWAY)]
        );
    }
}
