//! An app as data.

use std::collections::BTreeMap;

use super::checked::Checked;
use crate::Error;
use crate::config::Config;
use crate::description::{ColumnDescription, Description, ModelDescription, Type};
use crate::model::ModelInfo;
use crate::serializer::describe_key;

/// What an app of this name declares.
///
/// # Errors
/// When an entity that a serializer leads to is declared wrongly.
pub(super) fn describe(
    name: String,
    config: &Config,
    checked: &Checked,
) -> Result<Description, Error> {
    let parts: BTreeMap<&str, _> =
        checked.parts.iter().map(|(route, part)| (*route, part)).collect();
    let routers = checked.facts.iter().map(|facts| {
        let route = facts.route();
        facts.describe(parts.get(route).copied().zip(checked.desks.get(route)), checked.database)
    });
    let mut serializers = BTreeMap::new();
    for renderer in checked.served.iter().flat_map(|one| &one.renderers) {
        renderer.describe(&mut serializers)?;
    }
    Ok(Description {
        name,
        namespace: checked.namespace.to_string(),
        database: checked.database,
        addr: config.addr.clone(),
        websocket_path: config.websocket_path.clone(),
        sockjs_prefix: config.sockjs_prefix.clone(),
        settings_path: config.settings_path.clone(),
        routers: routers.collect(),
        serializers: serializers.into_values().collect(),
        models: checked.served.iter().map(|one| model(&one.model.info)).collect(),
    })
}

fn model(info: &ModelInfo) -> ModelDescription {
    let columns = info.columns.iter().map(|column| ColumnDescription {
        name: column.field.to_owned(),
        column: column.name.clone(),
        kind: Type::from(&column.kind),
        nullable: column.nullable,
        has_default: column.has_default,
        generated: column.generated,
        foreign_key: column.foreign_key,
    });
    ModelDescription {
        name: info.name.to_owned(),
        table: info.table.clone(),
        schema: info.schema.clone(),
        key: describe_key(info),
        columns: columns.collect(),
    }
}
