//! The broker in a Redis server: the contract, and what only a server of its own can get wrong.

mod connections;
mod faults;
mod keys;

use std::sync::{Arc, LazyLock};

use dragon::broker::{Broker, Limits, RedisBroker};
use dragon_tests::{Redis, util};

use crate::contract::{Nodes, contract};

/// One server for all tests that do not harm it: each has a namespace of its own.
static SERVER: LazyLock<Redis> = LazyLock::new(Redis::start);

/// A name that no other test has.
fn namespace() -> String {
    format!("test-{:x}", util::random())
}

async fn node(url: &str, namespace: &str, limits: Limits) -> Arc<dyn Broker> {
    Arc::new(RedisBroker::connect(url, namespace, limits).await.expect("Redis is there"))
}

/// Two nodes on a server; each has connections of its own.
async fn nodes_on(server: &Redis, limits: Limits) -> Nodes {
    let (url, namespace) = (server.url(), namespace());
    Nodes { one: node(&url, &namespace, limits).await, two: node(&url, &namespace, limits).await }
}

async fn nodes(limits: Limits) -> Nodes {
    nodes_on(&SERVER, limits).await
}

contract!(nodes);
