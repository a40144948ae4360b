//! What an app declares, checked as far as that needs no database.

use std::collections::HashMap;
use std::sync::Arc;

use super::served::{Declared, Entry, Pairs, Served, desks, gather, junctions};
use crate::Error;
use crate::capture::{Namespace, Watched};
use crate::config::Config;
use crate::connection::Routes;
use crate::filter::Database;
use crate::model::Models;
use crate::router::{Desk, Facts, ModelPart};
use crate::serializer::check_keys;

/// A declaration without a mistake.
pub(super) struct Checked {
    pub(super) namespace: Namespace,
    pub(super) database: Database,
    pub(super) routes: Routes,
    pub(super) facts: Vec<Facts>,
    pub(super) parts: Vec<(&'static str, ModelPart)>,
    pub(super) served: Vec<Served>,
    pub(super) junctions: Vec<Pairs>,
    pub(super) models: Arc<Models>,
    pub(super) desks: HashMap<&'static str, Desk>,
}

impl Checked {
    /// What was registered, for a database of this kind.
    ///
    /// # Errors
    /// What is wrong, and how to mend it.
    pub(super) fn of(
        namespace: Namespace,
        entries: Vec<Entry>,
        config: &Config,
        database: Database,
    ) -> Result<Self, Error> {
        let Declared { routes, facts, parts, served } = gather(entries)?;
        check_keys(parts.iter().filter_map(|(_, part)| Some(&*part.views.first()?.1)))?;
        let junctions = junctions(&served);
        let models = Models::tie(
            served.iter().map(|one| one.model.info.clone()),
            junctions.iter().map(|one| one.watched.table.clone()),
        );
        let desks = desks(&parts, &models, config, database)?;
        Ok(Self { namespace, database, routes, facts, parts, served, junctions, models, desks })
    }

    /// The name of the database.
    pub(super) fn database_name(&self) -> &'static str {
        match self.database {
            Database::Sqlite => "sqlite",
            Database::Postgres => "postgres",
        }
    }

    /// The tables whose changes are logged: the models', and then those between two of them.
    pub(super) fn watched(&self) -> Vec<Watched> {
        self.served
            .iter()
            .map(|one| Watched::model(&one.model.info))
            .chain(self.junctions.iter().map(|one| one.watched.clone()))
            .collect()
    }
}
