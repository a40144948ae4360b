//! What a verb sees: the call, the caller, and the app's handles.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use sea_orm::{DatabaseConnection, DatabaseTransaction};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use tokio::sync::Notify;

use super::{SessionSeat, arguments, failure};
use crate::auth::Caller;
use crate::broker::{Broker, BrokerError, Topic};
use crate::config::Config;
use crate::filter::Database;
use crate::hub::{DataSubscription, Gate, Hub, Presence, Subscription};
use crate::link::{Hold, Outbox};
use crate::model::{LogTables, ModelInfo, Models};
use crate::protocol::{Code, Failure, Request, Success};
use crate::publish::Publisher;
use crate::serializer::{Deserializers, Include, Renderer};
use crate::session::SessionStore;

/// What a call ends in.
pub type Outcome = Result<Success, Failure>;

/// The handles that verbs work with, made by the app.
#[derive(Clone, Debug)]
pub struct Services {
    pub(crate) db: DatabaseConnection,
    pub(crate) database: Database,
    pub(crate) tables: LogTables,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) publisher: Publisher,
    pub(crate) sessions: Arc<dyn SessionStore>,
    /// Tells this start of this node from all others.
    pub(crate) node: u128,
    pub(crate) nudged: Arc<Notify>,
    pub(crate) config: Arc<Config>,
    pub(crate) deserializers: Arc<Deserializers>,
    pub(crate) desks: Arc<HashMap<&'static str, Desk>>,
    /// All models, which know each other through it.
    pub(crate) models: Arc<Models>,
}

impl Services {
    /// Tells all nodes that what a user may see has changed; this one even where that fails.
    pub(crate) async fn rights_changed(&self, user: &str) -> Result<(), BrokerError> {
        let told = self.broker.rights_changed(user).await;
        if told.is_err() {
            self.hub.rights_changed(Some(user));
        }
        told
    }
}

