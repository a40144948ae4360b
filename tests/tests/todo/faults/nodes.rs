//! Two processes on one database.

use dragon_tests::{App, Database, Redis, rounds};

use super::page::{Page, create, write};
use super::ticker::tickers;

async fn node(database: &Database, redis: &Redis) -> App {
    let builder = App::todo().env("DATABASE_URL", &database.url).env("REDIS_URL", redis.url());
    builder.start().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_show_each_others_changes() {
    let (redis, database) = (Redis::start(), Database::postgres().await);
    let (one, two) = (node(&database, &redis).await, node(&database, &redis).await);
    let mut pages = [Page::open(&one.ws()).await, Page::open(&two.ws()).await];
    for (writer, text) in [(&one, "written at one"), (&two, "written at two")] {
        let id = create(&writer.ws(), "new").await;
        write(&writer.ws(), id, text).await;
        for page in &mut pages {
            page.shows(text, |page| page.text(id) == Some(text)).await;
            page.is_right().await;
        }
    }
    let told = pages[0].heard();
    assert_eq!(told, pages[1].heard());
    assert_eq!(told.len(), 4);
}

/// The first process relays, and after each kill the one that is left: so it is always the
/// relaying one that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_relaying_process_is_killed_the_other_takes_over() {
    let (redis, database) = (Redis::start(), Database::postgres().await);
    let mut apps = [node(&database, &redis).await, node(&database, &redis).await];
    let urls = apps.each_ref().map(App::ws);
    for round in 0..rounds(4, 20) {
        let (dies, stays) = (round % 2, (round + 1) % 2);
        let mut writers = tickers(&urls[stays], 3).await;
        let mut pages = [Page::open(&urls[dies]).await, Page::open(&urls[stays]).await];
        for writer in &writers {
            writer.ticks(10).await;
        }
        // Nobody is so far behind that the server gives up on them.
        for page in &mut pages {
            let (id, goal) = (writers[0].id, writers[0].acknowledged());
            page.shows("the ticks", |page| page.number(id) >= Some(goal)).await;
        }
        apps[dies].kill();
        for writer in &writers {
            writer.ticks(10).await;
        }
        pages[0].come_back(&urls[stays]).await;
        // It resumes, or is told that it missed more than it can be sent at once.
        assert_eq!(pages[0].recovered.len(), 1, "{}", apps[stays].stderr_so_far());
        for writer in &mut writers {
            writer.stop().await;
            writer.lost_nothing(&urls[stays]).await;
        }
        for page in &mut pages {
            page.is_right().await;
        }
        // Every number of every row was told, to a page that never left (a slow machine may have
        // made it too slow a reader, which it was told).
        let stayed = (pages[1].resyncs, pages[1].recovered.len()) == (0, 0);
        for writer in writers.iter().filter(|_| stayed) {
            let told = pages[1].told.iter().filter(|push| push["data"]["id"] == writer.id);
            let numbers: Vec<u64> = told.filter_map(|p| super::page::number(&p["data"])).collect();
            let (first, last) = (numbers[0], writer.acknowledged());
            assert_eq!(numbers, (first..=last).collect::<Vec<_>>());
        }
        apps[dies].restart().await;
    }
}

async fn a_second_process_is_refused(database: Database) {
    let first = App::todo().env("DATABASE_URL", &database.url).start().await;
    let second = App::todo().env("DATABASE_URL", &database.url).try_start().await;
    let why = second.expect_err("it must not run beside the first");
    assert!(why.contains("REDIS_URL"), "{why}");
    // The first one notices nothing.
    let mut page = Page::open(&first.ws()).await;
    let id = create(&first.ws(), "still there").await;
    page.shows("the change", |page| page.text(id) == Some("still there")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_a_second_process_says_what_to_set() {
    tokio::join!(
        a_second_process_is_refused(Database::postgres().await),
        a_second_process_is_refused(Database::sqlite()),
    );
}
