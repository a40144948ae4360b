//! Who is connected to this node and listens to what: the only thing that knows all of them.

mod data;
mod fanout;
mod index;
mod membership;
mod people;
mod presence;
mod rendered;
mod subscription;
mod telling;
mod told;
mod verdict;
mod waiting;
mod watching;

pub use data::DataSubscription;
pub use fanout::Counters;
pub(crate) use fanout::pump;
pub use membership::{Looking, Member, Members, TooMany};
pub(crate) use people::Enrolment;
pub use presence::Presence;
pub use rendered::{Rendered, render};
pub use subscription::{Entry, Gate, Subscription};
pub use telling::{Publish, Telling};
pub use verdict::verdict;
pub use waiting::What;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use crate::broker::{Event, Topic};
use crate::change::{Body, Change, Position};
use crate::filter::Filter;
use crate::link::{Frame, Outbox};
use crate::model::TableName;
use crate::serializer::Renderer;
use crate::shutdown::Shutdown;
use data::DataChannels;
use index::{ChannelId, Index};
use membership::{Membership, Place};
use subscription::{Push, Seat};
use watching::Watching;

/// An audience: whoever sees the same rows of a model in the same form under the same name.
#[derive(Clone, Debug)]
pub struct ChannelSpec {
    /// Its name on the wire.
    pub name: String,
    /// Which rows: the client's filter and its scope, admitted.
    pub filter: Filter,
    /// In which form.
    pub renderer: Arc<Renderer>,
    /// What positions are bound to: differs whenever filter, scope or view do.
    pub binding: String,
    /// What it needs beside, where the filter looks into other tables.
    pub looking: Option<Looking>,
    /// Which changes are told in it.
    pub telling: Telling,
}

/// The connections of this node, by what they listen to.
#[derive(Debug)]
pub struct Hub {
    topics: HashMap<Topic, Mutex<Channels>>,
    /// The tables whose changes the topics tell.
    tables: HashMap<Topic, TableName>,
    /// Who looks into which table. Locked after a topic's channels, never before.
    watching: Mutex<Watching>,
    /// How many channels may ask the database at once.
    looking: Semaphore,
    data: DataChannels,
    next: AtomicU64,
    counters: Counters,
    people: people::People,
    background: Shutdown,
}

/// How many channels ask the database at once.
const LOOKING: usize = 4;

#[derive(Debug, Default)]
struct Channels {
    by_id: HashMap<ChannelId, Channel>,
    by_key: HashMap<Key, ChannelId>,
    index: Index,
}

/// What makes a channel the same: name, binding, and the address of the condition. (Two routers
/// may tell the same rows of the same serializer, each by its own.)
type Key = (String, String, usize);

fn key(spec: &ChannelSpec) -> Key {
    (spec.name.clone(), spec.binding.clone(), spec.telling.condition as usize)
}

#[derive(Debug)]
struct Channel {
    spec: Arc<ChannelSpec>,
    seats: BTreeMap<u64, Arc<Seat>>,
    membership: Option<Arc<Membership>>,
}

impl Hub {
    /// A hub for these topics, each with the table whose changes it tells; there are no others
    /// later. Data is told that comes after `data`, a position of its topic. What the hub does
    /// beside passing on runs as tasks of `background`.
    pub(crate) fn new(
        tables: impl IntoIterator<Item = (Topic, TableName)>,
        data: Position,
        background: Shutdown,
    ) -> Self {
        let tables: HashMap<Topic, TableName> = tables.into_iter().collect();
        Self {
            topics: tables.keys().map(|topic| (topic.clone(), Mutex::default())).collect(),
            tables,
            watching: Mutex::default(),
            looking: Semaphore::new(LOOKING),
            data: DataChannels::after(data),
            next: AtomicU64::new(1),
            counters: Counters::default(),
            people: people::People::default(),
            background,
        }
    }

