//! Who is connected to this node and listens to what: the only thing that knows all of them.

mod data;
mod fanout;
mod index;
mod presence;
mod subscription;
mod verdict;

pub use data::DataSubscription;
pub use fanout::Counters;
pub(crate) use fanout::pump;
pub use presence::Presence;
pub use subscription::{Gate, Subscription};
pub use verdict::verdict;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Map;

use crate::broker::{Event, Topic};
use crate::change::{Body, Position};
use crate::filter::Filter;
use crate::link::{Frame, Outbox};
use crate::protocol::{Action, encode_push};
use crate::serializer::Renderer;
use data::DataChannels;
use index::{ChannelId, Index};
use subscription::{Push, Seat};

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
}

/// The connections of this node, by what they listen to.
#[derive(Debug)]
pub struct Hub {
    topics: HashMap<Topic, Mutex<Channels>>,
    data: DataChannels,
    next: AtomicU64,
    counters: Counters,
}

#[derive(Debug, Default)]
struct Channels {
    by_id: HashMap<ChannelId, Channel>,
    by_key: HashMap<(String, String), ChannelId>,
    index: Index,
}

#[derive(Debug)]
struct Channel {
    spec: Arc<ChannelSpec>,
    seats: BTreeMap<u64, Arc<Seat>>,
}

impl Hub {
    /// A hub for these topics; there are no others later. Data is told that comes after `data`, a
    /// position of its topic.
    #[must_use]
    pub fn new(topics: impl IntoIterator<Item = Topic>, data: Position) -> Self {
        let topics = topics.into_iter().map(|topic| (topic, Mutex::default())).collect();
        Self {
            topics,
            data: DataChannels::after(data),
            next: AtomicU64::new(1),
            counters: Counters::default(),
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
        let seat = Arc::new(Seat::gated(seat_id, spec.name.clone(), outbox, loaded, presence));
        let spec = Arc::new(spec);
        let mut channels = self.channels(topic)?;
        let key = (spec.name.clone(), spec.binding.clone());
        let channel_id = match channels.by_key.get(&key) {
            Some(id) => *id,
            None => {
                let id = self.next.fetch_add(1, Ordering::Relaxed);
                channels.index.insert(id, &spec.filter);
                channels.by_key.insert(key, id);
                channels
                    .by_id
                    .insert(id, Channel { spec: Arc::clone(&spec), seats: BTreeMap::new() });
                id
            }
        };
        if let Some(channel) = channels.by_id.get_mut(&channel_id) {
            channel.seats.insert(seat_id, Arc::clone(&seat));
        }
        Some(Gate::new(Subscription {
            hub: Arc::downgrade(self),
            topic: topic.clone(),
            channel_id,
            seat,
            spec,
            asked: Map::new(),
        }))
    }

    fn leave(&self, topic: &Topic, channel_id: ChannelId, seat: u64) {
        let Some(mut channels) = self.channels(topic) else { return };
        let Some(channel) = channels.by_id.get_mut(&channel_id) else { return };
        channel.seats.remove(&seat);
        if channel.seats.is_empty()
            && let Some(Channel { spec, .. }) = channels.by_id.remove(&channel_id)
        {
            channels.index.remove(channel_id, &spec.filter);
            channels.by_key.remove(&(spec.name.clone(), spec.binding.clone()));
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
            let Some(Channel { spec, seats }) = channels.by_id.get(&id) else { continue };
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
        unknown
    }

    /// All seats of a topic.
    fn seats(&self, topic: &Topic) -> Vec<Arc<Seat>> {
        let Some(channels) = self.channels(topic) else { return Vec::new() };
        channels.by_id.values().flat_map(|channel| channel.seats.values().cloned()).collect()
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

/// What a channel is told of an event.
#[derive(Clone, Debug)]
pub enum Rendered {
    /// One frame for all its seats.
    Told(Frame),
    /// Nothing: it does not concern this channel, or changes nothing that is told.
    Nothing,
    /// That cannot be said here: another version of the app has published it, without this
    /// channel's view, which holds something of other rows.
    Unknown,
}

/// What a channel is told of an event.
#[must_use]
pub fn render(spec: &ChannelSpec, event: &Event) -> Rendered {
    let Body::Change { change, views } = &event.publication.body else { return Rendered::Nothing };
    let Some(action) = verdict(&spec.filter, change) else { return Rendered::Nothing };
    // A node of another version may have published without this view.
    let own;
    let view = match views.get(&spec.renderer.name) {
        Some(view) => view,
        None => match spec.renderer.own_view(change) {
            Some(view) => {
                own = view;
                &own
            }
            None => return Rendered::Unknown,
        },
    };
    let object = match action {
        Action::Created => view.object.as_ref(),
        Action::Updated => view.changed.as_ref(),
        Action::Deleted => Some(&view.reference),
    };
    let Some(object) = object else { return Rendered::Nothing };
    let position = format!("{}:{}", event.position, spec.binding);
    Rendered::Told(encode_push(&spec.name, action, object, &position))
}
