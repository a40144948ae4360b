//! An app with its clients.

use dragon::warp::{self, Filter as _};
use dragon::{App, AppBuilder};
use dragon_tests::util::PATIENCE;
use dragon_tests::{Client, Database};
use sea_orm::{ActiveModelTrait, DatabaseConnection, Set};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::models::{ItemRouter, ListRouter, item, list};

/// A running app, its database, and its address.
pub struct World {
    pub app: App,
    pub db: DatabaseConnection,
    pub database: Database,
    pub url: String,
    end: Option<oneshot::Sender<()>>,
    serving: JoinHandle<Result<(), dragon::Error>>,
}

/// The app of the tests: lists and items; the user is the query of the URL.
pub fn builder(db: &DatabaseConnection) -> AppBuilder {
    App::builder("test")
        .database(db.clone())
        .create_tables()
        .identify(|handshake| Some(handshake.query.clone()).filter(|user| !user.is_empty()))
        .router(ListRouter)
        .router(ItemRouter)
}

impl World {
    pub async fn start(database: Database) -> World {
        Self::start_with(database, |builder| builder).await
    }

    pub async fn start_with(
        database: Database,
        configure: impl FnOnce(AppBuilder) -> AppBuilder,
    ) -> World {
        let db = dragon::connect(&database.url).await.unwrap();
        let app = configure(builder(&db)).start().await.unwrap();
        Self::serve(app, db, database).await
    }

    pub async fn serve(app: App, db: DatabaseConnection, database: Database) -> World {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/ws", listener.local_addr().unwrap());
        let (end, ended) = oneshot::channel();
        let nothing = warp::path!("nothing").map(|| "nothing");
        let signal = async move { drop(ended.await) };
        let serving = tokio::spawn(app.clone().serve_on(listener, nothing, signal));
        World { app, db, database, url, end: Some(end), serving }
    }

    pub async fn client(&self) -> Client {
        Client::connect(&self.url).await
    }

    pub async fn client_of(&self, user: &str) -> Client {
        Client::connect(&format!("{}?{user}", self.url)).await
    }

    /// Ends the app in order and gives its database back.
    pub async fn stop(mut self) -> Database {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
        self.serving.await.unwrap().unwrap();
        self.db.close().await.unwrap();
        self.database
    }

    /// Why the app ended, which nobody told to.
    pub async fn failure(self) -> dragon::Error {
        let served = timeout(PATIENCE * 3, self.serving).await;
        served.expect("it still serves").unwrap().expect_err("it ended in order")
    }

    pub async fn list(&self, owner: &str) -> list::Model {
        let list = list::ActiveModel {
            owner: Set(owner.to_owned()),
            name: Set("a list".to_owned()),
            ..Default::default()
        };
        list.insert(&self.db).await.unwrap()
    }
}

/// An item that is not stored yet.
pub fn new_item(list: i32, text: &str) -> item::ActiveModel {
    item::ActiveModel { list_id: Set(list), text: Set(text.to_owned()), ..Default::default() }
}

/// The action and data of a push.
pub fn told(push: &Value) -> (String, Value) {
    (push["action"].as_str().unwrap_or_default().to_owned(), push["data"].clone())
}

/// What a subscriber of items is told of a deleted one.
pub fn gone(id: i32) -> (String, Value) {
    ("deleted".to_owned(), json!({ "id": id, "_type": "item" }))
}
