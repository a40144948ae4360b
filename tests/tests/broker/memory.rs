//! The broker inside the process.

use std::sync::Arc;

use dragon::broker::{Broker, Limits, MemoryBroker};

use crate::contract::{Nodes, contract};

/// Two nodes in one process share one broker.
async fn nodes(limits: Limits) -> Nodes {
    let one: Arc<dyn Broker> = Arc::new(MemoryBroker::new(limits));
    Nodes { two: Arc::clone(&one), one }
}

contract!(nodes);

#[test]
fn it_says_that_it_forgets() {
    assert!(MemoryBroker::default().is_volatile());
}
