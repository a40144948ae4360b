//! What abandoned SockJS sessions leave behind. The only test of its binary: everything in the
//! process is counted.

#![allow(clippy::unwrap_used, missing_docs, unreachable_pub)]

use std::alloc::System;
use std::sync::Arc;
use std::time::Duration;

use cap::Cap;
use dragon::Config;
use dragon::prelude::*;
use dragon::router::channels;
use dragon::session::MemorySessions;
use dragon::testing::TestClient;
use dragon::warp::{self, Filter as _};
use dragon_tests::sockjs::{Fallback, Framed, Place, Transport};
use dragon_tests::transcript::Speaker;
use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{Client, Database, eventually};
use futures::future::join_all;
use sea_orm::{ConnectionTrait, EntityTrait, Set};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Handle;

#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

/// Rounds that are measured, after one that is not: how many waves of how many sessions. Together
/// they are more than 10,000.
const FIRST: (usize, usize) = (11, WAYS.len() * 20);
const ROUND: (usize, usize) = (25, WAYS.len() * 12);
const ROUNDS: usize = 3;

/// A change that all sessions are told.
const CHANGE: &str = "UPDATE item SET count = count + 1 WHERE id = 1";

/// Where a session is left.
#[derive(Clone, Copy)]
enum Way {
    /// In the middle of a response.
    Within(Transport),
    /// Between two polls.
    Between(Transport),
    Websocket,
    RawWebsocket,
}

const WAYS: [Way; 9] = [
    Way::Within(Transport::Xhr),
    Way::Between(Transport::Xhr),
    Way::Within(Transport::XhrStreaming),
    Way::Within(Transport::EventSource),
    Way::Within(Transport::HtmlFile),
    Way::Within(Transport::Jsonp),
    Way::Between(Transport::Jsonp),
    Way::Websocket,
    Way::RawWebsocket,
];

mod item {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub count: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = item::Entity)]
struct ItemSerializer;

struct ItemRouter;

#[router(route = "item", serializer = ItemSerializer)]
impl ItemRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// Remembers something of each connection, and has a channel for each.
struct DeskRouter;

impl Router for DeskRouter {
    const ROUTE: &'static str = "desk";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        let own = format!("desk {}", cx.caller.connection);
        match verb {
            "subscribe" => {
                cx.session().set("desk", &own).await?;
                channels::subscribe(cx, own)
            }
            "leave" => Ok(Success::of(&json!(cx.session().get::<String>("desk").await?))),
            _ => Err(cx.unknown_verb(&["subscribe", "leave"])),
        }
    }
}

/// Sends some calls together, and waits for the answer to the last.
async fn call<S: Speaker>(client: &mut S, calls: &[(&str, &str, Json)]) {
    let text = |(number, (route, verb, args)): (usize, &(&str, &str, Json))| {
        let name = format!("cb_{number}");
        json!({ "route": route, "verb": verb, "args": args, "callbackname": name }).to_string()
    };
    let texts: Vec<String> = calls.iter().enumerate().map(text).collect();
    client.send_texts(&texts).await;
    let mut answered = 0;
    while answered < calls.len() {
        let message = client.try_next(PATIENCE).await.expect("an answer");
        // A push may come between.
        if let Some(context) = message.get("context") {
            assert_eq!(context["state"], "success", "{message}");
            answered += 1;
        }
    }
}

/// A value that is remembered, and two subscriptions.
async fn talk<S: Speaker>(mut client: S) -> S {
    let subscribes =
        ["desk", "item"].map(|route| (route, "subscribe", json!({ "channel": route })));
    call(&mut client, &subscribes).await;
    client
}

/// An open session: to drop it is to vanish.
#[allow(dead_code, clippy::large_enum_variant)] // It is only held.
enum Session {
    Fallback(Fallback),
    Framed(Framed),
    Raw(Client),
}

