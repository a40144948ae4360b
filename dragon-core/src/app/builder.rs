//! Declaring an app, and its start.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use sea_orm::DatabaseConnection;
use tokio::sync::Notify;

use super::App;
use crate::Error;
use crate::auth::{Authenticator, ByHandshake, FirstOf, Handshake, Origins};
#[cfg(feature = "redis")]
use crate::broker::RedisBroker;
use crate::broker::{Broker, BrokerError, Limits, MemoryBroker, Topic};
use crate::capture::{
    Namespace, Relay, RelaySettings, RelayedJunction, RelayedModel, Watched, install,
};
use crate::config::Config;
use crate::connection::{Conversation, OWN_ROUTE, Person, Routes, run};
use crate::hub::{Hub, pump};
use crate::link::{NearEnd, link};
use crate::model::{ModelInfo, connect_within, verify};
use crate::protocol::Close;
use crate::publish::Publisher;
use crate::router::{Desk, DynRouter, Guarded, ModelPart, Router, Services, check_page, describe};
use crate::serializer::Renderer;
use crate::shutdown::Shutdown;
use crate::transport::{Connect, ConversationTask, Edge, outbox_limits};

/// An app as it is declared; [`start`](AppBuilder::start) makes it run.
pub struct AppBuilder {
    name: String,
    config: Config,
    db: Option<DatabaseConnection>,
    broker: Option<Arc<dyn Broker>>,
    relay: RelaySettings,
    create_tables: bool,
    authenticators: FirstOf,
    routers: Vec<Registered>,
}

struct Registered {
    route: &'static str,
    router: Result<Arc<dyn DynRouter>, Error>,
    part: Result<Option<ModelPart>, Error>,
}

impl fmt::Debug for AppBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes: Vec<&str> = self.routers.iter().map(|one| one.route).collect();
        f.debug_struct("AppBuilder")
            .field("name", &self.name)
            .field("routes", &routes)
            .finish_non_exhaustive()
    }
}

