//! The test kit for applications: its client against the real app, its database, its broker.

use std::sync::Arc;
use std::time::Duration;

use dragon::auth::Handshake;
use dragon::broker::MemoryBroker;
use dragon::prelude::*;
use dragon::testing::{TestBroker, TestClient, TestDatabase, Way};
use dragon_tests::Database;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use tokio::time::timeout;

use crate::models::{item, list};
use crate::world::{builder, new_item};

async fn node(database: &TestDatabase, broker: &TestBroker) -> App {
    builder(&database.connect().await).broker(broker.shared()).start().await.unwrap()
}

async fn with_a_list(app: &App) -> i32 {
    let list = list::ActiveModel {
        owner: sea_orm::Set("me".to_owned()),
        name: sea_orm::Set("a list".to_owned()),
        ..Default::default()
    };
    list.insert(app.db()).await.unwrap().id
}

#[tokio::test]
async fn a_database_goes_with_its_value() {
    let database = TestDatabase::new();
    let file = database.url().trim_start_matches("sqlite://").replace("?mode=rwc", "");
    database.connect().await.close().await.unwrap();
    assert!(std::path::Path::new(&file).exists());
    drop(database);
    assert!(!std::path::Path::new(&file).exists());
}

#[tokio::test]
async fn a_database_beside_another_goes_with_its_value() {
    let other = Database::postgres().await;
    let sql = "SELECT count(*)::bigint FROM pg_database WHERE datname LIKE 'dragon\\_test\\_%'";
    let count = async || {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = other.connect().await.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap()
    };
    let with_settings = format!("{}?application_name=test", other.url);
    let (one, two) =
        (TestDatabase::beside(&other.url).await, TestDatabase::beside(&with_settings).await);
    assert!(two.url().ends_with("?application_name=test"), "{}", two.url());
    assert_eq!(count().await, 2);
    let app = builder(&one.connect().await).start().await.unwrap();
    builder(&two.connect().await).start().await.unwrap();
    with_a_list(&app).await;
    let mut client = TestClient::connect(&app);
    client.ok("list", "get_list", json!({})).await;
    // Open connections do not keep them.
    drop((one, two));
    assert_eq!(count().await, 0);
    let file = TestDatabase::beside("sqlite://a.db").await;
    assert!(file.url().starts_with("sqlite://"));
}

#[tokio::test]
async fn a_client_is_who_its_handshake_says() {
    let database = TestDatabase::new();
    let app = builder(&database.connect().await).start().await.unwrap();
    with_a_list(&app).await;
    let of = |query: &str| Handshake { query: query.to_owned(), ..Handshake::default() };
    let (mut me, mut you) =
        (TestClient::connect_with(&app, of("me")), TestClient::connect_with(&app, of("you")));
    assert_eq!(me.ok("list", "get_list", json!({})).await.as_array().unwrap().len(), 1);
    assert_eq!(you.ok("list", "get_list", json!({})).await, json!([]));
    me.reconnect().await;
    assert_eq!(me.ok("list", "get_list", json!({})).await.as_array().unwrap().len(), 1);
    // A page of a foreign origin is closed.
    let headers = vec![
        ("origin".to_owned(), "https://evil.example".to_owned()),
        ("host".to_owned(), "app.example".to_owned()),
    ];
    let mut evil = TestClient::connect_with(&app, Handshake { headers, ..Handshake::default() });
    assert_eq!(evil.closed().await, 4000);
    app.shutdown().await;
    assert_eq!(me.closed().await, 3012);
}

