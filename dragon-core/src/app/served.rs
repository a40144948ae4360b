//! The models of an app, each once, with what its routers' serializers tell of them.

use std::sync::Arc;

use crate::Error;
use crate::capture::Watched;
use crate::router::Registered;
use crate::serializer::Renderer;

/// A model, with the renderers of all routers that serve it.
pub(super) struct Served {
    pub(super) model: Registered,
    pub(super) renderers: Vec<Renderer>,
}

/// Adds a model to those that are there, each of which is there once, and so are its renderers.
pub(super) fn add(
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

/// The tables of pairs that the serializers of any router tell something of.
pub(super) fn junctions(served: &[Served]) -> Vec<Watched> {
    let mut junctions: Vec<Watched> = Vec::new();
    let renderers = served.iter().flat_map(|one| &one.renderers);
    for link in renderers.flat_map(Renderer::links) {
        let Some(junction) = &link.through else { continue };
        let watched = Watched::junction(junction);
        if !junctions.contains(&watched) {
            junctions.push(watched);
        }
    }
    junctions
}
