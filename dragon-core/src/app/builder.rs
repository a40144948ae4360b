//! Declaring an app, and its start.

use std::fmt;
use std::future::Future;
use std::process;
use std::sync::{Arc, OnceLock};

use sea_orm::{DatabaseConnection, DbErr};
use serde_json::Value as Json;
use tokio::sync::Notify;

use super::App;
use super::checked::Checked;
use super::connector::connector;
use super::defaults::{default_broker, default_sessions};
use super::describe::describe;
use super::errand::Errand;
use super::migrate::Migrate;
use super::served::{Entry, Pairs, Served};
use super::tables::create_tables;
use crate::Error;
use crate::auth::{Authenticator, ByHandshake, FirstOf, Handshake};
use crate::broker::{Broker, BrokerError, Topic};
use crate::capture::{
    Captured, Namespace, Relay, RelaySettings, RelayedJunction, RelayedModel, install,
};
use crate::config::Config;
use crate::description::Description;
use crate::filter::{Database, Kind};
use crate::hub::{Hub, pump};
use crate::model::{Model, TableName, connect_within, database_of, database_of_url, verify};
use crate::publish::Publisher;
use crate::router::{DynRouter, Facts, Guarded, Registered, Router, Services};
use crate::serializer::Deserializers;
use crate::session::SessionStore;
use crate::shutdown::Shutdown;
use crate::transport::Edge;

/// An app as it is declared; [`start`](AppBuilder::start) makes it run.
pub struct AppBuilder {
    pub(super) name: String,
    pub(super) config: Config,
    pub(super) db: Option<DatabaseConnection>,
    pub(super) broker: Option<Arc<dyn Broker>>,
    pub(super) sessions: Option<Arc<dyn SessionStore>>,
    pub(super) relay: RelaySettings,
    pub(super) migrate: Option<Migrate>,
    pub(super) create_tables: bool,
    pub(super) authenticators: FirstOf,
    pub(super) deserializers: Deserializers,
    pub(super) entries: Vec<Entry>,
}

