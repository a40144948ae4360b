//! Data channels of routers: subscribing to them, and publishing from a verb.

use sea_orm::ConnectionTrait;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{Context, Outcome, failure};
use crate::protocol::{ChannelData, Code, Failure, Success};
use crate::publish::{Channels, PublishError, Publisher, checked};

/// Subscribes the caller to data channels, from the reply to this call on: what a plain router's
/// verb `subscribe` does with its
/// [`subscription_channels`](super::Router::subscription_channels).
///
/// Subscribing again is acknowledged and doubles nothing, also by another router: a name is one
/// channel, whichever router opened it.
///
/// # Errors
/// `bad_request` for a name that a data channel cannot have, `too_many` when the caller has too
/// many subscriptions.
pub fn subscribe(cx: &mut Context<'_>, channels: impl Channels) -> Outcome {
    for reserved in ["_snapshot", "_since"] {
        if cx.args.get(reserved).is_some_and(|value| !value.is_null() && *value != false) {
            return Err(Failure::bad_request(format!(
                "This channel has data and no rows: leave `{reserved}` out."
            )));
        }
    }
    let remote = checked(channels).map_err(Failure::bad_request)?;
    let most = cx.services.config.subscriptions;
    let new = remote.iter().filter(|name| !cx.subscriptions.data.contains_key(*name)).count();
    if cx.subscriptions.count() + new > most {
        return Err(Failure::new(
            Code::TooMany,
            format!("A connection has at most {most} subscriptions."),
        ));
    }
    cx.opens.extend(remote.iter().cloned());
    Ok(Success {
        channels: Some(ChannelData { local: local(cx), remote, action: "subscribe" }),
        ..Success::of(&json!("subscribed"))
    })
}

/// Ends the caller's subscriptions to data channels, for all its own names of them; acknowledged
/// also where there are none.
///
/// # Errors
/// `bad_request` for a name that a data channel cannot have.
pub fn unsubscribe(cx: &mut Context<'_>, channels: impl Channels) -> Outcome {
    let remote = checked(channels).map_err(Failure::bad_request)?;
    for name in &remote {
        cx.subscriptions.data.remove(name);
        cx.opens.retain(|open| open != name);
    }
    Ok(Success {
        channels: Some(ChannelData { local: local(cx), remote, action: "unsubscribe" }),
        ..Success::of(&json!("unsubscribed"))
    })
}

/// The data channels that were asked for by a call like this one.
pub(super) fn opened(cx: &Context<'_>) -> Vec<String> {
    let asked = cx.asked();
    let open = cx.subscriptions.data.iter().filter(|(_, open)| open.asked == asked);
    let mut names: Vec<String> = open.map(|(name, _)| name.clone()).collect();
    names.sort_unstable();
    names
}

/// The client's own name of what it subscribes to.
fn local(cx: &Context<'_>) -> Json {
    cx.args.get("channel").cloned().unwrap_or(Json::Null)
}

impl Context<'_> {
    /// Tells every subscriber of the channel (or channels), on every node, this caller after its
    /// reply. Best effort: see [`Publisher::publish_data`].
    ///
    /// # Errors
    /// What to tell the caller: `bad_request` for what cannot be published, `unavailable` when the
    /// broker is away.
    pub async fn publish(
        &mut self,
        channels: impl Channels,
        data: &impl Serialize,
    ) -> Result<(), Failure> {
        self.hold = Some(self.outbox.hold());
        Ok(self.services.publisher.publish_data(channels, data).await?)
    }

    /// As [`publish`](Self::publish), as part of a transaction that [`commit`](Self::commit)
    /// ends, and durable: see [`Publisher::publish_data_in`].
    ///
    /// # Errors
    /// What to tell the caller; the transaction is to be dropped then.
    pub async fn publish_in(
        &self,
        transaction: &impl ConnectionTrait,
        channels: impl Channels,
        data: &impl Serialize,
    ) -> Result<(), Failure> {
        Ok(self.services.publisher.publish_data_in(transaction, channels, data).await?)
    }

    /// What publishes data, for work that goes on when this call has been answered.
    #[must_use]
    pub fn publisher(&self) -> &Publisher {
        &self.services.publisher
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Refused(why) => Self::bad_request(why),
            PublishError::Unavailable(why) => {
                tracing::warn!(why, "data is not published");
                Self::new(Code::Unavailable, "It cannot be published just now; try again.")
            }
            PublishError::Database(error) => failure(&error),
        }
    }
}
