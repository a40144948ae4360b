//! Servers that go away for a while: Redis, PostgreSQL.

use std::time::Duration;

use dragon_tests::{App, Database, Postgres, Redis, rounds};

use super::page::{Page, create, write};
use super::ticker::{Ticker, tickers};

/// How long an outage lasts at least.
const OUTAGE: (usize, usize) = (1, 30);

/// Some time passes, in which the writers go on.
async fn meanwhile(writers: &[Ticker]) {
    tokio::time::sleep(Duration::from_secs(rounds(OUTAGE.0, OUTAGE.1) as u64)).await;
    for writer in writers {
        writer.ticks(10).await;
    }
}

/// More changes that wait become a Reset: `RelaySettings::backlog`.
const BACKLOG: u64 = 10_000;

/// Two processes, whose Redis goes away and comes back, empty or not.
async fn redis_goes_and_comes(mut redis: Redis, keeps: bool) {
    let database = Database::postgres().await;
    let node =
        || App::todo().env("DATABASE_URL", &database.url).env("REDIS_URL", redis.url()).start();
    let (one, two) = (node().await, node().await);
    let mut writers = tickers(&one.ws(), 2).await;
    writers.extend(tickers(&two.ws(), 2).await);
    let mut pages = [Page::open(&one.ws()).await, Page::open(&two.ws()).await];
    for writer in &writers {
        writer.ticks(5).await;
    }
    let before: u64 = writers.iter().map(Ticker::acknowledged).sum();
    redis.kill();
    meanwhile(&writers).await;
    // Who comes now is served, as far as one can be without Redis.
    let mut late = Page::open(&two.ws()).await;
    let mut back = Page::open(&one.ws()).await;
    back.come_back(&two.ws()).await;
    assert_eq!(back.recovered, [false]);
    let text = "written while Redis was away";
    let id = create(&one.ws(), text).await;
    redis.restart();
    for writer in &mut writers {
        writer.ticks(5).await;
        writer.stop().await;
        writer.lost_nothing(&one.ws()).await;
    }
    for page in pages.iter_mut().chain([&mut late, &mut back]) {
        page.shows(text, |page| page.text(id) == Some(text)).await;
        page.is_right().await;
    }
    let written = writers.iter().map(Ticker::acknowledged).sum::<u64>() - before;
    for page in &pages {
        assert!(page.recovered.is_empty(), "a connection was lost");
        assert!(keeps || page.resyncs > 0, "nobody said that something may be missing");
        // A fast machine writes more meanwhile than is told row by row.
        let due = !keeps || written >= BACKLOG;
        println!("{written} writes, {} resyncs", page.resyncs);
        assert!(due || page.resyncs == 0, "{} resyncs of {written} writes", page.resyncs);
    }
    // And all is as it was.
    let last = create(&two.ws(), "afterwards").await;
    for page in &mut pages {
        page.shows("what comes afterwards", |page| page.text(last).is_some()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_writes_go_on_and_all_of_them_arrive() {
    redis_goes_and_comes(Redis::start_durable(), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_redis_comes_back_empty_clients_are_told_and_end_right() {
    redis_goes_and_comes(Redis::start(), false).await;
}

/// A position of a Redis that has lost it is no position.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_away_while_redis_lost_everything_loads_anew() {
    let (mut redis, database) = (Redis::start(), Database::sqlite());
    let builder = App::todo().env("DATABASE_URL", &database.url).env("REDIS_URL", redis.url());
    let mut app = builder.start().await;
    let id = create(&app.ws(), "one").await;
    let mut page = Page::open(&app.ws()).await;
    app.kill();
    redis.restart();
    app.restart().await;
    write(&app.ws(), id, "two").await;
    page.come_back(&app.ws()).await;
    assert_eq!(page.recovered, [false]);
    page.shows("the change", |page| page.text(id) == Some("two")).await;
    page.is_right().await;
}

async fn postgres_restarts(redis: Option<Redis>) {
    let mut postgres = Postgres::start();
    let database = postgres.fresh_database().await;
    let mut builder = App::todo().env("DATABASE_URL", &database.url);
    if let Some(redis) = &redis {
        builder = builder.env("REDIS_URL", redis.url());
    }
    let app = builder.start().await;
    let url = app.ws();
    let mut writers = tickers(&url, 2).await;
    let mut page = Page::open(&url).await;
    for _ in 0..rounds(2, 5) {
        for writer in &writers {
            writer.ticks(10).await;
        }
        let some = page.told.len() + 10;
        page.shows("some ticks", |page| page.told.len() >= some).await;
        postgres.restart();
        for writer in &writers {
            writer.ticks(10).await;
        }
        let id = create(&url, "after the restart").await;
        page.shows("what came after it", |page| page.text(id).is_some()).await;
    }
    for writer in &mut writers {
        writer.stop().await;
        writer.lost_nothing(&url).await;
    }
    page.is_right().await;
    assert_eq!((page.resyncs, page.recovered.len()), (0, 0), "{}", app.stderr_so_far());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_postgres_restarts_the_app_goes_on() {
    tokio::join!(postgres_restarts(None), postgres_restarts(Some(Redis::start())));
}
