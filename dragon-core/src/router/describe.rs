//! What a router declares, as data.

use super::model::VERBS;
use super::names::type_name;
use super::{Desk, ModelPart, Permissions, Router};
use crate::description::{
    FilterFieldDescription, RouterDescription, RouterKind, Type, VerbDescription,
};
use crate::filter::{Database, Lookup};
use crate::model::{FieldPath, ModelInfo};

/// What only the router's own type knows.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    route: &'static str,
    name: String,
    verbs: Vec<&'static str>,
    permissions: Permissions,
}

impl Facts {
    /// Those of a router.
    pub(crate) fn of<R: Router>(router: &R) -> Self {
        Self {
            route: R::ROUTE,
            name: type_name::<R>(),
            verbs: router.verbs(),
            permissions: router.permissions(),
        }
    }

    /// The router's name on the wire.
    pub(crate) fn route(&self) -> &'static str {
        self.route
    }

    /// The router as data; with what was set up for it where it is a model's.
    pub(crate) fn describe(
        &self,
        model: Option<(&ModelPart, &Desk)>,
        database: Database,
    ) -> RouterDescription {
        let verbs = model.map_or(&self.verbs, |(part, _)| &part.verbs);
        let mut description = RouterDescription {
            route: self.route.to_owned(),
            name: self.name.clone(),
            kind: if model.is_some() { RouterKind::Model } else { RouterKind::Plain },
            serializer: None,
            model: None,
            verbs: verbs.iter().map(|verb| self.verb(verb, model.is_some())).collect(),
            verbs_known: model.is_some() || !verbs.is_empty(),
            permissions: self.permissions.names(None),
            filter_fields: Vec::new(),
            order_fields: Vec::new(),
            paginate_by: None,
            views: Vec::new(),
            include_related: Vec::new(),
            subscribes: verbs.contains(&"subscribe"),
        };
        let Some((part, desk)) = model else { return description };
        description.serializer =
            part.views.first().map(|(_, renderer)| renderer.serializer_name().to_owned());
        description.model = Some(desk.info.name.to_owned());
        let paths = desk.filters.iter().filter_map(|name| desk.info.find(name).ok());
        description.filter_fields =
            paths.map(|path| filter_field(&desk.info, &path, database)).collect();
        let orders = desk.orders.iter().map(|field| wire_name(&desk.info, field));
        description.order_fields = orders.map(str::to_owned).collect();
        description.paginate_by = part.paginate_by;
        let views = part.views.iter().filter(|(name, _)| !name.is_empty());
        description.views = views.map(|(name, _)| (*name).to_owned()).collect();
        let own = desk.includes("").iter().filter(|include| include.parent.is_none());
        description.include_related = own.map(|include| include.prop_name.to_owned()).collect();
        description
    }

    fn verb(&self, verb: &str, of_a_model: bool) -> VerbDescription {
        VerbDescription {
            name: verb.to_owned(),
            own: !of_a_model || !VERBS.contains(&verb),
            permissions: self.permissions.names(Some(verb)),
        }
    }
}

fn filter_field(info: &ModelInfo, path: &FieldPath, database: Database) -> FilterFieldDescription {
    let column = &path.column;
    let lookups = Lookup::ALL.into_iter().filter(|one| column.kind.allows(*one, database).is_ok());
    let is_own = path.links.is_empty();
    FilterFieldDescription {
        name: match wire_name(info, column.field) {
            "id" if is_own => "id".to_owned(),
            _ => path.filter_name(),
        },
        field: is_own.then(|| column.field.to_owned()),
        kind: Type::from(&column.kind),
        nullable: column.nullable,
        lookups: lookups.map(|lookup| lookup.name().to_owned()).collect(),
    }
}

/// The primary key is asked for by its wire name, whatever the entity calls it.
fn wire_name<'f>(info: &ModelInfo, field: &'f str) -> &'f str {
    if field == info.key_column().field { "id" } else { field }
}
