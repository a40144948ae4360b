//! One connection's seat in a channel: gated at first, then live.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::index::ChannelId;
use super::membership::{Kept, Member, Membership, TooMany, bound};
use super::{ChannelSpec, Hub, Presence};
use crate::broker::Topic;
use crate::change::{Position, Row};
use crate::link::{Frame, Outbox};
use crate::model::Cut;
use crate::protocol::{Close, encode_resync};

/// How many events a gate keeps while the snapshot is taken.
pub(super) const GATE: usize = 1024;

/// What the channel tells its seats.
#[derive(Clone, Debug)]
pub(super) struct Push {
    pub(super) position: Position,
    pub(super) log_id: i64,
    pub(super) frame: Frame,
}

/// A seat as its channel sees it.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) id: u64,
    pub(super) spec: Arc<ChannelSpec>,
    outbox: Outbox,
    /// Whether this subscription was asked for with its rows or after a position.
    loaded: bool,
    presence: Presence,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// The snapshot is being taken: what comes meanwhile is kept.
    Gated { buffer: Vec<Push>, overflowed: bool },
    /// Everything is passed on that the client does not have already. After a hole that it was
    /// not told of yet, nothing is: with a later position it would come back and be believed.
    Live { last: Position, pending: HashSet<i64>, hole: bool },
}