#[tokio::test]
async fn settled_is_after_all_that_was_committed() {
    let (database, broker) = (TestDatabase::new(), TestBroker::new());
    let (one, two) = (node(&database, &broker).await, node(&database, &broker).await);
    let list = with_a_list(&one).await;
    let mut client = TestClient::connect(&two);
    client.subscribe("item", "items", json!({})).await;
    for round in 0..20 {
        let rows = (0..10).map(|_| new_item(list, &format!("{round}")));
        item::Entity::insert_many(rows).exec(one.db()).await.unwrap();
        assert_eq!(client.settled().await.len(), 10, "round {round}");
    }
    assert!(client.settled().await.is_empty());
    assert_eq!(client.last_push().unwrap()["data"]["text"], "19");
    // The kit leaves no seat behind.
    client.unsubscribe("item", "items", json!({})).await;
    assert_eq!(two.stats().subscriptions, 0);
    client.reconnect().await;
    new_item(list, "more").insert(one.db()).await.unwrap();
    assert!(client.settled().await.is_empty());
}

#[tokio::test]
async fn a_broker_fails_as_it_is_told() {
    let (database, broker) = (TestDatabase::new(), TestBroker::new());
    let app = node(&database, &broker).await;
    let list = with_a_list(&app).await;
    let mut client = TestClient::connect(&app);
    let reply = client.subscribe("item", "items", json!({ "_snapshot": true })).await;
    for (way, told_at_once) in
        [(Way::Blocked, false), (Way::Failing, false), (Way::Unanswered, true)]
    {
        broker.set_publish(way);
        let row = new_item(list, "a").insert(app.db()).await.unwrap();
        broker.attempted().await;
        if told_at_once {
            assert_eq!(client.next_push().await["data"]["id"], row.id);
            broker.set_publish(Way::Open);
        } else {
            assert_eq!(
                client.last_push().map(|push| push["data"]["id"] == row.id),
                match way {
                    Way::Blocked => None,
                    _ => Some(false),
                }
            );
            broker.set_publish(Way::Open);
            assert_eq!(client.next_push().await["data"]["id"], row.id);
        }
        assert!(client.settled().await.is_empty(), "{way:?}: each is told once");
    }
    let since = json!({ "_since": reply.position().unwrap() });
    client.reconnect().await;
    broker.set_since(Way::Failing);
    let lost = client.subscribe("item", "items", since.clone()).await;
    assert_eq!(lost.context()["recovered"], false);
    client.reconnect().await;
    broker.set_since(Way::Open);
    let found = client.subscribe("item", "items", since).await;
    assert_eq!(found.context()["recovered"], true);
    assert_eq!(client.settled().await.len(), 3);
    broker.set_publish(Way::Failing);
    assert!(app.publish_data("a", &json!({})).await.is_err());
}

#[tokio::test]
async fn an_app_that_starts_anew_finds_its_history() {
    let (database, broker) = (TestDatabase::new(), TestBroker::new());
    let first = node(&database, &broker).await;
    let list = with_a_list(&first).await;
    let mut client = TestClient::connect(&first);
    let reply = client.subscribe("item", "items", json!({ "_snapshot": true })).await;
    new_item(list, "missed").insert(first.db()).await.unwrap();
    assert_eq!(client.settled().await.len(), 1);
    first.shutdown().await;
    let second = node(&database, &broker).await;
    let mut client = TestClient::connect(&second);
    let since = json!({ "_since": reply.position().unwrap() });
    let reply = client.subscribe("item", "items", since).await;
    assert_eq!(reply.context()["recovered"], true);
    assert_eq!(client.next_push().await["data"]["text"], "missed");
    assert_eq!(reply.channels(), ["item|"]);
}

#[tokio::test]
async fn what_does_not_come_is_a_panic_that_says_so() {
    let database = TestDatabase::new();
    let broker = TestBroker::around(Arc::new(MemoryBroker::default()));
    let app = node(&database, &broker).await;
    let mut client = TestClient::connect(&app);
    let waits = timeout(Duration::from_millis(1), client.next_push()).await;
    assert!(waits.is_err(), "it waits for what may still come");
    app.shutdown().await;
    let ended = tokio::spawn(async move { client.call_verb("item", "get_list", json!({})).await });
    let panic = ended.await.unwrap_err().into_panic();
    let sentence = panic.downcast_ref::<String>().unwrap();
    assert!(
        sentence.contains("the reply to `get_list`") && sentence.contains("3012"),
        "{sentence}"
    );
}
