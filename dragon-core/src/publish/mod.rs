//! Telling subscribers what is of no model: plain data, from anywhere in the program, and from
//! other programs.
//!
//! A data channel is a name such as `chatroom`; routers let clients subscribe to it (see
//! [`Router::subscription_channels`](crate::Router::subscription_channels)).

mod channels;

pub use channels::Channels;
pub(crate) use channels::checked;

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::broker::{Broker, BrokerError};
use crate::capture::log_data;
use crate::change::Data;
use crate::model::LogTables;

/// The largest message, in bytes of its JSON.
pub const LARGEST: usize = 64 * 1024;

/// Why something was not published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The channel's name, or the data, is not what can be published; the sentence says why.
    #[error("{0}")]
    Refused(String),
    /// The broker cannot be reached just now. Some may have heard it all the same.
    #[error("not published: {0}")]
    Unavailable(String),
    /// The database refused; its transaction is to be rolled back.
    #[error("not published: {0}")]
    Database(#[from] DbErr),
}

/// Publishes data; cheap to clone, for jobs, for routes of your own warp application, and, by
/// [`connect`](Self::connect), for another program.
///
/// ```
/// # use dragon::{App, Publisher};
/// # use serde_json::json;
/// async fn nightly(publisher: Publisher) -> Result<(), dragon::publish::PublishError> {
///     publisher.publish_data("reports", &json!({ "text": "The report is ready." })).await
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Publisher {
    broker: Arc<dyn Broker>,
    tables: LogTables,
}

impl Publisher {
    pub(crate) fn new(broker: Arc<dyn Broker>, tables: LogTables) -> Self {
        Self { broker, tables }
    }

    /// A publisher in a program that is not the app, and needs neither its models nor its
    /// database: the app's Redis, and the name that it was built with.
    ///
    /// # Errors
    /// When the name cannot be an app's, or nobody answers at the URL; the sentence says how to
    /// mend it.
    #[cfg(feature = "redis")]
    pub async fn connect(redis_url: &str, app_name: &str) -> Result<Self, crate::Error> {
        use crate::broker::{Limits, RedisBroker};
        let namespace = crate::capture::Namespace::of(app_name)?;
        let broker = RedisBroker::connect(redis_url, namespace.as_str(), Limits::default()).await;
        let broker = broker.map_err(|error| crate::Error::Broker(error.to_string()))?;
        Ok(Self::new(Arc::new(broker), namespace.tables()))
    }

    /// Tells every subscriber of the channel (or channels), on every node:
    /// `{…data, "channel": "chatroom"}`. `data` becomes a JSON object.
    ///
    /// **Best effort.** What one publisher says arrives in that order. But who is not connected in
    /// this moment never hears it, a node that has lost its Redis does not, and after a broken
    /// connection it may come twice. What must not be lost goes through
    /// [`publish_data_in`](Self::publish_data_in).
    ///
    /// # Errors
    /// [`PublishError::Refused`] when a name has a `|`, or the data is no object, has a key
    /// `channel`, or is larger than [`LARGEST`]; [`PublishError::Unavailable`] when the broker is
    /// away.
    pub async fn publish_data(
        &self,
        channels: impl Channels,
        data: &impl Serialize,
    ) -> Result<(), PublishError> {
        let data = message(channels, data)?;
        self.broker.announce(data).await.map_err(|error| match error {
            BrokerError::Unavailable(why) => PublishError::Unavailable(why),
            BrokerError::Stale { .. } => PublishError::Unavailable(error.to_string()),
        })
    }

    /// As [`publish_data`](Self::publish_data), **durable**: it is part of the transaction. A
    /// rollback publishes nothing. What is committed is published once, in the order of the
    /// change log, also when the process or the broker dies in between. Who is subscribed then is
    /// told; there is no history for who comes later.
    ///
    /// The transaction is one of the app's own database, begun in any way; `db` may also be a
    /// plain connection, for a message that stands alone.
    ///
    /// # Errors
    /// [`PublishError::Refused`] as there, [`PublishError::Database`] when the database refuses.
    pub async fn publish_data_in(
        &self,
        db: &impl ConnectionTrait,
        channels: impl Channels,
        data: &impl Serialize,
    ) -> Result<(), PublishError> {
        let data = message(channels, data)?;
        Ok(log_data(db, &self.tables, &data).await?)
    }
}

/// The message, if it can be one.
fn message(channels: impl Channels, data: &impl Serialize) -> Result<Data, PublishError> {
    let refused = |why: String| PublishError::Refused(why);
    let channels = checked(channels).map_err(refused)?;
    let object: Map<String, Json> = match serde_json::to_value(data) {
        Ok(Json::Object(object)) => object,
        Ok(_) => {
            return Err(refused("Data is published as an object, as in {\"text\": …}.".to_owned()));
        }
        Err(error) => return Err(refused(format!("The data has no form in JSON: {error}."))),
    };
    if object.contains_key("channel") {
        let why =
            "The key `channel` of published data is the channel's name: call yours otherwise.";
        return Err(refused(why.to_owned()));
    }
    let data = Json::Object(object).to_string();
    if data.len() > LARGEST {
        let (length, most) = (data.len(), LARGEST);
        return Err(refused(format!("The data has {length} bytes; it may have {most}.")));
    }
    Ok(Data { channels, data })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_small_objects_without_a_channel_are_published() {
        assert_eq!(message("a", &json!({ "n": 1 })).unwrap().data, "{\"n\":1}");
        for (data, word) in [
            (json!(1), "object"),
            (json!([]), "object"),
            (json!({ "channel": "b" }), "`channel`"),
            (json!({ "text": "x".repeat(LARGEST) }), "65536"),
        ] {
            let error = message("a", &data).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
        assert!(message("a|b", &json!({})).is_err());
    }
}