impl AppBuilder {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            config: Config::default(),
            db: None,
            broker: None,
            relay: RelaySettings::default(),
            create_tables: false,
            authenticators: FirstOf::default(),
            routers: Vec::new(),
        }
    }

    /// How it serves.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// A database that is open already; without one, [`Config::database_url`] is opened.
    #[must_use]
    pub fn database(mut self, db: DatabaseConnection) -> Self {
        self.db = Some(db);
        self
    }

    /// A broker of your own; without one, Redis where [`Config::redis_url`] is set, else one in
    /// the process.
    #[must_use]
    pub fn broker(mut self, broker: Arc<dyn Broker>) -> Self {
        self.broker = Some(broker);
        self
    }

    /// How changes get from the log to the broker.
    #[must_use]
    pub fn relay(mut self, settings: RelaySettings) -> Self {
        self.relay = settings;
        self
    }

    /// Makes the tables of the registered models, in the order of registration, where there are
    /// none: for a first start without migrations.
    #[must_use]
    pub fn create_tables(mut self) -> Self {
        self.create_tables = true;
        self
    }

    /// Finds out who a connection belongs to: [`SignedCookie`](crate::auth::SignedCookie),
    /// [`Tokens`](crate::auth::Tokens), or your own. May be said several times: the first that
    /// knows the caller, or refuses it, is believed. Without any, everybody is anonymous.
    #[must_use]
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.authenticators = self.authenticators.then(authenticator);
        self
    }

    /// An [`authenticator`](Self::authenticator) of one closure, which tells from its handshake
    /// which user a connection belongs to; scopes see it as
    /// [`Caller::user`](crate::auth::Caller::user).
    #[must_use]
    pub fn identify(
        self,
        identify: impl Fn(&Handshake) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.authenticator(ByHandshake(identify))
    }

    /// Registers a router.
    #[must_use]
    pub fn router<R: Router>(mut self, router: R) -> Self {
        let part = router.model_part();
        let router = Guarded::new(router).map(|router| Arc::new(router) as Arc<dyn DynRouter>);
        self.routers.push(Registered { route: R::ROUTE, router, part });
        self
    }

    /// Checks everything, installs capture, and starts relay and fan-out.
    ///
    /// # Errors
    /// When the setup is wrong; the sentence says how to mend it.
    pub async fn start(self) -> Result<App, Error> {
        let namespace = Namespace::of(&self.name)?;
        self.config.check()?;
        let db = match &self.db {
            Some(db) => db.clone(),
            None => connect_within(self.config.start_patience, &self.config.database_url).await?,
        };
        let database = verify(&db).await?;
        let mut routes = Routes::new();
        let mut desks = HashMap::new();
        let mut parts: Vec<ModelPart> = Vec::new();
        for Registered { route, router, part } in self.routers {
            if route == OWN_ROUTE {
                return Err(Error::setup(format!(
                    "the route `{OWN_ROUTE}` is Dragon's own; give your router another name"
                )));
            }
            if routes.insert(route, router?).is_some() {
                return Err(Error::setup(format!(
                    "two routers have the route `{route}`; give one of them another name"
                )));
            }
            let Some(part) = part? else { continue };
            check_page(&part, route, self.config.list_rows)?;
            let (filters, orders) = describe(&part, route, database)?;
            desks.insert(
                route,
                Desk {
                    info: Arc::clone(&part.info),
                    views: part.views.clone(),
                    topic: Topic::new(part.info.name),
                    filters,
                    orders,
                },
            );
            parts.push(part);
        }
        if self.create_tables {
            for part in &parts {
                (part.create_table)(&db).await.map_err(|e| Error::Database(e.to_string()))?;
            }
        }
        let models = gather(&parts)?;
        let infos: Vec<ModelInfo> = models.iter().map(|(info, _)| info.as_ref().clone()).collect();
        let junctions = junctions(&parts);
        let watched: Vec<Watched> =
            infos.iter().map(Watched::model).chain(junctions.iter().cloned()).collect();
        let mut hashes = install(&db, &namespace, &watched).await?;
        let pairs: Vec<RelayedJunction> = junctions
            .into_iter()
            .zip(hashes.split_off(infos.len()))
            .map(|(watched, hash)| RelayedJunction { watched, hash })
            .collect();
        let broker = match self.broker {
            Some(broker) => broker,
            None => default_broker(&self.config, &namespace).await?,
        };
        let nudged = Arc::new(Notify::new());
        let topics: Vec<Topic> =
            infos.iter().map(|info| Topic::new(info.name)).chain([Topic::data()]).collect();
        let relayed = models
            .into_iter()
            .zip(hashes)
            .map(|((info, parts), hash)| RelayedModel {
                topic: Topic::new(info.name),
                hash,
                captured: Arc::clone(&parts[0].captured),
                renderers: renderers(&parts),
            })
            .collect();
        let relay_settings = RelaySettings { patience: self.config.start_patience, ..self.relay };
        let relay = Relay::new(
            db.clone(),
            namespace.clone(),
            Arc::clone(&broker),
            (relayed, pairs),
            Arc::clone(&nudged),
            relay_settings,
        );
        let term = if broker.is_volatile() {
            Some(relay.begin_volatile().await?)
        } else {
            relay.place_topics().await?;
            None
        };
        let refused = |error: BrokerError| Error::Broker(error.to_string());
        let data_top = broker.top(&Topic::data()).await.map_err(refused)?;
        let hub = Arc::new(Hub::new(topics.iter().cloned(), data_top));
        let deliveries = broker.listen(&topics).await.map_err(refused)?;
        let (connections, background) = (Shutdown::default(), Shutdown::default());
        background.spawn(pump(
            Arc::clone(&hub),
            Arc::clone(&broker),
            deliveries,
            Arc::clone(&nudged),
            background.clone(),
        ));
        let failure = Arc::new(OnceLock::new());
        background.spawn({
            let (failure, ending) = (Arc::clone(&failure), connections.clone());
            let relaying = relay.run(term, background.clone());
            async move {
                if let Err(error) = relaying.await {
                    tracing::error!(%error, "the app stops");
                    let _ = failure.set(error.to_string());
                    ending.signal();
                }
            }
        });
        let config = Arc::new(self.config);
        let services = Services {
            db,
            database,
            tables: namespace.tables(),
            publisher: Publisher::new(Arc::clone(&broker), namespace.tables()),
            broker,
            hub: Arc::clone(&hub),
            nudged,
            config: Arc::clone(&config),
            desks: Arc::new(desks),
        };
        let edge = Edge {
            connect: connector(services.clone(), routes, self.authenticators, &connections),
            frame_size: config.frame_size,
            ping_every: config.ping_every,
            dead_after: config.dead_after,
            shutdown: connections.clone(),
        };
        Ok(App::new(services, edge, connections, background, failure))
    }
}

