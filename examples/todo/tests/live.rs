//! How an application is tested: its own routers, a database that goes with the test, clients
//! without a network. Nothing here sleeps.

// The parts of the app. One that has them in a library imports them instead.
#[allow(dead_code)]
#[path = "../src/main.rs"]
mod todo;

use dragon::prelude::*;
use dragon::testing::{TestBroker, TestClient, TestDatabase, Way, published};
use sea_orm::{Set, TransactionTrait};
use serde_json::json;
use todo::{TodoItemRouter, TodoListRouter, todo_item, todo_list};

/// A node of the app, with what a first start finds.
async fn node(database: &TestDatabase, broker: &TestBroker) -> App {
    let db = database.connect().await;
    let app = App::builder("todo").database(db).broker(broker.shared()).create_tables();
    let app = app.router(TodoListRouter).router(TodoItemRouter).start().await.unwrap();
    todo::seed::seed(app.db()).await.unwrap();
    // So that it is no news to who subscribes.
    published(&app).await;
    app
}

async fn app() -> (App, TestBroker, TestDatabase) {
    let (broker, database) = (TestBroker::new(), TestDatabase::new());
    (node(&database, &broker).await, broker, database)
}

#[tokio::test]
async fn an_item_is_created_and_told_to_who_shows_its_list() {
    let (app, _broker, _database) = app().await;
    let (mut anna, mut ben) = (TestClient::connect(&app), TestClient::connect(&app));
    anna.subscribe("todo-item", "todos", json!({ "todo_list__id": 1 })).await;
    ben.subscribe("todo-item", "todos", json!({ "todo_list__id": 2 })).await;

    let args = json!({ "todo_list_id": 1, "text": " Eggs " });
    let created = anna.call_verb("todo-item", "create", args).await;
    assert!(created.is_success());
    assert_eq!(created.data()["text"], "Eggs");
    assert_eq!(anna.last_reply(), Some(&created));

    let push = anna.next_push().await;
    assert_eq!((&push["action"], &push["data"]), (&json!("created"), created.data()));
    assert_eq!(anna.last_push(), Some(push));
    // Whoever shows another list hears nothing of it.
    assert!(ben.settled().await.is_empty());
}

#[tokio::test]
async fn an_empty_text_is_refused_with_the_reason() {
    let (app, _broker, _database) = app().await;
    let mut client = TestClient::connect(&app);
    let args = json!({ "todo_list_id": 1, "text": " " });
    let refused = client.call_verb("todo-item", "create", args).await;
    assert_eq!(refused.code(), Some("validation"));
    assert_eq!(refused.data(), &json!({ "text": ["Write 1 to 100 characters."] }));
}

#[tokio::test]
async fn what_a_job_writes_is_told_when_it_is_committed() {
    let (app, _broker, _database) = app().await;
    let mut client = TestClient::connect(&app);
    let filters = json!({ "todo_list__id": 2, "_snapshot": true });
    let reply = client.subscribe("todo-item", "todos", filters).await;
    assert_eq!(reply.snapshot().len(), 2);

    let done = todo_item::Entity::update_many()
        .col_expr(todo_item::Column::Done, true.into())
        .filter(todo_item::Column::TodoListId.eq(2));
    let transaction = app.db().begin().await.unwrap();
    done.clone().exec(&transaction).await.unwrap();
    transaction.rollback().await.unwrap();
    assert!(client.settled().await.is_empty());

    let transaction = app.db().begin().await.unwrap();
    done.exec(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    let pushes = client.settled().await;
    assert_eq!(pushes.len(), 2);
    assert!(pushes.iter().all(|push| push["data"]["done"] == true));
}

#[tokio::test]
async fn who_comes_back_is_told_what_it_missed() {
    let (app, _broker, _database) = app().await;
    let mut client = TestClient::connect(&app);
    let filters = json!({ "todo_list__id": 1, "_snapshot": true });
    let position = client.subscribe("todo-item", "todos", filters).await;
    let position = position.position().unwrap().to_owned();

    client.reconnect().await;
    let list = todo_list::Entity::find_by_id(1).one(app.db()).await.unwrap().unwrap();
    let item = todo_item::ActiveModel {
        todo_list_id: Set(list.id),
        text: Set("Honey".to_owned()),
        ..Default::default()
    };
    item.insert(app.db()).await.unwrap();
    assert!(client.settled().await.is_empty());

    let filters = json!({ "todo_list__id": 1, "_since": position });
    let reply = client.subscribe("todo-item", "todos", filters).await;
    assert_eq!(reply.context()["recovered"], true);
    assert_eq!(client.next_push().await["data"]["text"], "Honey");
}

#[tokio::test]
async fn every_node_tells_and_a_broker_that_is_away_loses_nothing() {
    let (one, broker, database) = app().await;
    let two = node(&database, &broker).await;
    let (mut writer, mut reader) = (TestClient::connect(&one), TestClient::connect(&two));
    reader.subscribe("todo-item", "todos", json!({ "todo_list__id": 1 })).await;

    // A write does not wait for the broker.
    broker.set_publish(Way::Failing);
    writer.ok("todo-item", "update", json!({ "id": 1, "done": true })).await;
    broker.attempted().await;
    assert_eq!(reader.last_push(), None);

    broker.set_publish(Way::Open);
    let push = reader.next_push().await;
    assert_eq!(push["data"], json!({ "id": 1, "_type": "todoitem", "done": true }));
    one.shutdown().await;
    two.shutdown().await;
}
