//! What an app is going to say of models that have just been written: so a new page has its types
//! before its app is built. A test holds it to what such an app says then.

use std::collections::BTreeMap;

use crate::description::{
    Column, Description, Field, FilterField, Key, Model, Router, Serializer, Type, Verb,
};
use crate::scaffold::{Database, Project};
use crate::spec::{self, Kind, ModelSpec};

/// The verbs of a model's router.
const VERBS: [&str; 7] =
    ["get_list", "get_single", "create", "update", "delete", "subscribe", "unsubscribe"];

const EQUALITY: [&str; 2] = ["eq", "in"];
const ORDER: [&str; 4] = ["lt", "lte", "gt", "gte"];

/// The description of a project with these models, as the templates write them.
pub(crate) fn description(project: &Project, models: &[ModelSpec]) -> Description {
    let mut serializers: Vec<Serializer> =
        models.iter().map(|spec| serializer(project, spec)).collect();
    serializers.sort_by(|a, b| a.name.cmp(&b.name));
    Description {
        name: project.name.clone(),
        routers: models.iter().map(|spec| router(project, spec)).collect(),
        serializers,
        models: models.iter().map(model).collect(),
    }
}

/// Its name on the wire: that of the table without `_`.
fn wire_name(spec: &ModelSpec) -> String {
    spec.name.snake().replace('_', "")
}

fn serializer_name(project: &Project, spec: &ModelSpec) -> String {
    let name = &spec.name;
    format!("{}::serializers::{}::{}Serializer", project.ident, name.snake(), name.pascal())
}

fn serializer(project: &Project, spec: &ModelSpec) -> Serializer {
    Serializer {
        name: serializer_name(project, spec),
        short_name: format!("{}Serializer", spec.name.pascal()),
        model: wire_name(spec),
        key: Key { kind: kind(&Kind::Int) },
        fields: spec.fields.iter().map(field).collect(),
        related: Vec::new(),
        views: BTreeMap::new(),
    }
}

fn field(field: &spec::Field) -> Field {
    Field {
        name: field.column.clone(),
        kind: kind(&field.kind),
        nullable: field.is_nullable(),
        published: true,
        updatable: true,
        required_on_create: field.required,
        max_length: None,
        custom: false,
        tells: None,
    }
}

fn router(project: &Project, spec: &ModelSpec) -> Router {
    let key = FilterField {
        name: "id".to_owned(),
        field: Some("id".to_owned()),
        kind: kind(&Kind::Int),
        nullable: false,
        lookups: lookups(project, &Kind::Int),
    };
    let filters = spec.fields.iter().filter(|field| field.kind.is_filter());
    let filters = filters.map(|field| FilterField {
        name: match field.kind {
            Kind::Ref(_) => format!("{}__id", field.name.snake()),
            _ => field.column.clone(),
        },
        field: Some(field.column.clone()),
        kind: kind(&field.kind),
        nullable: field.is_nullable(),
        lookups: lookups(project, &field.kind),
    });
    let orders = spec.fields.iter().filter(|field| field.kind.is_order());
    let verb = |name: &str| Verb { name: name.to_owned(), own: false, permissions: Vec::new() };
    Router {
        route: spec.name.kebab().to_owned(),
        name: format!("{}Router", spec.name.pascal()),
        serializer: Some(serializer_name(project, spec)),
        model: Some(wire_name(spec)),
        verbs: VERBS.into_iter().map(verb).collect(),
        verbs_known: true,
        permissions: Vec::new(),
        filter_fields: [key].into_iter().chain(filters).collect(),
        order_fields: ["id".to_owned()]
            .into_iter()
            .chain(orders.map(|field| field.column.clone()))
            .collect(),
        paginate_by: None,
        views: Vec::new(),
        include_related: Vec::new(),
    }
}

fn model(spec: &ModelSpec) -> Model {
    let columns = spec.fields.iter().map(|field| Column {
        name: field.column.clone(),
        foreign_key: matches!(field.kind, Kind::Ref(_)),
    });
    let key = Column { name: "id".to_owned(), foreign_key: false };
    Model { name: wire_name(spec), columns: [key].into_iter().chain(columns).collect() }
}

fn kind(kind: &Kind) -> Type {
    let (kind, wire) = match kind {
        Kind::String | Kind::Text => ("text", "string"),
        Kind::Int | Kind::Bigint | Kind::Ref(_) => ("int", "number"),
        Kind::Float => ("float64", "number"),
        Kind::Decimal => ("decimal", "string"),
        Kind::Bool => ("bool", "boolean"),
        Kind::Date => ("date", "string"),
        Kind::Time => ("time", "string"),
        Kind::Datetime => ("instant_utc", "string"),
        Kind::Uuid => ("uuid", "string"),
        Kind::Json => ("json", "any"),
    };
    Type { kind: kind.to_owned(), wire: wire.to_owned(), values: Vec::new() }
}

/// How columns of a kind can be compared: what `dragon::filter::Kind::allows` says.
fn lookups(project: &Project, kind: &Kind) -> Vec<String> {
    let (equality, order, contains): (&[&str], &[&str], &[&str]) = match kind {
        Kind::String | Kind::Text => (&EQUALITY, &ORDER, &["contains"]),
        Kind::Int | Kind::Bigint | Kind::Ref(_) | Kind::Date | Kind::Datetime => {
            (&EQUALITY, &ORDER, &[])
        }
        Kind::Float => (&[], &ORDER, &[]),
        Kind::Decimal if project.database == Database::Postgres => (&EQUALITY, &ORDER, &[]),
        Kind::Decimal | Kind::Bool | Kind::Time | Kind::Uuid => (&EQUALITY, &[], &[]),
        Kind::Json => (&[], &[], &[]),
    };
    [equality, order, contains].concat().into_iter().map(str::to_owned).collect()
}
