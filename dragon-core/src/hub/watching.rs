//! Who looks into which table.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::index::{ChannelId, Index};
use super::membership::Membership;
use crate::change::Change;
use crate::model::{TableName, Watch};
use crate::shutdown::Shutdown;

/// The channels that look into tables, found by what they ask of a row there.
#[derive(Debug, Default)]
pub(super) struct Watching {
    tables: HashMap<TableName, Watchers>,
    next: u64,
}

#[derive(Debug, Default)]
struct Watchers {
    index: Index,
    by_id: HashMap<u64, (Watch, Arc<Membership>)>,
    of_channel: HashMap<ChannelId, Vec<u64>>,
}

impl Watching {
    pub(super) fn insert(
        &mut self,
        channel: ChannelId,
        watches: &[Watch],
        membership: &Arc<Membership>,
    ) {
        for watch in watches {
            self.next += 1;
            let id = self.next;
            let watchers = self.tables.entry(watch.table.clone()).or_default();
            watchers.index.insert(id, &watch.filter);
            watchers.by_id.insert(id, (watch.clone(), Arc::clone(membership)));
            watchers.of_channel.entry(channel).or_default().push(id);
        }
    }

    pub(super) fn remove(&mut self, channel: ChannelId, watches: &[Watch]) {
        let tables: BTreeSet<&TableName> = watches.iter().map(|watch| &watch.table).collect();
        for table in tables {
            let Some(watchers) = self.tables.get_mut(table) else { continue };
            for id in watchers.of_channel.remove(&channel).unwrap_or_default() {
                if let Some((watch, _)) = watchers.by_id.remove(&id) {
                    watchers.index.remove(id, &watch.filter);
                }
            }
            if watchers.by_id.is_empty() {
                self.tables.remove(table);
            }
        }
    }

    /// A row of a table changed.
    pub(super) fn changed(&self, table: &TableName, change: &Change, background: &Shutdown) {
        let Some(watchers) = self.tables.get(table) else { return };
        for id in watchers.index.candidates(change) {
            let Some((watch, membership)) = watchers.by_id.get(&id) else { continue };
            if let Some(reach) = watch.reach(change) {
                membership.reach(reach, background);
            }
        }
    }

    /// Anything may have changed in a table.
    pub(super) fn doubt(&self, table: &TableName, background: &Shutdown) {
        let Some(watchers) = self.tables.get(table) else { return };
        for (_, membership) in watchers.by_id.values() {
            membership.doubt(background);
        }
    }
}
