//! The application of the golden transcripts that tell of more than the todo example has: companies with
//! an address, staff and tags, in pages and nested, notes for who is logged in, and a chat.
//!
//! It runs in the process of the test, on a fresh SQLite file, and ends with its value.

#![allow(missing_docs)] // Entities and routers, as any application has them.

use std::net::SocketAddr;

use dragon::auth::{Authentication, Authenticator, Handshake, Identity, Refusal};
use dragon::prelude::*;
use dragon::warp::Filter as _;
use futures::future::{BoxFuture, ready};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Database;

pub mod models;
mod routers;

/// Everybody is who they say, but nobody is called `nobody`.
struct ByName;

impl Authenticator for ByName {
    fn handshake<'a>(&'a self, _: &'a Handshake) -> BoxFuture<'a, Authentication> {
        Box::pin(ready(Ok(None)))
    }

    fn token<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Authentication> {
        Box::pin(ready(match token {
            "nobody" => Err(Refusal::invalid("There is no such user.")),
            name => Ok(Some(Identity::user(name))),
        }))
    }
}

/// The running application.
#[derive(Debug)]
pub struct Office {
    addr: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    _database: Database,
}

impl Office {
    /// Starts it, with its seed.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Office {
        let database = Database::sqlite();
        let db = dragon::connect(&database.url).await.expect("a file");
        models::seed(&db).await.expect("the tables are new");
        let app = App::builder("office").database(db).authenticator(ByName);
        let app = routers::register(app).start().await.expect("it is declared rightly");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (end, ended) = oneshot::channel();
        let pages = dragon::warp::path!("nothing").map(|| "nothing");
        tokio::spawn(app.serve_on(listener, pages, async move { drop(ended.await) }));
        Office { addr, end: Some(end), _database: database }
    }

    /// `127.0.0.1:port`
    #[must_use]
    pub fn host(&self) -> String {
        self.addr.to_string()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
    }
}