async fn open(place: &Place, way: Way) -> Session {
    match way {
        Way::Within(transport) => {
            Session::Fallback(talk(Fallback::connect(place, transport).await).await)
        }
        Way::Between(transport) => {
            let mut client = talk(Fallback::connect(place, transport).await).await;
            client.leave(r#"{"route": "desk", "verb": "leave"}"#).await;
            Session::Fallback(client)
        }
        Way::Websocket => Session::Framed(talk(Framed::connect(place).await).await),
        Way::RawWebsocket => {
            Session::Raw(talk(Client::connect(&place.ws("/data/websocket")).await).await)
        }
    }
}

struct World {
    app: dragon::App,
    sessions: Arc<MemorySessions>,
    place: Place,
    _database: Database,
}

impl World {
    async fn start() -> Self {
        let database = Database::sqlite();
        let db = dragon::connect(&database.url).await.unwrap();
        let mut config = Config::default();
        config.sockjs_disconnect_delay = Duration::from_secs(5);
        // What it keeps for those who come back is not what is measured.
        config.history_events = 4;
        let sessions = Arc::new(MemorySessions::new());
        let app = dragon::App::builder("test").database(db.clone()).create_tables().config(config);
        let app =
            app.session_store(Arc::clone(&sessions) as _).identify(|_| Some("ann".to_owned()));
        let app = app.router(ItemRouter).router(DeskRouter).start().await.unwrap();
        // What all share grows with the first changes: as many as the broker knows again are
        // remembered, and statements are kept ready.
        let rows = (0..1_000).map(|_| item::ActiveModel { count: Set(0), ..Default::default() });
        item::Entity::insert_many(rows).exec(&db).await.unwrap();
        db.execute_unprepared("UPDATE item SET count = 1").await.unwrap();
        let mut client = TestClient::connect(&app);
        for _ in 0..50 {
            db.execute_unprepared(CHANGE).await.unwrap();
            client.settled().await;
        }
        drop(client);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = Place::of(listener.local_addr().unwrap());
        let pages = warp::path!("nothing").map(|| "nothing");
        tokio::spawn(app.clone().serve_on(listener, pages, std::future::pending()));
        Self { app, sessions, place, _database: database }
    }

    /// So many sessions, by each way in turn, are all there, are told something, and vanish.
    async fn wave(&self, count: usize) {
        let ways = WAYS.iter().cycle().take(count);
        let open = join_all(ways.map(|way| open(&self.place, *way))).await;
        let before = self.app.stats();
        // Where the machine is slow, those who left between two polls may be gone already.
        let of_a_way = count / WAYS.len();
        assert!(before.sessions >= of_a_way * 5, "{before:?}");
        assert!(before.subscriptions >= of_a_way * 7 * 2, "{before:?}");
        assert!(self.sessions.len() >= of_a_way * 7, "{}", self.sessions.len());
        self.app.db().execute_unprepared(CHANGE).await.unwrap();
        until(PATIENCE, "all are told", || async {
            self.app.stats().pushes >= before.pushes + 7 * of_a_way as u64
        })
        .await;
        drop(open);
    }

    /// Waves of sessions; answers what lives on the heap when all are gone.
    async fn round(&self, (waves, sessions): (usize, usize), nothing: [usize; 6]) -> usize {
        for _ in 0..waves {
            self.wave(sessions).await;
        }
        let collected = eventually(PATIENCE * 3, || async {
            let left = self.left();
            // (A task that ends by itself may have been counted at the beginning.)
            if left[..5] == nothing[..5] && left[5] <= nothing[5] {
                Ok(())
            } else {
                Err(format!("{left:?} and not {nothing:?}"))
            }
        });
        collected.await;
        HEAP.allocated()
    }

    /// What is there of those who are connected.
    fn left(&self) -> [usize; 6] {
        let stats = self.app.stats();
        [
            stats.sessions,
            stats.socket_tasks,
            stats.channels,
            stats.subscriptions,
            self.sessions.len(),
            Handle::current().metrics().num_alive_tasks(),
        ]
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abandoned_sessions_leave_nothing() {
    let world = World::start().await;
    until(PATIENCE, "nobody is there", || async { world.left()[..5] == [0; 5] }).await;
    let nothing = world.left();
    // What all share, and what grows with the most that there were at once, is paid here.
    let mut live = vec![world.round(FIRST, nothing).await];
    for _ in 0..ROUNDS {
        live.push(world.round(ROUND, nothing).await);
    }
    let more = |two: &[usize]| two[1] as i64 - two[0] as i64;
    let mut more: Vec<i64> = live.windows(2).map(more).collect();
    println!("bytes more after each further {}: {more:?}", ROUND.0 * ROUND.1);
    // A table that grows or shrinks does so now and then. What sessions leave is left in each
    // round: half a word of each that came by a single way is too much.
    more.sort_unstable();
    let of_a_way = ROUND.0 * ROUND.1 / WAYS.len();
    assert!(more[ROUNDS / 2] < (of_a_way * size_of::<usize>() / 2) as i64, "{more:?}");
}
