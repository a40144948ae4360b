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
async fn an_idle_connection_with_one_subscription_costs_at_most_12_800_bytes() {
    let app = App::todo().start().await;
    // The first ones pay for what all share.
    let warm = subscribed(&app, 150).await;
    let before = app.rss_bytes();
    let clients = subscribed(&app, 600).await;
    let each = app.rss_bytes().saturating_sub(before) / clients.len() as u64;
    println!("{each} bytes for each of {} idle connections", clients.len());
    assert!(each <= 12_800, "{each} bytes");
    drop(warm);
}