/// What subscriptions cover beside their own rows, by view.
pub(crate) type Includes = Vec<(&'static str, Arc<[Include]>)>;

/// What a model's router works with, checked when the app was built.
#[derive(Clone, Debug)]
pub struct Desk {
    pub(crate) info: Arc<ModelInfo>,
    /// The renderers of the serializer's views; the first has all its fields.
    pub(crate) views: Vec<(&'static str, Arc<Renderer>)>,
    /// What a subscription covers beside, by view.
    pub(crate) includes: Includes,
    pub(crate) topic: Topic,
    /// The fields that clients may filter by.
    pub(crate) filters: Vec<String>,
    /// The fields that clients may sort by.
    pub(crate) orders: Vec<&'static str>,
}

impl Desk {
    /// What a subscription in a view covers beside its own rows.
    pub(crate) fn includes(&self, view: &str) -> &[Include] {
        let found = self.includes.iter().find(|(name, _)| *name == view);
        found.map_or(&[], |(_, includes)| includes)
    }

    /// The renderer of a view.
    pub(crate) fn renderer(&self, view: &str) -> Result<&Arc<Renderer>, Failure> {
        let found = self.views.iter().find(|(name, _)| *name == view);
        found.map(|(_, renderer)| renderer).ok_or_else(|| {
            Failure::internal(&format!(
                "the serializer of `{}` has no view `{view}`",
                self.info.name
            ))
        })
    }
}

/// A connection's subscriptions.
#[derive(Debug, Default)]
pub struct Subscriptions {
    /// By route and client filter: what the scope adds may be another one at the next call.
    pub(crate) seats: HashMap<(String, String), Subscription>,
    /// By channel.
    pub(crate) data: HashMap<String, OpenData>,
    pub(crate) presence: Presence,
    pub(crate) session: SessionSeat,
}

/// A data channel that a connection has.
#[derive(Debug)]
pub(crate) struct OpenData {
    /// Given up with this.
    pub(crate) _seat: DataSubscription,
    /// What it was asked for with last.
    pub(crate) asked: Asked,
}

/// Route and arguments of a call, by which it is known again.
pub(crate) type Asked = (String, String);

impl Subscriptions {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.seats.len() + self.data.len()
    }
}

/// One call, as its verb sees it.
pub struct Context<'a> {
    /// Who calls.
    pub caller: &'a Caller,
    /// The arguments. A verb may take out what is its own before it calls a default.
    pub args: Map<String, Json>,
    pub(crate) route: String,
    pub(crate) verb: String,
    pub(crate) services: &'a Services,
    pub(crate) outbox: &'a Outbox,
    pub(crate) subscriptions: &'a mut Subscriptions,
    /// Gates to be opened when the reply has been queued, with the key of each subscription.
    pub(crate) gates: Vec<((String, String), Gate)>,
    /// Data channels to be joined when the call has succeeded.
    pub(crate) opens: Vec<String>,
    /// Keeps this connection's pushes back until the reply has been queued.
    pub(crate) hold: Option<Hold>,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("caller", &self.caller)
            .field("route", &self.route)
            .field("verb", &self.verb)
            .finish_non_exhaustive()
    }
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        request: Request,
        caller: &'a Caller,
        services: &'a Services,
        outbox: &'a Outbox,
        subscriptions: &'a mut Subscriptions,
    ) -> Self {
        Self {
            caller,
            args: request.args,
            route: request.route,
            verb: request.verb,
            services,
            outbox,
            subscriptions,
            gates: Vec::new(),
            opens: Vec::new(),
            hold: None,
        }
    }

    /// What this call asks for.
    pub(crate) fn asked(&self) -> Asked {
        (self.route.clone(), arguments::own(&self.args))
    }

    /// The name of the router that is called.
    #[must_use]
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The verb that is called.
    #[must_use]
    pub fn verb(&self) -> &str {
        &self.verb
    }

    /// The database.
    #[must_use]
    pub fn db(&self) -> &DatabaseConnection {
        &self.services.db
    }

    /// Reads an argument.
    ///
    /// # Errors
    /// `bad_request` when it is not there or of another type.
    pub fn arg<T: DeserializeOwned>(&self, name: &str) -> Result<T, Failure> {
        let json = self
            .args
            .get(name)
            .ok_or_else(|| Failure::bad_request(format!("The argument `{name}` is missing.")))?;
        T::deserialize(json).map_err(|error| {
            Failure::bad_request(format!("The argument `{name}` cannot be read: {error}."))
        })
    }

    /// Reads an argument and takes it out of [`args`](Self::args), so that what comes after does
    /// not take it for a filter.
    ///
    /// # Errors
    /// `bad_request` when it is not there or of another type.
    pub fn take_arg<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Failure> {
        let value = self.arg(name)?;
        self.args.remove(name);
        Ok(value)
    }

    /// The failure for a verb that the router does not have.
    #[must_use]
    pub fn unknown_verb(&self, known: &[&str]) -> Failure {
        Failure::new(
            Code::UnknownVerb,
            format!(
                "The route `{}` has no verb `{}`; it has {}.",
                self.route,
                self.verb,
                known.join(", ")
            ),
        )
    }

    /// Commits a verb's own writes: until the reply has been queued, the pushes of this
    /// connection wait, so that its reply goes out before the echo of its write.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn commit(&mut self, transaction: DatabaseTransaction) -> Result<(), Failure> {
        self.hold = Some(self.outbox.hold());
        transaction.commit().await.map_err(|error| failure(&error))?;
        // This node's relay looks at once; another node's is told through the broker.
        self.services.nudged.notify_one();
        self.services.broker.nudge().await;
        Ok(())
    }

    /// As [`App::rights_changed`](crate::App::rights_changed), for verbs that change what a user may
    /// see: after their commit.
    ///
    /// # Errors
    /// `unavailable` when the other nodes cannot be told.
    pub async fn rights_changed(&self, user: &str) -> Result<(), Failure> {
        self.services.rights_changed(user).await.map_err(|error| {
            tracing::warn!(user, %error, "other nodes were not told of changed rights");
            Failure::new(Code::Unavailable, "Not all servers could be told; try again.")
        })
    }

    /// What a model's router works with.
    pub(crate) fn desk(&self) -> Result<&'a Desk, Failure> {
        self.services.desks.get(self.route.as_str()).ok_or_else(|| {
            Failure::internal(&format!("the route `{}` is not a model's router", self.route))
        })
    }
}
