//! What an app works with that was given nothing else.

use std::sync::Arc;

use crate::Error;
#[cfg(feature = "redis")]
use crate::broker::RedisBroker;
use crate::broker::{Broker, Limits, MemoryBroker};
use crate::capture::Namespace;
use crate::config::Config;
use crate::session::{MemorySessions, SessionStore};

/// Redis where there is one, else a broker in the process.
pub(super) async fn default_broker(
    config: &Config,
    namespace: &Namespace,
) -> Result<Arc<dyn Broker>, Error> {
    let limits = Limits { events: config.history_events, bytes: config.history_bytes };
    let Some(url) = &config.redis_url else {
        return Ok(Arc::new(MemoryBroker::new(limits)));
    };
    #[cfg(feature = "redis")]
    {
        let patience = config.start_patience;
        let broker = RedisBroker::connect_within(patience, url, namespace.as_str(), limits);
        let broker = broker.await.map_err(|error| {
            Error::setup(format!(
                "{error}; is a redis-server running at the REDIS_URL, and does the URL look like \
                 `redis://127.0.0.1:6379`?"
            ))
        })?;
        Ok(Arc::new(broker))
    }
    #[cfg(not(feature = "redis"))]
    {
        let _ = (url, namespace);
        Err(Error::setup("this app is built without Redis; turn on the feature `redis` of dragon"))
    }
}

/// Redis where there is one, else sessions in the process.
pub(super) fn default_sessions(
    config: &Config,
    namespace: &Namespace,
) -> Result<Arc<dyn SessionStore>, Error> {
    #[cfg(feature = "redis")]
    if let Some(url) = &config.redis_url {
        let sessions = crate::session::RedisSessions::new(url, namespace.as_str())
            .map_err(|error| Error::setup(error.to_string()))?;
        return Ok(Arc::new(sessions));
    }
    let _ = (config, namespace);
    Ok(Arc::new(MemorySessions::new()))
}
