//! Declaring an app.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use sea_orm::{DatabaseConnection, DbErr};
use serde_json::Value as Json;

use super::migrate::Migrate;
use super::served::Entry;
use crate::auth::{Authenticator, ByHandshake, FirstOf, Handshake};
use crate::broker::Broker;
use crate::capture::RelaySettings;
use crate::config::Config;
use crate::filter::Kind;
use crate::model::Model;
use crate::router::{DynRouter, Facts, Guarded, Registered, Router};
use crate::serializer::Deserializers;
use crate::session::SessionStore;

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
}
