//! The stores of sessions: one contract, passed by each.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use dragon::session::{MemorySessions, RedisSessions, SessionError, SessionLimits, SessionStore};
use dragon_tests::Redis;
use dragon_tests::util::{PATIENCE, random, until};

const HOUR: SessionLimits = SessionLimits { bytes: 100, expiry: Duration::from_secs(3600) };

type Store = Arc<dyn SessionStore>;

async fn set(store: &Store, session: &str, key: &str, value: &str) {
    store.set(session, key, value.to_owned(), HOUR).await.unwrap();
}

async fn get(store: &Store, session: &str, key: &str) -> Option<String> {
    store.get(session, key).await.unwrap()
}

async fn what_is_set_is_there_until_it_is_removed(store: Store) {
    assert_eq!(get(&store, "a", "k").await, None);
    set(&store, "a", "k", "1").await;
    set(&store, "a", "other", "\"ä\"").await;
    set(&store, "b", "k", "2").await;
    set(&store, "a", "k", "3").await;
    assert_eq!(get(&store, "a", "k").await.as_deref(), Some("3"));
    assert_eq!(get(&store, "a", "other").await.as_deref(), Some("\"ä\""));
    assert_eq!(get(&store, "b", "k").await.as_deref(), Some("2"));
    store.remove("a", "k").await.unwrap();
    store.remove("a", "none").await.unwrap();
    store.remove("none", "k").await.unwrap();
    assert_eq!(get(&store, "a", "k").await, None);
    assert!(get(&store, "a", "other").await.is_some());
}

async fn a_session_ends_as_a_whole(store: Store) {
    set(&store, "a", "k", "1").await;
    set(&store, "a", "other", "2").await;
    set(&store, "b", "k", "3").await;
    store.end("a").await.unwrap();
    store.end("none").await.unwrap();
    assert_eq!((get(&store, "a", "k").await, get(&store, "a", "other").await), (None, None));
    assert!(get(&store, "b", "k").await.is_some());
}

async fn what_nobody_refreshes_expires(store: Store) {
    let short = SessionLimits { expiry: Duration::from_millis(20), ..HOUR };
    store.set("a", "k", "1".to_owned(), short).await.unwrap();
    until(PATIENCE, "it has expired", || async { get(&store, "a", "k").await.is_none() }).await;
    // Nor is what was in it there when it begins anew, and it takes no room.
    let large = "x".repeat(98);
    set(&store, "a", "l", &large).await;
    assert_eq!(get(&store, "a", "k").await, None);
}

async fn a_touch_or_a_write_lets_it_live_on(store: Store) {
    let short = SessionLimits { expiry: Duration::from_secs(2), ..HOUR };
    for session in ["touched", "written"] {
        store.set(session, "k", "1".to_owned(), short).await.unwrap();
    }
    store.touch("touched", HOUR.expiry).await.unwrap();
    store.touch("none", HOUR.expiry).await.unwrap();
    set(&store, "written", "other", "2").await;
    tokio::time::sleep(short.expiry + Duration::from_millis(200)).await;
    assert!(get(&store, "touched", "k").await.is_some());
    assert!(get(&store, "written", "k").await.is_some());
    assert_eq!(get(&store, "none", "k").await, None);
    // And a touch may shorten it.
    store.touch("touched", Duration::ZERO).await.unwrap();
    until(PATIENCE, "it is gone", || async { get(&store, "touched", "k").await.is_none() }).await;
}

async fn it_is_bounded_by_keys_and_values(store: Store) {
    set(&store, "a", "k", &"x".repeat(50)).await;
    // What is replaced makes room.
    set(&store, "a", "k", &"y".repeat(99)).await;
    for key in ["k", "l"] {
        let refused = store.set("a", key, "z".repeat(100), HOUR).await;
        assert_eq!(refused, Err(SessionError::TooLarge { limit: 100 }));
    }
    assert_eq!(get(&store, "a", "k").await, Some("y".repeat(99)));
    let full = store.set("a", "", "1".to_owned(), HOUR).await;
    assert_eq!(full, Err(SessionError::TooLarge { limit: 100 }));
}

macro_rules! contract {
    ($name:ident, $make:expr; $($promise:ident),+ $(,)?) => {
        mod $name {
            $(#[tokio::test]
            async fn $promise() {
                super::$promise($make).await;
            })+
        }
    };
    ($name:ident, $make:expr) => {
        contract! { $name, $make;
            what_is_set_is_there_until_it_is_removed,
            a_session_ends_as_a_whole,
            what_nobody_refreshes_expires,
            a_touch_or_a_write_lets_it_live_on,
            it_is_bounded_by_keys_and_values,
        }
    };
}

static SERVER: LazyLock<Redis> = LazyLock::new(Redis::start);

fn redis() -> Store {
    Arc::new(RedisSessions::new(&SERVER.url(), &format!("test-{:x}", random())).unwrap())
}

contract!(of_memory, std::sync::Arc::new(super::MemorySessions::new()));
contract!(of_redis, super::redis());

#[tokio::test]
async fn in_redis_every_key_is_of_the_namespace_and_expires() {
    let server = Redis::start();
    let store: Store = Arc::new(RedisSessions::new(&server.url(), "shop").unwrap());
    set(&store, "a", "k", "1").await;
    let keys: Vec<String> = server.cli(&["KEYS", "*"]);
    assert_eq!(keys, ["dragon:shop:session:a"]);
    let left: i64 = server.cli(&["PTTL", &keys[0]]);
    assert!((1..=3_600_000).contains(&left), "{left}");
}

#[tokio::test]
async fn a_redis_that_is_away_is_told_and_comes_back() {
    let mut server = Redis::start();
    let store: Store = Arc::new(RedisSessions::new(&server.url(), "shop").unwrap());
    set(&store, "a", "k", "1").await;
    server.kill();
    let refused = store.get("a", "k").await;
    assert!(matches!(refused, Err(SessionError::Unavailable(_))), "{refused:?}");
    server.restart();
    until(PATIENCE, "it is back", || async { store.touch("a", HOUR.expiry).await.is_ok() }).await;
    set(&store, "a", "k", "2").await;
    let wrong = RedisSessions::new("localhost", "shop").unwrap_err().to_string();
    assert!(wrong.contains("redis://host:port"), "{wrong}");
}
