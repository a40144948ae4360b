//! What breaks capture by triggers elsewhere: each trap that was found, on the database that has
//! it.

mod install;
mod names;
mod office;
mod replaced;
mod rights;
mod rows;
mod start;

use std::time::Duration;

use dragon::Config;
use dragon_tests::{Client, util::PATIENCE};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};

use crate::world::{World, told};

/// A configuration that waits this long for another process.
fn patient(patience: Duration) -> Config {
    let mut config = Config::default();
    config.start_patience = patience;
    config
}

/// A client that holds the rows of a route, and so is told to load anew rather than closed.
async fn watch(world: &World, route: &str) -> Client {
    let mut client = world.client().await;
    client.ok(route, "subscribe", json!({ "_snapshot": true })).await;
    client
}

async fn next(client: &mut Client) -> (String, Value) {
    told(&client.next_push(PATIENCE).await)
}

/// The next push says that everything must be loaded anew.
async fn resync(client: &mut Client) {
    let push = client.next_push(PATIENCE).await;
    assert_eq!(push["action"], "resync", "{push}");
}

/// The next push is of this action, and its data has this value.
async fn tells(client: &mut Client, action: &str, field: &str, value: impl Into<Value>) {
    let (told, data) = next(client).await;
    assert_eq!((told.as_str(), &data[field]), (action, &value.into()), "{data}");
}

/// The first column of a query, as text.
async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}
