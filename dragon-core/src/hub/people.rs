//! Whose connections are open on this node.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Hub, Presence};

/// The connections of each user.
#[derive(Debug, Default)]
pub(super) struct People {
    by_user: Mutex<HashMap<Arc<str>, HashMap<u64, Presence>>>,
    /// How often rights have changed, whoever's.
    changes: AtomicU64,
}

impl People {
    fn by_user(&self) -> MutexGuard<'_, HashMap<Arc<str>, HashMap<u64, Presence>>> {
        self.by_user.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// How often rights have changed, whoever's: who asks what somebody may see and enrols them
    /// afterwards looks whether it has changed meanwhile.
    pub(crate) fn rights_changes(&self) -> u64 {
        self.people.changes.load(Ordering::SeqCst)
    }

    /// What a user may see has changed; with `None`, it is not known whose. From here on nothing is
    /// passed on to their connections until that has been looked into.
    pub(crate) fn rights_changed(&self, user: Option<&str>) {
        let by_user = self.people.by_user();
        self.people.changes.fetch_add(1, Ordering::SeqCst);
        match user {
            Some(user) => {
                let presences = by_user.get(user);
                tracing::info!(
                    user,
                    connections = presences.map_or(0, HashMap::len),
                    "rights changed"
                );
                presences.into_iter().flat_map(HashMap::values).for_each(Presence::doubt_caller);
            }
            None => {
                tracing::info!(users = by_user.len(), "somebody's rights may have changed");
                by_user.values().flat_map(HashMap::values).for_each(Presence::doubt_caller);
            }
        }
    }

    /// Counts a connection among those of a user.
    pub(crate) fn enrol(self: &Arc<Self>, user: &str, id: u64, presence: Presence) -> Enrolment {
        let user: Arc<str> = user.into();
        self.people.by_user().entry(Arc::clone(&user)).or_default().insert(id, presence);
        Enrolment { hub: Arc::clone(self), user, id }
    }
}

/// A connection that counts among those of a user while this lives.
#[derive(Debug)]
pub(crate) struct Enrolment {
    hub: Arc<Hub>,
    user: Arc<str>,
    id: u64,
}

impl Drop for Enrolment {
    fn drop(&mut self) {
        let mut by_user = self.hub.people.by_user();
        if let Some(connections) = by_user.get_mut(&self.user) {
            connections.remove(&self.id);
            if connections.is_empty() {
                by_user.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_users_own_connections_are_in_doubt_and_nobody_is_left() {
        let hub = Arc::new(Hub::new([]));
        let presences: Vec<Presence> = (0..3).map(|_| Presence::default()).collect();
        let mut enrolments: Vec<Enrolment> = ["ann", "ann", "bob"]
            .into_iter()
            .zip(&presences)
            .zip(0..)
            .map(|((user, presence), id)| hub.enrol(user, id, presence.clone()))
            .collect();
        let doubted = || presences.iter().map(|one| one.doubts().is_some()).collect::<Vec<_>>();
        enrolments.remove(0);
        hub.rights_changed(Some("ann"));
        hub.rights_changed(Some("nobody"));
        assert_eq!(doubted(), [false, true, false]);
        hub.rights_changed(None);
        assert_eq!(doubted(), [false, true, true]);
        assert_eq!(hub.rights_changes(), 3);
        drop(enrolments);
        assert!(hub.people.by_user().is_empty());
    }
}