/// The models, each once, with the parts of all routers that serve it.
type Models = Vec<(Arc<ModelInfo>, Vec<ModelPart>)>;

fn gather(parts: &[ModelPart]) -> Result<Models, Error> {
    let mut models: Models = Vec::new();
    for part in parts {
        match models.iter_mut().find(|(info, _)| info.name == part.info.name) {
            Some((info, _)) if info.table != part.info.table || info.schema != part.info.schema => {
                return Err(Error::setup(format!(
                    "the models of the tables `{}` and `{}` have the same wire name `{}`; give one \
                     of them another with #[self_publish(name = \"…\")]",
                    info.table, part.info.table, info.name
                )));
            }
            Some((_, parts)) => parts.push(part.clone()),
            None => models.push((Arc::clone(&part.info), vec![part.clone()])),
        }
    }
    Ok(models)
}

/// The renderers of all routers of a model, each once.
fn renderers(parts: &[ModelPart]) -> Vec<Renderer> {
    let mut renderers: Vec<Renderer> = Vec::new();
    for (_, renderer) in parts.iter().flat_map(|part| &part.views) {
        if !renderers.iter().any(|known| known.name == renderer.name) {
            renderers.push(renderer.as_ref().clone());
        }
    }
    renderers
}

/// The tables of pairs that the serializers of any router tell something of.
fn junctions(parts: &[ModelPart]) -> Vec<Watched> {
    let mut junctions: Vec<Watched> = Vec::new();
    let views = parts.iter().flat_map(|part| &part.views);
    for link in views.flat_map(|(_, renderer)| renderer.links()) {
        let Some(junction) = &link.through else { continue };
        let watched = Watched::junction(junction);
        if !junctions.contains(&watched) {
            junctions.push(watched);
        }
    }
    junctions
}

async fn default_broker(config: &Config, namespace: &Namespace) -> Result<Arc<dyn Broker>, Error> {
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

/// How a transport begins a conversation with this app.
fn connector(
    services: Services,
    routes: Routes,
    authenticators: FirstOf,
    shutdown: &Shutdown,
) -> Connect {
    let origins = Origins::and(services.config.origins.iter().cloned());
    let (next, open) = (AtomicU64::new(1), Arc::new(AtomicUsize::new(0)));
    let (routes, authenticators) = (Arc::new(routes), Arc::new(authenticators));
    let shutdown = shutdown.clone();
    Arc::new(move |handshake: Handshake| -> (NearEnd, Option<ConversationTask>) {
        let (near, far) = link(outbox_limits(&services.config));
        let refusal = if shutdown.is_signalled() {
            Some(Close::GOING_AWAY)
        } else if !origins.admit(&handshake) {
            tracing::info!(
                origin = handshake.header("origin"),
                "a page of another origin was refused; DRAGON_ORIGINS lists those that may connect"
            );
            Some(Close::INVALID_ORIGIN)
        } else if open.load(Ordering::Relaxed) >= services.config.connections {
            Some(Close::TOO_MANY)
        } else {
            None
        };
        if let Some(close) = refusal {
            near.outbox.close(close);
            return (near, None);
        }
        let seat = Seat::take(&open);
        let conversation = Conversation {
            person: Person::new(next.fetch_add(1, Ordering::Relaxed), Arc::clone(&authenticators)),
            services: services.clone(),
            routes: Arc::clone(&routes),
        };
        let shutdown = shutdown.clone();
        let task: ConversationTask = Box::pin(async move {
            run(conversation, handshake, far, shutdown).await;
            drop(seat);
        });
        (near, Some(task))
    })
}

/// Counts a connection while it lives.
struct Seat(Arc<AtomicUsize>);

impl Seat {
    fn take(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
