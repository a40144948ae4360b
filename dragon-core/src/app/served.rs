//! What an app declares, checked: its routes, and its models, each once, with what its routers'
//! serializers tell of them.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::ArrayType;

use crate::Error;
use crate::broker::Topic;
use crate::capture::Watched;
use crate::config::Config;
use crate::connection::{OWN_ROUTE, Routes};
use crate::filter::Database;
use crate::model::Models;
use crate::router::{Desk, DynRouter, Facts, ModelPart, Registered, allow_lists, check_page};
use crate::serializer::Renderer;

/// What was registered.
pub(super) enum Entry {
    /// A router, and the model part of a model's.
    Router {
        facts: Facts,
        router: Result<Arc<dyn DynRouter>, Error>,
        part: Result<Option<Box<ModelPart>>, Error>,
    },
    /// A model that no router serves.
    Model(Result<Registered, Error>),
}

/// What an app declares.
pub(super) struct Declared {
    pub(super) routes: Routes,
    /// What every router says of itself, in the order of registration.
    pub(super) facts: Vec<Facts>,
    /// The models' routers, by route.
    pub(super) parts: Vec<(&'static str, ModelPart)>,
    /// In the order of registration.
    pub(super) served: Vec<Served>,
}

/// Takes apart what was registered.
pub(super) fn gather(entries: Vec<Entry>) -> Result<Declared, Error> {
    let mut declared = Declared {
        routes: Routes::new(),
        facts: Vec::new(),
        parts: Vec::new(),
        served: Vec::new(),
    };
    for entry in entries {
        let (facts, router, part) = match entry {
            Entry::Router { facts, router, part } => (facts, router, part),
            Entry::Model(model) => {
                add(&mut declared.served, model?, &[])?;
                continue;
            }
        };
        let route = facts.route();
        if route == OWN_ROUTE {
            return Err(Error::setup(format!(
                "the route `{OWN_ROUTE}` is Dragon's own; give your router another name"
            )));
        }
        if declared.routes.insert(route, router?).is_some() {
            return Err(Error::setup(format!(
                "two routers have the route `{route}`; give one of them another name"
            )));
        }
        declared.facts.push(facts);
        if let Some(part) = part? {
            let mut model = part.model.clone();
            // What its serializer tells under a name, a path may go by.
            for link in part.views.iter().flat_map(|(_, renderer)| renderer.links()) {
                model.info.lead(link);
            }
            add(&mut declared.served, model, &part.views)?;
            for include in part.includes.iter().flat_map(|(_, includes)| includes.iter()) {
                let mut model = Registered::by(Arc::clone(&include.model));
                model.info.lead(&include.back);
                let view = [("", Arc::clone(&include.renderer))];
                add(&mut declared.served, model, &view)?;
            }
            declared.parts.push((route, *part));
        }
    }
    Ok(declared)
}

/// What the models' routers work with, each checked.
pub(super) fn desks(
    parts: &[(&'static str, ModelPart)],
    models: &Models,
    config: &Config,
    database: Database,
) -> Result<HashMap<&'static str, Desk>, Error> {
    let mut desks = HashMap::new();
    for (route, part) in parts {
        check_page(part, route, config.list_rows)?;
        let Some(info) = models.named(part.model.info.name) else { continue };
        let (filters, orders) = allow_lists(part, info, route, database)?;
        let (info, views) = (Arc::clone(info), part.views.clone());
        let includes = part.includes.clone();
        let topic = Topic::new(info.name);
        desks.insert(*route, Desk { info, views, includes, topic, filters, orders });
    }
    Ok(desks)
}

/// A model, with the renderers of all routers that serve it.
pub(super) struct Served {
    pub(super) model: Registered,
    pub(super) renderers: Vec<Renderer>,
}

/// Adds a model to those that are there, each of which is there once, and so are its renderers.
fn add(
    served: &mut Vec<Served>,
    model: Registered,
    views: &[(&'static str, Arc<Renderer>)],
) -> Result<(), Error> {
    let info = &model.info;
    let one = match served.iter_mut().position(|one| one.model.info.name == info.name) {
        Some(at) => {
            let other = &served[at].model.info;
            if other.table_name() != info.table_name() {
                return Err(Error::setup(format!(
                    "the models of the tables `{}` and `{}` have the same wire name `{}`; give \
                     one of them another with #[self_publish(name = \"…\")]",
                    other.table, info.table, info.name
                )));
            }
            for link in &model.info.links {
                served[at].model.info.lead(link);
            }
            &mut served[at]
        }
        None => {
            served.push(Served { model, renderers: Vec::new() });
            let last = served.len() - 1;
            &mut served[last]
        }
    };
    for (_, renderer) in views {
        if !one.renderers.iter().any(|known| known.name == renderer.name) {
            one.renderers.push(renderer.as_ref().clone());
        }
    }
    Ok(())
}

/// A table of pairs that the serializers of some router tell something of.
pub(super) struct Pairs {
    pub(super) watched: Watched,
    /// The types of its columns, in their order.
    pub(super) types: Vec<ArrayType>,
}

/// The tables of pairs that the serializers of any router tell something of.
pub(super) fn junctions(served: &[Served]) -> Vec<Pairs> {
    let mut junctions: Vec<Pairs> = Vec::new();
    for renderer in served.iter().flat_map(|one| &one.renderers) {
        for (link, from, to) in renderer.tied() {
            let Some(junction) = &link.through else { continue };
            let watched = Watched::junction(junction);
            if junctions.iter().any(|known| known.watched == watched) {
                continue;
            }
            let of = |column: &String| if *column == junction.from { from } else { to };
            let types = watched.columns.iter().map(|column| of(column).clone()).collect();
            junctions.push(Pairs { watched, types });
        }
    }
    junctions
}
