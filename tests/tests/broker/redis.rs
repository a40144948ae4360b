//! The broker in a Redis server: the contract, and what only a server of its own can get wrong.

mod connections;
mod faults;
mod keys;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use dragon::broker::{Broker, Limits, RedisBroker};
use dragon_tests::{Redis, util};

use crate::contract::{Nodes, contract};

/// One server for all tests that do not harm it: each has a namespace of its own.
static SERVER: LazyLock<Redis> = LazyLock::new(Redis::start);

/// A name that no other test has.
fn namespace() -> String {
    format!("test-{:x}", util::random())
}

async fn connect(url: &str, namespace: &str, limits: Limits) -> RedisBroker {
    RedisBroker::connect(url, namespace, limits).await.expect("Redis is there")
}

/// A node that never looks unasked, which would put right what it should have heard.
async fn node(url: &str, namespace: &str, limits: Limits) -> Arc<dyn Broker> {
    let broker = connect(url, namespace, limits).await;
    Arc::new(broker.check_every(Duration::from_secs(3600)))
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
