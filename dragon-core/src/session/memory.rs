//! Sessions in this process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, ready};
use tokio::time::Instant;

use super::{SessionError, SessionLimits, SessionStore};

/// How many sessions there are at least before the expired ones are looked for.
const FEW: usize = 64;

/// Sessions in this process, gone with it.
#[derive(Debug, Default)]
pub struct MemorySessions(Mutex<Sessions>);

#[derive(Debug, Default)]
struct Sessions {
    by_id: HashMap<String, Session>,
    /// At how many sessions the expired ones are looked for; those that end in order never wait
    /// for it.
    sweep_at: usize,
}

#[derive(Debug)]
struct Session {
    values: HashMap<String, String>,
    expires: Instant,
}

impl MemorySessions {
    /// A store without sessions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many sessions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let now = Instant::now();
        self.sessions().by_id.values().filter(|session| session.expires > now).count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessions {
    fn living(&mut self, id: &str) -> Option<&mut Session> {
        self.by_id.get_mut(id).filter(|session| session.expires > Instant::now())
    }

    fn set(
        &mut self,
        id: &str,
        key: &str,
        value: String,
        limits: SessionLimits,
    ) -> Result<(), SessionError> {
        let empty = HashMap::new();
        let values = self.living(id).map_or(&empty, |session| &session.values);
        let others = values.iter().filter(|(other, _)| *other != key);
        let bytes: usize = others.map(|(key, value)| key.len() + value.len()).sum();
        if bytes + key.len() + value.len() > limits.bytes {
            return Err(SessionError::TooLarge { limit: limits.bytes });
        }
        let expires = later(limits.expiry);
        if let Some(session) = self.living(id) {
            session.values.insert(key.to_owned(), value);
            session.expires = expires;
            return Ok(());
        }
        self.sweep();
        let values = [(key.to_owned(), value)].into();
        self.by_id.insert(id.to_owned(), Session { values, expires });
        Ok(())
    }

    fn sweep(&mut self) {
        if self.by_id.len() >= self.sweep_at.max(FEW) {
            let now = Instant::now();
            self.by_id.retain(|_, session| session.expires > now);
            self.sweep_at = self.by_id.len() * 2;
        }
    }
}

/// So much later than now; an expiry too long to be counted is a century.
fn later(expiry: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(expiry).unwrap_or(now + Duration::from_secs(100 * 365 * 86_400))
}

impl SessionStore for MemorySessions {
    fn get<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, SessionError>> {
        let mut sessions = self.sessions();
        let value = sessions.living(session).and_then(|session| session.values.get(key).cloned());
        Box::pin(ready(Ok(value)))
    }

    fn set<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
        value: String,
        limits: SessionLimits,
    ) -> BoxFuture<'a, Result<(), SessionError>> {
        let set = self.sessions().set(session, key, value, limits);
        Box::pin(ready(set))
    }

    fn remove<'a>(
        &'a self,
        session: &'a str,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(), SessionError>> {
        if let Some(session) = self.sessions().living(session) {
            session.values.remove(key);
        }
        Box::pin(ready(Ok(())))
    }

    fn touch<'a>(
        &'a self,
        session: &'a str,
        expiry: Duration,
    ) -> BoxFuture<'a, Result<(), SessionError>> {
        if let Some(session) = self.sessions().living(session) {
            session.expires = later(expiry);
        }
        Box::pin(ready(Ok(())))
    }

    fn end<'a>(&'a self, session: &'a str) -> BoxFuture<'a, Result<(), SessionError>> {
        self.sessions().by_id.remove(session);
        Box::pin(ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sessions_that_nobody_ends_do_not_pile_up() {
        let store = MemorySessions::new();
        let limits = SessionLimits { bytes: 100, expiry: Duration::ZERO };
        for id in 0..10 * FEW {
            store.set(&id.to_string(), "k", "1".to_owned(), limits).await.unwrap();
        }
        assert!(store.sessions().by_id.len() <= FEW);
        assert!(store.is_empty());
        let limits = SessionLimits { expiry: Duration::MAX, ..limits };
        store.set("long", "k", "1".to_owned(), limits).await.unwrap();
        assert_eq!(store.len(), 1);
    }
}
