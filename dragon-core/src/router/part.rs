//! What is set up for a model's router when an app starts: its model, its views, its allow-lists.

use std::fmt::Display;
use std::sync::Arc;

use super::ModelRouter;
use super::arguments::no_filter;
use super::context::Includes;
use super::model::given;
use crate::Error;
use crate::filter::{Database, Lookup};
use crate::model::{DynModel, Model, ModelInfo, dyn_model};
use crate::serializer::{Renderer, Serializer};

/// What the app sets up for a model's router.
#[derive(Clone, Debug)]
pub struct ModelPart {
    pub(crate) model: Registered,
    /// The renderers of the serializer's views; the first has all its fields.
    pub(crate) views: Vec<(&'static str, Arc<Renderer>)>,
    /// What a subscription covers beside its own rows, by view.
    pub(crate) includes: Includes,
    /// The verbs that clients may call; the app's own last.
    pub(super) verbs: Vec<&'static str>,
    filters: &'static [&'static str],
    orders: &'static [&'static str],
    pub(super) paginate_by: Option<u64>,
}

impl ModelPart {
    /// What a router declares.
    ///
    /// # Errors
    /// What is declared wrongly.
    pub(super) fn of<R: ModelRouter>() -> Result<Self, Error> {
        let views = views::<R::Serializer>()?;
        Ok(Self {
            model: Registered::of::<<R::Serializer as Serializer>::Entity>()?,
            includes: includes(&views, R::INCLUDE_RELATED)?,
            views,
            verbs: given::<R>(),
            filters: R::FILTER_FIELDS,
            orders: R::ORDER_FIELDS,
            paginate_by: R::PAGINATE_BY,
        })
    }
}

/// What the app sets up for a model, be it a router's or one that filters only look into.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    pub(crate) info: ModelInfo,
    pub(crate) model: Arc<dyn DynModel>,
}

impl Registered {
    pub(crate) fn of<E: Model>() -> Result<Self, Error> {
        Ok(Self::by(dyn_model::<E>()?))
    }

    pub(crate) fn by(model: Arc<dyn DynModel>) -> Self {
        Self { info: model.info().clone(), model }
    }
}

/// What subscriptions cover beside, by view.
fn includes(
    views: &[(&'static str, Arc<Renderer>)],
    wanted: Option<&[&str]>,
) -> Result<Includes, Error> {
    if let (Some(wanted), Some((_, whole))) = (wanted, views.first()) {
        let told = whole.includes(None);
        // What these lead on to comes with them, and has no name here.
        let own = told.iter().filter(|one| one.parent.is_none());
        let all: Vec<&str> = own.map(|one| one.prop_name).collect();
        if let Some(unknown) = wanted.iter().find(|name| !all.contains(name)) {
            return Err(Error::setup(format!(
                "include_related: `{unknown}` is no relation that {} tells; there are {}",
                whole.name,
                all.join(", ")
            )));
        }
    }
    let of = |(name, renderer): &(&'static str, Arc<Renderer>)| {
        (*name, Arc::from(renderer.includes(wanted)))
    };
    Ok(views.iter().map(of).collect())
}

fn views<S: Serializer>() -> Result<Vec<(&'static str, Arc<Renderer>)>, Error> {
    let views = Renderer::views_of::<S>()?;
    Ok(views.into_iter().map(|(name, renderer)| (name, Arc::new(renderer))).collect())
}

/// The fields of an allow-list, each checked against the table of what can be compared. `info` is
/// the part's model, tied to the app's others.
///
/// # Errors
/// A sentence that says which field of which route cannot be allowed, and why.
pub fn allow_lists(
    part: &ModelPart,
    info: &ModelInfo,
    route: &str,
    database: Database,
) -> Result<(Vec<String>, Vec<&'static str>), Error> {
    let known = || info.columns.iter().map(|column| column.field).collect::<Vec<_>>().join(", ");
    let column = |list: &str, field: &str| {
        info.resolve(field).ok_or_else(|| {
            Error::setup(format!(
                "route `{route}`: `{}` has no field `{field}` for {list}; it has {}",
                info.name,
                known()
            ))
        })
    };
    let mut filters = vec![info.key_column().field.to_owned()];
    for field in part.filters {
        let refused = |why: &dyn Display| {
            Error::setup(format!("route `{route}`: `{field}` cannot be among filter_fields: {why}"))
        };
        if let Some(why) = no_filter(field) {
            return Err(refused(&why));
        }
        let path = info.find(field).map_err(|why| refused(&why))?;
        if let Some(why) = not_filterable(&path.column.kind, database) {
            return Err(refused(&why));
        }
        if !filters.contains(&path.name()) {
            filters.push(path.name());
        }
    }
    let mut orders = vec![info.key_column().field];
    for field in part.orders {
        let column = column("order_fields", field)?;
        column.kind.allows_order().map_err(|why| {
            Error::setup(format!("route `{route}`: `{field}` cannot be among order_fields: {why}"))
        })?;
        if !orders.contains(&column.field) {
            orders.push(column.field);
        }
    }
    Ok((filters, orders))
}

/// Why a column of this kind can be filtered by no lookup at all.
fn not_filterable(kind: &crate::filter::Kind, database: Database) -> Option<&'static str> {
    let mut why = None;
    for lookup in Lookup::ALL {
        match kind.allows(lookup, database) {
            Ok(()) => return None,
            Err(reason) => why = why.or(Some(reason)),
        }
    }
    why
}
