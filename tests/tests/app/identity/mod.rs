//! Who calls, what they may, and what becomes of it when that changes.

mod handshake;
mod login;
mod permissions;
mod refused;
pub mod rights;
mod sessions;
mod slow;
mod subscribing;

use dragon::prelude::*;
use dragon::{App, AppBuilder};
use dragon_tests::{Client, Database};
use serde_json::{Value, json};

use crate::models::{ItemRouter, ListRouter};
use crate::world::World;

/// Tells the caller who it is.
struct Who;

impl Router for Who {
    const ROUTE: &'static str = "who";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        match verb {
            "am_i" => {
                let Caller { user, claims, .. } = cx.caller;
                Ok(Success::of(&json!({ "user": user, "claims": claims })))
            }
            _ => Err(cx.unknown_verb(&["am_i"])),
        }
    }
}

/// The app of the tests, which knows nobody unless told how.
async fn world_of(database: Database, configure: impl FnOnce(AppBuilder) -> AppBuilder) -> World {
    let db = dragon::connect(&database.url).await.unwrap();
    let builder = App::builder("test").database(db.clone()).create_tables();
    let builder = builder.router(Who).router(ListRouter).router(ItemRouter);
    World::serve(configure(builder).start().await.unwrap(), db, database).await
}

async fn user(client: &mut Client) -> Value {
    client.ok("who", "am_i", json!({})).await["user"].clone()
}
