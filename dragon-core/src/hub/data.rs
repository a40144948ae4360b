//! Data channels: who listens to what is of no model.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{Hub, Presence};
use crate::broker::{Broker, Recovered, Topic};
use crate::change::{Data, Position};
use crate::link::Outbox;
use crate::protocol::encode_data;

/// The seats of each channel: a name is an audience, whichever router opened it.
#[derive(Debug)]
pub(super) struct DataChannels {
    seats: Mutex<Seats>,
    /// How much of the data that went through the change log has been told.
    told: Mutex<Position>,
}

type Seats = HashMap<String, BTreeMap<u64, (Outbox, Presence)>>;

impl DataChannels {
    pub(super) fn after(told: Position) -> Self {
        Self { seats: Mutex::default(), told: Mutex::new(told) }
    }

    fn told(&self) -> MutexGuard<'_, Position> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many channels and seats there are.
    pub(super) fn size(&self) -> (usize, usize) {
        let channels = self.seats();
        (channels.len(), channels.values().map(BTreeMap::len).sum())
    }
}

/// A connection's subscription to a data channel; dropping it gives up the seat.
#[derive(Debug)]
pub struct DataSubscription {
    hub: Weak<Hub>,
    channel: String,
    seat: u64,
}

impl Drop for DataSubscription {
    fn drop(&mut self) {
        let Some(hub) = self.hub.upgrade() else { return };
        let mut channels = hub.data.seats();
        let Some(seats) = channels.get_mut(&self.channel) else { return };
        seats.remove(&self.seat);
        if seats.is_empty() {
            channels.remove(&self.channel);
        }
    }
}

impl Hub {
    /// Takes a seat in a data channel. Nothing is passed on to it while it is in doubt what its
    /// caller may see.
    #[must_use]
    pub fn join_data(
        self: &Arc<Self>,
        channel: &str,
        outbox: Outbox,
        presence: Presence,
    ) -> DataSubscription {
        let seat = self.next.fetch_add(1, Ordering::Relaxed);
        self.data.seats().entry(channel.to_owned()).or_default().insert(seat, (outbox, presence));
        DataSubscription { hub: Arc::downgrade(self), channel: channel.to_owned(), seat }
    }

    /// Passes a message on to the seats of its channels; encoded once for each channel.
    pub(super) fn deliver_data(&self, data: &Data) {
        let channels = self.data.seats();
        for channel in &data.channels {
            let Some(seats) = channels.get(channel) else { continue };
            let frame = encode_data(channel, &data.data);
            tracing::trace!(channel, seats = seats.len(), "data");
            self.counters.pushes.fetch_add(seats.len() as u64, Ordering::Relaxed);
            for (outbox, presence) in seats.values() {
                if !presence.is_data_doubted() {
                    outbox.push(&frame);
                }
            }
        }
    }

    /// The same for data at a position, which is told once.
    pub(super) fn deliver_logged(&self, position: Position, data: &Data) {
        {
            let mut told = self.data.told();
            if position.is_within(*told) {
                return;
            }
            *told = position;
        }
        self.counters.events.fetch_add(1, Ordering::Relaxed);
        self.deliver_data(data);
    }

    /// Tells what this node's listener missed of the data that went through the change log: unlike
    /// rows it cannot be loaded anew, but the broker may have it still.
    pub(super) async fn recover_data(&self, broker: &dyn Broker) {
        let topic = Topic::data();
        let missed = async {
            let top = broker.top(&topic).await?;
            let told = *self.data.told();
            // Nothing of a new epoch has been told.
            let from = if told.epoch == top.epoch { told } else { Position { offset: 0, ..top } };
            broker.since(&topic, from).await
        };
        match missed.await {
            Ok(Recovered::Events { events, .. }) => {
                for event in events {
                    self.deliver(&topic, &event);
                }
            }
            Ok(Recovered::Gap) => tracing::warn!("this node has missed data that is gone"),
            Err(error) => tracing::warn!(%error, "this node may have missed data"),
        }
    }
}
