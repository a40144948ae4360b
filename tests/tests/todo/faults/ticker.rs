//! Clients that write as fast as they are answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use dragon_tests::util::{PATIENCE, until};
use serde_json::json;
use tokio::task::JoinHandle;

use super::page::{create, dial, list, number};

/// Writes ever higher numbers into one row, until it is stopped or its connection ends.
pub struct Ticker {
    pub id: i64,
    /// The highest number that was sent, and the highest that was acknowledged.
    sent: Arc<AtomicU64>,
    acknowledged: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Ticker {
    /// Makes a row and begins.
    pub async fn start(url: &str) -> Ticker {
        let id = create(url, "0").await;
        Ticker::go_on(url, id, Arc::default(), Arc::default()).await
    }

    async fn go_on(
        url: &str,
        id: i64,
        sent: Arc<AtomicU64>,
        acknowledged: Arc<AtomicU64>,
    ) -> Ticker {
        let stop = Arc::new(AtomicBool::new(false));
        let mut client = dial(url).await;
        let ours = (Arc::clone(&sent), Arc::clone(&acknowledged), Arc::clone(&stop));
        let task = tokio::spawn(async move {
            let (sent, acknowledged, stop) = ours;
            while !stop.load(Ordering::Relaxed) {
                let next = sent.fetch_add(1, Ordering::SeqCst) + 1;
                let args = json!({ "id": id, "text": next.to_string() });
                client.send("todo-item", "update", args).await;
                let Some(reply) = client.try_next(PATIENCE * 2).await else {
                    assert!(client.is_closed(), "no reply to an update in {:?}", PATIENCE * 2);
                    return;
                };
                if reply["context"]["state"] == "success" {
                    acknowledged.store(next, Ordering::SeqCst);
                } else {
                    // A database that is away; nothing else may refuse.
                    assert_eq!(reply["context"]["code"], "unavailable", "{reply}");
                }
            }
        });
        Ticker { id, sent, acknowledged, stop, task }
    }

    /// Goes on where it was cut off, at another connection.
    pub async fn again(self, url: &str) -> Ticker {
        assert!(self.task.is_finished());
        Ticker::go_on(url, self.id, self.sent, self.acknowledged).await
    }

    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Waits until so many more are acknowledged.
    pub async fn ticks(&self, more: u64) {
        let goal = self.acknowledged() + more;
        let reached = || async { self.acknowledged() >= goal || self.task.is_finished() };
        until(PATIENCE * 3, "the writes go on", reached).await;
        assert!(self.acknowledged() >= goal, "the writer's connection ended");
    }

    /// Ends after the update in hand.
    pub async fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        (&mut self.task).await.unwrap();
    }

    /// Waits until its connection has ended.
    pub async fn cut_off(&mut self) {
        (&mut self.task).await.unwrap();
    }

    /// What it was told is stored is stored, or what it has sent after that.
    pub async fn lost_nothing(&self, url: &str) {
        let rows = list(url).await;
        let row = rows.as_array().unwrap().iter().find(|row| row["id"] == self.id).unwrap();
        let (stored, least) = (number(row).unwrap(), self.acknowledged());
        let most = self.sent.load(Ordering::SeqCst);
        assert!((least..=most).contains(&stored), "{stored} is not in {least}..={most}");
    }
}

/// Several of them at once.
pub async fn tickers(url: &str, count: usize) -> Vec<Ticker> {
    let mut tickers = Vec::new();
    for _ in 0..count {
        tickers.push(Ticker::start(url).await);
    }
    tickers
}
