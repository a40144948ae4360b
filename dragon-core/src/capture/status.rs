//! How far capture is installed.

use sea_orm::{DatabaseConnection, DbErr};
use serde::Serialize;

use super::asked::table_exists;
use super::plan::Plan;
use super::{Namespace, Watched, ident, table_of};

/// How far capture is installed for an app's tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// In the order in which they were asked for.
    pub tables: Vec<TableStatus>,
    /// Triggers of the namespace that belong to no table of the app.
    pub strangers: Vec<Stranger>,
}

/// How far capture is installed for a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TableStatus {
    /// The wire name of its model; of a table between two models a name that begins with `~`.
    pub name: String,
    /// The table.
    pub table: String,
    /// How far it is.
    pub state: State,
}

/// How far a table's triggers are those that the app needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// They are.
    Installed,
    /// They are those of another version of the model, of Dragon or of the table, or some are
    /// missing or switched off. A start renews them.
    Outdated,
    /// There are none. A start makes them.
    Missing,
    /// There is no such table.
    NoTable,
}

/// A trigger of the namespace that belongs to no table of the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stranger {
    /// The trigger.
    pub trigger: String,
    /// The table that it stands on.
    pub table: String,
}

/// How far capture is installed; nothing is changed.
///
/// # Errors
/// When the database refuses.
pub async fn status(
    db: &DatabaseConnection,
    namespace: &Namespace,
    watched: &[Watched],
) -> Result<Status, DbErr> {
    let plan = Plan::of(db, namespace, watched).await?;
    let capture = &plan.names.capture;
    let has_own = table_exists(db, &ident(capture), capture).await;
    let mut tables = Vec::new();
    for (one, triggers) in &plan.watched {
        let state = if !table_exists(db, &table_of(&one.table), &one.table.table).await {
            State::NoTable
        } else if has_own {
            plan.state(db, namespace, one, triggers).await?
        } else {
            State::Missing
        };
        tables.push(TableStatus { name: one.topic.clone(), table: one.table.table.clone(), state });
    }
    Ok(Status { tables, strangers: plan.strangers(db, namespace).await? })
}