    /// What has been counted since the start.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    fn channels(&self, topic: &Topic) -> Option<MutexGuard<'_, Channels>> {
        let channels = self.topics.get(topic)?;
        Some(channels.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn watching(&self) -> MutexGuard<'_, Watching> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a seat in a channel, behind a shut gate.
    #[must_use]
    pub fn join(
        self: &Arc<Self>,
        topic: &Topic,
        spec: ChannelSpec,
        outbox: Outbox,
        loaded: bool,
        presence: Presence,
    ) -> Option<Gate> {
        let seat_id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut channels = self.channels(topic)?;
        let key = key(&spec);
        let channel_id = match channels.by_key.get(&key) {
            Some(id) => *id,
            None => {
                let id = self.next.fetch_add(1, Ordering::Relaxed);
                channels.index.insert(id, &spec.filter);
                channels.by_key.insert(key, id);
                let membership = self.membership(topic, id, &spec);
                let (spec, seats) = (Arc::new(spec), BTreeMap::new());
                channels.by_id.insert(id, Channel { spec, seats, membership });
                id
            }
        };
        let channel = channels.by_id.get_mut(&channel_id)?;
        // All who are in a channel share what it is.
        let spec = Arc::clone(&channel.spec);
        let seat = Arc::new(Seat::gated(seat_id, Arc::clone(&spec), outbox, loaded, presence));
        channel.seats.insert(seat_id, Arc::clone(&seat));
        Some(Gate::new(Subscription {
            hub: Arc::downgrade(self),
            topic: topic.clone(),
            channel_id,
            seat,
            spec,
            asked: "{}".into(),
            membership: channel.membership.clone(),
        }))
    }

    /// What a new channel needs whose filter looks into other tables: from now on it hears of
    /// their changes.
    fn membership(
        self: &Arc<Self>,
        topic: &Topic,
        channel_id: ChannelId,
        spec: &ChannelSpec,
    ) -> Option<Arc<Membership>> {
        let looking = spec.looking.as_ref()?;
        let place = Place {
            hub: Arc::downgrade(self),
            topic: topic.clone(),
            channel_id,
            channel: spec.name.clone(),
            binding: spec.binding.clone(),
        };
        let membership = Arc::new(Membership::new(place, looking, spec));
        self.watching().insert(channel_id, &looking.watches, &membership);
        Some(membership)
    }

    fn leave(&self, topic: &Topic, channel_id: ChannelId, seat: u64) {
        let Some(mut channels) = self.channels(topic) else { return };
        let Some(channel) = channels.by_id.get_mut(&channel_id) else { return };
        channel.seats.remove(&seat);
        if channel.seats.is_empty()
            && let Some(Channel { spec, membership, .. }) = channels.by_id.remove(&channel_id)
        {
            channels.index.remove(channel_id, &spec.filter);
            if let (Some(looking), Some(membership)) = (&spec.looking, membership) {
                membership.leave();
                self.watching().remove(channel_id, &looking.watches);
            }
            channels.by_key.remove(&key(&spec));
        }
    }

    fn while_nothing_is_delivered(&self, topic: &Topic, work: impl FnOnce()) {
        let _guard = self.channels(topic);
        work();
    }

    /// Passes an event on to whoever it concerns; answers the seats that must load anew instead.
    fn deliver(&self, topic: &Topic, event: &Event) -> Vec<Arc<Seat>> {
        let change = match &event.publication.body {
            Body::Change { change, .. } => change,
            Body::Data(data) => {
                self.deliver_logged(event.position, data);
                return Vec::new();
            }
            Body::Reset => return self.seats(topic),
        };
        let Some(channels) = self.channels(topic) else { return Vec::new() };
        let mut unknown = Vec::new();
        self.counters.events.fetch_add(1, Ordering::Relaxed);
        for id in channels.index.candidates(change) {
            let Some(Channel { spec, seats, membership }) = channels.by_id.get(&id) else {
                continue;
            };
            if let Some(membership) = membership {
                membership.touch(change, &self.background);
                continue;
            }
            let frame = match render(spec, event) {
                Rendered::Told(frame) => frame,
                Rendered::Nothing => continue,
                Rendered::Unknown => {
                    unknown.extend(seats.values().cloned());
                    continue;
                }
            };
            let push =
                Push { position: event.position, log_id: event.publication.source.id, frame };
            tracing::trace!(channel = spec.name, position = %event.position, seats = seats.len(), "push");
            self.counters.pushes.fetch_add(seats.len() as u64, Ordering::Relaxed);
            for seat in seats.values() {
                seat.deliver(&push);
            }
        }
        drop(channels);
        if let Some(table) = self.tables.get(topic) {
            self.table_changed(table, change);
        }
        unknown
    }

    /// Tells the channels that look into a table that a row of it changed.
    ///
    /// The tables of topics come here by themselves. Of a junction, whose rows no topic tells, the
    /// row is its two columns, by their own names.
    pub(crate) fn table_changed(&self, table: &TableName, change: &Change) {
        self.watching().changed(table, change, &self.background);
    }

    /// All seats of a topic that may have missed something. Channels that look into other tables
    /// find out by themselves what it was.
    fn seats(&self, topic: &Topic) -> Vec<Arc<Seat>> {
        if let Some(table) = self.tables.get(topic) {
            self.watching().doubt(table, &self.background);
        }
        let Some(channels) = self.channels(topic) else { return Vec::new() };
        let mut seats = Vec::new();
        for channel in channels.by_id.values() {
            match &channel.membership {
                Some(membership) => membership.doubt(&self.background),
                None => seats.extend(channel.seats.values().cloned()),
            }
        }
        seats
    }

    /// Tells all seats of a channel what a membership has found out, but for one that has it.
    fn tell(
        &self,
        topic: &Topic,
        channel_id: ChannelId,
        frames: Vec<(Position, Frame)>,
        but: Option<u64>,
    ) {
        let Some(channels) = self.channels(topic) else { return };
        let Some(Channel { seats, .. }) = channels.by_id.get(&channel_id) else { return };
        for (position, frame) in frames {
            // It comes of no row of the log.
            let push = Push { position, log_id: -1, frame };
            for seat in seats.values().filter(|seat| Some(seat.id) != but) {
                self.counters.pushes.fetch_add(1, Ordering::Relaxed);
                seat.deliver(&push);
            }
        }
        // It has all of that, and keeps from now on what comes later.
        if let Some(seat) = but.and_then(|id| seats.get(&id)) {
            seat.shut();
        }
    }

    /// Tells all seats of a channel to load anew.
    fn resync(&self, topic: &Topic, channel_id: ChannelId) {
        self.resync_those(topic, channel_id, |_| true);
    }

    /// The same of those that are open. Who is behind a gate has been told nothing yet, and reads what
    /// there is before it opens.
    fn resync_open(&self, topic: &Topic, channel_id: ChannelId) {
        self.resync_those(topic, channel_id, Seat::is_open);
    }

    fn resync_those(&self, topic: &Topic, channel_id: ChannelId, which: impl Fn(&Seat) -> bool) {
        let Some(channels) = self.channels(topic) else { return };
        let Some(Channel { seats, .. }) = channels.by_id.get(&channel_id) else { return };
        for seat in seats.values().filter(|seat| which(seat)) {
            if seat.miss() {
                self.counters.resyncs.fetch_add(1, Ordering::Relaxed);
                seat.resync();
            }
        }
    }

    /// How many channels and seats there are.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let data = self.data.size();
        self.topics.keys().filter_map(|topic| self.channels(topic)).fold(data, |sum, channels| {
            let seats: usize = channels.by_id.values().map(|channel| channel.seats.len()).sum();
            (sum.0 + channels.by_id.len(), sum.1 + seats)
        })
    }
}