impl fmt::Debug for AppBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let route = |entry: &Entry| match entry {
            Entry::Router { facts, .. } => Some(facts.route()),
            Entry::Model(_) => None,
        };
        let routes: Vec<&str> = self.entries.iter().filter_map(route).collect();
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
            sessions: None,
            relay: RelaySettings::default(),
            migrate: None,
            create_tables: false,
            authenticators: FirstOf::default(),
            deserializers: Deserializers::default(),
            entries: Vec::new(),
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

    /// A session store of your own; without one, Redis where [`Config::redis_url`] is set, else one
    /// in the process.
    #[must_use]
    pub fn session_store(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.sessions = Some(store);
        self
    }

    /// How changes get from the log to the broker.
    #[must_use]
    pub fn relay(mut self, settings: RelaySettings) -> Self {
        self.relay = settings;
        self
    }

    /// Runs migrations at the start, before anything is looked for in the database and before
    /// [`create_tables`](Self::create_tables). On PostgreSQL nodes that start together take turns.
    ///
    /// ```no_run
    /// use dragon::prelude::*;
    /// # use dragon::sea_orm::ConnectionTrait as _;
    ///
    /// // With the crate sea-orm-migration: `Migrator::up(&db, None).await`.
    /// async fn migrate(db: DatabaseConnection) -> Result<(), DbErr> {
    ///     db.execute_unprepared("CREATE TABLE IF NOT EXISTS note (id integer PRIMARY KEY)").await?;
    ///     Ok(())
    /// }
    ///
    /// let app = App::builder("notes").migrate(migrate);
    /// ```
    #[must_use]
    pub fn migrate<F>(mut self, run: impl FnOnce(DatabaseConnection) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<(), DbErr>> + Send + 'static,
    {
        self.migrate = Some(Migrate::new(run));
        self
    }

    /// Makes the tables of the registered models, in the order of registration, where there are
    /// none: for a first start without migrations. Tables that are there it leaves as they are; a
    /// start on one that lacks a column of its model stops with a sentence.
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
        let (facts, part) =
            (Facts::of(&router), router.model_part().map(|part| part.map(Box::new)));
        let router = Guarded::new(router).map(|router| Arc::new(router) as Arc<dyn DynRouter>);
        self.entries.push(Entry::Router { facts, router, part });
        self
    }

    /// Registers a model that no router serves but that a filter or a scope looks into: the
    /// changes of its table must be seen too, so it gets triggers as well.
    ///
    /// ```no_run
    /// # mod user {
    /// #     use dragon::prelude::*;
    /// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    /// #     #[sea_orm(table_name = "user")]
    /// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub name: String }
    /// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    /// #     pub enum Relation {}
    /// #     impl ActiveModelBehavior for ActiveModel {}
    /// # }
    /// // With `filter_fields(todo_list__owner__name)` in the router of the items.
    /// let app = dragon::App::builder("todo").model::<user::Entity>();
    /// ```
    #[must_use]
    pub fn model<E: Model>(mut self) -> Self {
        self.entries.push(Entry::Model(Registered::of::<E>()));
        self
    }

    /// Brings what clients send for update fields of columns of this kind into the form that Dragon
    /// reads; one for each kind, of enums one for all. Null does not come here. The sentence of an
    /// error is shown beside the field. Filters and ids are read as ever.
    ///
    /// ```no_run
    /// use dragon::filter::Kind;
    /// use serde_json::{Value as Json, json};
    ///
    /// // Days as Germans write them.
    /// let app = dragon::App::builder("todo").deserializer(Kind::Date, |sent: &Json| {
    ///     let parts: Vec<&str> = sent.as_str().unwrap_or_default().split('.').collect();
    ///     match parts[..] {
    ///         [day, month, year] => Ok(json!(format!("{year}-{month:0>2}-{day:0>2}"))),
    ///         _ => Err("Write a date as DD.MM.YYYY.".to_owned()),
    ///     }
    /// });
    /// ```
    #[must_use]
    // A builder takes what it is given.
    #[allow(clippy::needless_pass_by_value)]
    pub fn deserializer(
        mut self,
        kind: Kind,
        read: impl Fn(&Json) -> Result<Json, String> + Send + Sync + 'static,
    ) -> Self {
        self.deserializers.add(&kind, read);
        self
    }

    /// What this app declares, as data: what `dragon-cli routes` and `dragon-cli types` work with.
    ///
    /// Nothing is opened for it: neither the database nor Redis need run. Which database it is
    /// for is told by its URL, or by the one that was given.
    ///
    /// # Errors
    /// What a [`start`](Self::start) would find wrong without a database.
    pub fn describe(self) -> Result<Description, Error> {
        let namespace = Namespace::of(&self.name)?;
        self.config.check()?;
        let database = self.database_kind()?;
        let checked = Checked::of(namespace, self.entries, &self.config, database)?;
        describe(self.name, &self.config, &checked)
    }

    /// Checks everything, installs capture, and starts relay and fan-out.
    ///
    /// # `DRAGON_DESCRIBE` and `DRAGON_ERRAND`
    ///
    /// Where one of these is in the environment, nothing is started: the app does what is asked,
    /// prints the answer to standard output as one line of JSON, **and the process exits with
    /// 0**. `dragon-cli` asks so. Nothing of it is told over a port, and none is opened. What
    /// `main` does before the start is done as ever; what it opens itself must be there.
    ///
    /// * `DRAGON_DESCRIBE=1` tells the [description](Self::describe), as
    ///   `{"dragon":"<version>","describe":{…}}`. No database and no Redis is opened for it.
    /// * `DRAGON_ERRAND=check` looks at what a start needs: the database and its tables, Redis,
    ///   capture, and the address. Nothing is changed.
    /// * `DRAGON_ERRAND=capture-status`, `capture-sql`, `capture-install` and
    ///   `capture-uninstall` do with this app's tables what [`capture`](crate::capture)'s functions
    ///   of these names do.
    ///
    /// # Errors
    /// When the setup is wrong; the sentence says how to mend it.
    pub async fn start(self) -> Result<App, Error> {
        match Errand::asked()? {
            None => self.run().await,
            Some(errand) => {
                errand.answer(self).await?;
                // The one place where the library ends a process: it was asked to, and what comes
                // after a start is not meant to run.
                process::exit(0)
            }
        }
    }

    /// Which database it is for, as far as that can be said without opening it.
    pub(super) fn database_kind(&self) -> Result<Database, Error> {
        match &self.db {
            Some(db) => database_of(db),
            None => database_of_url(&self.config.database_url),
        }
    }

    async fn run(self) -> Result<App, Error> {
        let namespace = Namespace::of(&self.name)?;
        self.config.check()?;
        let db = match &self.db {
            Some(db) => db.clone(),
            None => connect_within(self.config.start_patience, &self.config.database_url).await?,
        };
        let database = verify(&db).await?;
        let checked = Checked::of(namespace, self.entries, &self.config, database)?;
        let watched = checked.watched();
        let Checked { namespace, routes, served, junctions, models, desks, .. } = checked;
        if let Some(migrate) = self.migrate {
            migrate.run(&db, &namespace).await?;
        }
        if self.create_tables {
            create_tables(&db, &served).await?;
        }
        let mut hashes = install(&db, &namespace, &watched).await?;
        let pairs: Vec<RelayedJunction> = junctions
            .into_iter()
            .zip(hashes.split_off(served.len()))
            .map(|(Pairs { watched, types }, hash)| RelayedJunction { watched, hash, types })
            .collect();
        // What a topic tells is what happened in its table.
        let tables: Vec<(Topic, TableName)> =
            watched.iter().map(|one| (Topic::new(&one.topic), one.table.clone())).collect();
        let broker = match self.broker {
            Some(broker) => broker,
            None => default_broker(&self.config, &namespace).await?,
        };
        let sessions = match self.sessions {
            Some(sessions) => sessions,
            None => default_sessions(&self.config, &namespace)?,
        };
        let nudged = Arc::new(Notify::new());
        let topics: Vec<Topic> =
            tables.iter().map(|(topic, _)| topic.clone()).chain([Topic::data()]).collect();
        let relayed = served
            .into_iter()
            .zip(hashes)
            .map(|(Served { model, renderers }, hash)| RelayedModel {
                topic: Topic::new(model.info.name),
                hash,
                captured: Captured::new(model.model),
                renderers,
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
        let (connections, background) = (Shutdown::default(), Shutdown::default());
        let hub = Arc::new(Hub::new(tables, data_top, background.clone()));
        let deliveries = broker.listen(&topics).await.map_err(refused)?;
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
            sessions,
            node: fastrand::u128(..),
            nudged,
            config: Arc::clone(&config),
            deserializers: Arc::new(self.deserializers),
            desks: Arc::new(desks),
            models,
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
