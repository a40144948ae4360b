//! What an idle connection costs.

use dragon_tests::{App, Client};
use serde_json::json;

async fn subscribed(app: &App, count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = Client::connect(&app.ws()).await;
        client.ok("todo-item", "subscribe", json!({ "todo_list__id": 1, "channel": "c" })).await;
        clients.push(client);
    }
    clients
}

#[tokio::test]
async fn an_idle_connection_with_one_subscription_costs_at_most_16_kib() {
    let app = App::todo().start().await;
    // The first ones pay for what all share.
    let warm = subscribed(&app, 150).await;
    let before = app.rss_bytes();
    let clients = subscribed(&app, 600).await;
    let each = app.rss_bytes().saturating_sub(before) / clients.len() as u64;
    println!("{each} bytes for each of {} idle connections", clients.len());
    // About 11.7 KB where it was written. What the kernel counts has whole pages in it, and depends on
    // the allocator, so there is room for other machines.
    assert!(each <= 16 * 1024, "{each} bytes");
    drop(warm);
}
