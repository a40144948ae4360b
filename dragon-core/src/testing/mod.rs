//! What tests of an application need (feature `testing`): a client without a network, a
//! database that goes with the test, a broker that several nodes share and that fails on demand.
//!
//! ```
//! # mod item {
//! #     use dragon::prelude::*;
//! #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
//! #     #[sea_orm(table_name = "item")]
//! #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub text: String }
//! #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
//! #     pub enum Relation {}
//! #     impl ActiveModelBehavior for ActiveModel {}
//! # }
//! # use dragon::prelude::*;
//! # #[serializer(model = item::Entity, publish_fields(text), update_fields(text))]
//! # struct ItemSerializer;
//! # struct ItemRouter;
//! # #[router(route = "item", serializer = ItemSerializer)]
//! # impl ItemRouter {
//! #     fn scope(&self, _: &Caller) -> Filter { Filter::All }
//! # }
//! use dragon::testing::{TestBroker, TestClient, TestDatabase};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! let database = TestDatabase::new();
//! let broker = TestBroker::new();
//! let node = async || {
//!     let db = database.connect().await;
//!     App::builder("shop").database(db).create_tables().broker(broker.shared()).router(ItemRouter).start().await
//! };
//! // Two nodes of one app, in this process.
//! let (one, two) = (node().await?, node().await?);
//! let (mut writer, mut reader) = (TestClient::connect(&one), TestClient::connect(&two));
//!
//! reader.subscribe("item", "items", json!({})).await;
//! let row = writer.call_verb("item", "create", json!({ "text": "Milk" })).await;
//! assert_eq!(reader.next_push().await["data"], *row.data());
//!
//! // Nothing else has been told.
//! assert!(reader.settled().await.is_empty());
//! # one.shutdown().await;
//! # two.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here asks a test to sleep: [`next_push`](TestClient::next_push) waits for what must
//! come, [`settled`](TestClient::settled) for all that may, and
//! [`attempted`](TestBroker::attempted) for what is to fail. What does not come in 10 s is a
//! panic that says what.
//!
//! An app without a [`TestBroker`] has the in-process broker, and its database for itself.

mod broker;
mod client;
mod database;
mod reply;

pub use broker::{TestBroker, Way};
pub use client::TestClient;
pub use database::TestDatabase;
pub use reply::Reply;

use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use tokio::time::{Instant, sleep};

use crate::app::App;

/// How long a test waits for what must come. Long, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until everything that was committed by now is published: rows that a test begins with
/// are then no news to who subscribes.
///
/// # Panics
/// When it is not in 10 s.
pub async fn published(app: &App) {
    let services = app.services();
    let sql = format!("SELECT count(*) AS waiting FROM {}", services.tables.log);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let statement = Statement::from_string(services.db.get_database_backend(), sql.as_str());
        let waiting = services.db.query_one_raw(statement).await.ok().flatten();
        if waiting.and_then(|row| row.try_get::<i64>("", "waiting").ok()) == Some(0) {
            return;
        }
        assert!(Instant::now() < deadline, "what was committed is not published in {PATIENCE:?}");
        sleep(Duration::from_millis(2)).await;
    }
}