impl Seat {
    pub(super) fn gated(
        id: u64,
        spec: Arc<ChannelSpec>,
        outbox: Outbox,
        loaded: bool,
        presence: Presence,
    ) -> Self {
        let state = Mutex::new(State::Gated { buffer: Vec::new(), overflowed: false });
        Self { id, spec, outbox, loaded, presence, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a push on, or keeps it while the gate is shut.
    pub(super) fn deliver(&self, push: &Push) {
        match &mut *self.state() {
            State::Gated { overflowed: true, .. } => {}
            State::Gated { buffer, overflowed } => {
                if buffer.len() < GATE {
                    buffer.push(push.clone());
                } else {
                    *overflowed = true;
                    buffer.clear();
                }
            }
            State::Live { hole: true, .. } => {}
            // What it may see is being looked into.
            State::Live { hole, .. } if self.presence.is_doubted() => *hole = true,
            State::Live { last, pending, hole: false } => {
                if !push.position.is_within(*last) && !pending.contains(&push.log_id) {
                    *last = push.position;
                    self.outbox.push(&push.frame);
                }
            }
        }
    }

    /// Something may have been missed. Nothing more is passed on until the client has been told;
    /// `true` when that is to be done. (While the gate is shut the client has nothing yet: what is
    /// being read for it is read again.)
    pub(super) fn miss(&self) -> bool {
        match &mut *self.state() {
            State::Gated { buffer, overflowed } => {
                *overflowed = true;
                buffer.clear();
                false
            }
            State::Live { hole, .. } => !std::mem::replace(hole, true),
        }
    }

    /// Tells the client to load anew.
    pub(super) fn resync(&self) {
        let mut state = self.state();
        let State::Live { hole, .. } = &mut *state else { return };
        *hole = false;
        self.tell_to_load_anew();
    }

    fn tell_to_load_anew(&self) {
        if self.presence.knows_positions() {
            self.outbox.push(&encode_resync(&self.spec.name));
        } else {
            self.outbox.close(Close::GOING_AWAY);
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(&*self.state(), State::Live { .. })
    }

    fn overflowed(&self) -> bool {
        matches!(&*self.state(), State::Gated { overflowed: true, .. })
    }

    /// Shuts the gate anew, for another snapshot.
    pub(super) fn shut(&self) {
        *self.state() = State::Gated { buffer: Vec::new(), overflowed: false };
    }

    fn open(&self, cut: Cut, replay: &[Frame]) {
        let mut state = self.state();
        let State::Gated { buffer, overflowed } = &mut *state else { return };
        for frame in replay {
            self.outbox.push(frame);
        }
        let (buffer, hole) = (std::mem::take(buffer), *overflowed);
        *state = State::Live { last: cut.stored, pending: cut.pending, hole };
        drop(state);
        // The hub's lock, which the opener holds, keeps newer events out until this is done.
        for push in &buffer {
            self.deliver(push);
        }
        if hole {
            self.resync();
        }
    }

    fn has_hole(&self) -> bool {
        matches!(&*self.state(), State::Live { hole: true, .. })
    }

    fn last(&self) -> Option<Position> {
        match &*self.state() {
            State::Live { last, .. } => Some(*last),
            State::Gated { .. } => None,
        }
    }
}

/// A connection's subscription; dropping it gives up the seat.
///
/// It is bound to this one seat: a late unsubscribe cannot remove a subscription that was made
/// anew meanwhile.
#[derive(Debug)]
pub struct Subscription {
    pub(super) hub: Weak<Hub>,
    pub(super) topic: Topic,
    pub(super) channel_id: ChannelId,
    pub(super) seat: Arc<Seat>,
    pub(super) spec: Arc<ChannelSpec>,
    /// What the client asked for it with, as the text of an object: there are many subscriptions.
    pub(super) asked: Arc<str>,
    /// What its channel has told, where the filter looks into other tables.
    pub(super) membership: Option<Arc<Membership>>,
}

impl Subscription {
    /// The name of its channel on the wire.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.spec.name
    }

    /// The topic whose changes it is told.
    #[must_use]
    pub fn topic(&self) -> &Topic {
        &self.topic
    }

    /// What its positions are bound to: differs whenever filter, scope or view do.
    #[must_use]
    pub fn binding(&self) -> &str {
        &self.spec.binding
    }

    /// Which rows it has, in which form.
    pub(crate) fn spec(&self) -> &ChannelSpec {
        &self.spec
    }

    /// The arguments that it was asked for with, as the text of an object.
    pub(crate) fn asked(&self) -> &Arc<str> {
        &self.asked
    }

    /// What is told of rows that leave it: each with what held it, as that was told last.
    pub(crate) async fn left(&self, rows: &[Row]) -> Vec<String> {
        let renderer = &self.spec.renderer;
        let objects: Vec<String> = rows.iter().map(|row| renderer.left(row)).collect();
        match &self.membership {
            Some(membership) if renderer.held().is_some() => {
                let kept = membership.turn().await;
                let of = |(row, object)| {
                    kept.left(&renderer.reference(renderer.key(row))).unwrap_or(object)
                };
                rows.iter().zip(objects).map(of).collect()
            }
            _ => objects,
        }
    }

    /// Passes nothing on from now on. Answers whether it has passed on everything until now.
    pub(crate) fn silence(&self) -> bool {
        self.seat.miss()
    }

    /// What it told last; before everything, where that is not known.
    pub(crate) fn last(&self) -> Position {
        self.seat.last().unwrap_or(Position { epoch: 0, offset: 0 })
    }

    /// Tells the client to load anew, which it will be told is not possible, and ends.
    pub(crate) fn end(self) {
        self.seat.tell_to_load_anew();
    }

    /// Tells the client to load anew, if something was not passed on.
    pub(crate) fn resync_after_hole(&self) {
        if self.seat.has_hole() {
            self.seat.resync();
        }
    }

    /// The position that the client has reached with what was queued for it.
    #[must_use]
    pub fn position(&self) -> Option<String> {
        self.seat.last().map(|last| self.bound(last))
    }

    /// A position in the form that this subscription's client holds.
    #[must_use]
    pub fn bound(&self, position: Position) -> String {
        match &self.membership {
            Some(_) => bound(position, &self.spec.binding),
            None => format!("{position}:{}", self.spec.binding),
        }
    }

    /// The position that a client held, if it was handed out for the same filter, scope and view.
    /// There is none for a filter that looks into other tables: what was told is not kept.
    #[must_use]
    pub fn unbound(&self, held: &str) -> Option<Position> {
        if self.membership.is_some() {
            return None;
        }
        let (position, binding) = held.rsplit_once(':')?;
        (binding == self.spec.binding).then(|| position.parse().ok()).flatten()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(hub) = self.hub.upgrade() {
            hub.leave(&self.topic, self.channel_id, self.seat.id);
        }
    }
}

/// A subscription whose events are kept until the reply that announces it has been queued.
#[derive(Debug)]
pub struct Gate {
    pub(super) subscription: Subscription,
    cut: Option<Cut>,
    replay: Vec<Frame>,
}

impl Gate {
    pub(super) fn new(subscription: Subscription) -> Self {
        Self { subscription, cut: None, replay: Vec::new() }
    }

    /// The subscription behind the gate.
    #[must_use]
    pub fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// Whether more came than the gate could keep: the snapshot must be taken again.
    #[must_use]
    pub fn overflowed(&self) -> bool {
        self.subscription.seat.overflowed()
    }

    /// Waits for its turn to read the rows of a filter that looks into other tables; `None` for
    /// other filters.
    pub async fn turn(&self) -> Option<Entry<'_>> {
        let Subscription { membership, seat, .. } = &self.subscription;
        let membership = membership.as_ref()?;
        Some(Entry { membership, seat: seat.id, kept: membership.turn().await })
    }

    /// Forgets what was kept, for another snapshot.
    pub fn shut(&self) {
        self.subscription.seat.shut();
    }

    /// Says what the client has when the gate opens: everything of the cut, and the frames of
    /// `replay`, which follow the reply.
    pub fn ready(&mut self, cut: Cut, replay: Vec<Frame>) {
        self.cut = Some(cut);
        self.replay = replay;
    }

    /// Keeps what the client asked for it with: the text of an object.
    pub(crate) fn asked(&mut self, args: Arc<str>) {
        self.subscription.asked = args;
    }

    /// Has the client told to load anew when the gate opens.
    pub(crate) fn miss(&self) {
        self.subscription.seat.miss();
    }

    /// Says which subscription of the same client to the same channel this one replaces.
    ///
    /// If that one was without rows, somebody there relies on being told every change, and cannot
    /// use the rows of the new reply: what the old seat has not told yet is told, even where the
    /// new rows have it. Those are set to what they are once more, in order.
    pub fn replaces(&mut self, before: &Subscription) {
        if before.seat.loaded {
            return;
        }
        if let (Some(last), Some(cut)) = (before.seat.last(), &mut self.cut)
            && last.is_within(cut.stored)
        {
            *cut = Cut { stored: last, pending: HashSet::new() };
        }
    }

    /// Opens: what was kept and is not in the cut follows the reply, then what comes.
    #[must_use]
    pub fn open(mut self) -> Subscription {
        let cut = self
            .cut
            .take()
            .unwrap_or(Cut { stored: Position { epoch: 0, offset: 0 }, pending: HashSet::new() });
        let replay = std::mem::take(&mut self.replay);
        if let Some(hub) = self.subscription.hub.upgrade() {
            hub.while_nothing_is_delivered(&self.subscription.topic, || {
                self.subscription.seat.open(cut, &replay);
            });
        }
        self.subscription
    }
}

/// A turn to read the rows of a channel: nothing else is told in it meanwhile, so that what is
/// read is what everyone has, and what comes later comes to all alike.
#[derive(Debug)]
pub struct Entry<'a> {
    membership: &'a Membership,
    seat: u64,
    kept: tokio::sync::MutexGuard<'a, Kept>,
}

impl Entry<'_> {
    /// Where the channel is, if it knows its rows already.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.kept.position()
    }

    /// Takes the rows that were read, all that match; the others in the channel are told what is
    /// new to them. Answers where the channel is with that.
    ///
    /// # Errors
    /// When there are more than a channel may have.
    pub fn load(mut self, rows: &[Member]) -> Result<Position, TooMany> {
        self.membership.load(&mut self.kept, rows, self.seat)
    }
}
