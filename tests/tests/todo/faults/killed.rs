//! kill -9 in the middle of ticking.

use dragon_tests::{App, Database, Redis, rounds};

use super::page::Page;
use super::ticker::{Ticker, tickers};

async fn killed_while_ticking(database: Database, redis: Option<Redis>) {
    let mut builder = App::todo().env("DATABASE_URL", &database.url);
    if let Some(redis) = &redis {
        builder = builder.env("REDIS_URL", redis.url());
    }
    let mut app = builder.start().await;
    let url = app.ws();
    let mut writers = tickers(&url, 3).await;
    let mut pages = [Page::open(&url).await, Page::open(&url).await];
    for round in 0..rounds(3, 30) {
        for writer in &writers {
            writer.ticks(15).await;
        }
        // One page is in the middle of it, the other has read nothing for a while.
        let (id, goal) = (writers[0].id, writers[0].acknowledged());
        pages[0].shows("the ticks", |page| page.number(id) >= Some(goal)).await;
        app.kill();
        for writer in &mut writers {
            writer.cut_off().await;
        }
        app.restart().await;
        for writer in &writers {
            writer.lost_nothing(&url).await;
        }
        for page in &mut pages {
            page.come_back(&url).await;
            page.is_right().await;
        }
        // A history that outlives the process is resumed. (The page that has read nothing may
        // have missed more than it can be sent at once.)
        assert_eq!(
            pages[0].recovered.last(),
            Some(&redis.is_some()),
            "round {round}: {}",
            app.stderr_so_far()
        );
        let mut again: Vec<Ticker> = Vec::new();
        for writer in writers {
            again.push(writer.again(&url).await);
        }
        writers = again;
    }
    for writer in &mut writers {
        writer.stop().await;
        writer.lost_nothing(&url).await;
    }
    for page in &mut pages {
        page.is_right().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_on_sqlite_loses_nothing() {
    killed_while_ticking(Database::sqlite(), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_on_postgres_loses_nothing() {
    killed_while_ticking(Database::postgres().await, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_on_sqlite_and_redis_loses_nothing_and_its_clients_resume() {
    killed_while_ticking(Database::sqlite(), Some(Redis::start())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_on_postgres_and_redis_loses_nothing_and_its_clients_resume() {
    killed_while_ticking(Database::postgres().await, Some(Redis::start())).await;
}
