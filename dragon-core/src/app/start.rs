//! The start of an app, or what is asked of it instead.

use std::process;
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

use super::checked::Checked;
use super::connector::connector;
use super::defaults::{default_broker, default_sessions};
use super::describe::describe;
use super::errand::Errand;
use super::served::{Pairs, Served};
use super::tables::create_tables;
use super::{App, AppBuilder};
use crate::Error;
use crate::broker::{BrokerError, Topic};
use crate::capture::{
    Captured, Namespace, Relay, RelaySettings, RelayedJunction, RelayedModel, install,
};
use crate::description::Description;
use crate::filter::Database;
use crate::hub::{Hub, pump};
use crate::model::{TableName, connect_within, database_of, database_of_url, verify};
use crate::publish::Publisher;
use crate::router::Services;
use crate::shutdown::Shutdown;
use crate::transport::Edge;

impl AppBuilder {
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
