//! A running app to talk to.

use std::time::Duration;

use dragon::auth::{Identity, SignedTokens, Tokens};
use dragon::prelude::*;
use dragon::testing::{TestBroker, TestDatabase};
use dragon::warp::{self, Filter as _};
use sea_orm::DatabaseConnection;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub mod note {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
        pub rank: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Books, which have pages.
pub mod book {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "book")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        #[sea_orm(has_many)]
        pub pages: HasMany<super::page::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod page {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "page")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
        pub book_id: i32,
        #[sea_orm(belongs_to, from = "book_id", to = "id")]
        pub book: HasOne<super::book::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = page::Entity, publish_fields(text))]
struct PageSerializer;

#[serializer(model = book::Entity, publish_fields(title), related(pages = PageSerializer))]
struct BookSerializer;

struct Books;
#[router(route = "book", serializer = BookSerializer)]
impl Books {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct NoteSerializer;
#[serializer(model = note::Entity, publish_fields(text, rank), update_fields(text, rank))]
impl NoteSerializer {
    fn validate_text(text: String) -> Result<String, &'static str> {
        if text.is_empty() { Err("Write something.") } else { Ok(text) }
    }

    fn validate_rank(rank: i64) -> Result<i64, &'static str> {
        if rank < 0 { Err("Count from 0.") } else { Ok(rank) }
    }
}

struct Notes;
#[router(route = "note", serializer = NoteSerializer, filter_fields(text, rank), order_fields(rank))]
impl Notes {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct Secrets;
#[router(route = "secret", serializer = NoteSerializer, permissions(LoginRequired))]
impl Secrets {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// A plain router, whose channel has data and no rows.
struct Chat;

impl Router for Chat {
    const ROUTE: &'static str = "chat";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        match verb {
            "say" => {
                let text: String = cx.arg("text")?;
                cx.publish("room", &json!({ "text": text })).await?;
                Ok(Success::of(&json!("said")))
            }
            _ => Err(cx.unknown_verb(&["say", "subscribe", "unsubscribe"])),
        }
    }

    fn subscription_channels(&self, _: &Context<'_>) -> Result<Vec<String>, Failure> {
        Ok(vec!["room".to_owned()])
    }
}

fn tokens() -> SignedTokens {
    SignedTokens::new(&[7; 32]).unwrap()
}

/// A token that the servers take.
pub fn token(user: &str) -> String {
    tokens().issue(&Identity::user(user), Duration::from_secs(3600))
}

/// A running app. Its database and its port outlive it.
pub struct Server {
    pub url: String,
    pub db: DatabaseConnection,
    database: TestDatabase,
    broker: TestBroker,
    end: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), Error>>,
}

impl Server {
    pub async fn start() -> Self {
        let place = format!("127.0.0.1:{}", dragon_tests::free_port());
        Self::with(TestDatabase::new(), TestBroker::new(), place).await
    }

    async fn with(database: TestDatabase, broker: TestBroker, place: String) -> Self {
        let db = database.connect().await;
        let app = dragon::App::builder("notes")
            .database(db.clone())
            .broker(broker.shared())
            .create_tables()
            .authenticator(Tokens::new(tokens()))
            .router(Notes)
            .router(Secrets)
            .router(Books)
            .model::<page::Entity>()
            .router(Chat);
        let app = app.start().await.unwrap();
        let listener = TcpListener::bind(&place).await.unwrap();
        let (end, ended) = oneshot::channel();
        let page = warp::path!("page").map(|| "a page");
        let serving = tokio::spawn(app.serve_on(listener, page, async move { drop(ended.await) }));
        Self { url: format!("http://{place}"), db, database, broker, end, serving }
    }

    /// Ends the app, does something, and starts it anew where it was: with the history that it had,
    /// or with none.
    pub async fn restart(self, keeps_history: bool, meanwhile: &str) -> Self {
        let _ = self.end.send(());
        self.serving.await.unwrap().unwrap();
        self.db.execute_unprepared(meanwhile).await.unwrap();
        let broker = if keeps_history { self.broker } else { TestBroker::new() };
        Self::with(self.database, broker, self.url.replace("http://", "")).await
    }

    pub async fn sql(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap();
    }
}
