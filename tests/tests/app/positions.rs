//! Positions: no gap, nothing twice, and honest about what cannot be had.

pub mod courier;
mod gates;
mod holes;
mod player;
mod relay;
mod replies;
mod resume;
mod rounds;
mod verdicts;
mod writers;

use dragon::Config;
use dragon_tests::{Client, Database, Redis, Reply};
use serde_json::Value;

use crate::world::World;

async fn world_of(database: Database, config: Config) -> World {
    World::start_with(database, |builder| builder.config(config)).await
}

/// The reply of a subscribe to items that succeeds.
async fn subscribe(client: &mut Client, args: Value) -> Reply {
    let reply = client.call("item", "subscribe", args).await;
    assert!(reply.is_success(), "{reply}");
    reply
}

/// One of several nodes that share a Redis and a PostgreSQL.
async fn node(redis: &Redis, database: &Database) -> World {
    let mut config = Config::default();
    config.redis_url = Some(redis.url());
    world_of(database.clone(), config).await
}
