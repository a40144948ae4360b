//! A page: it shows the items, comes back whenever its connection ends, and resumes.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use dragon_tests::util::{PATIENCE, eventually};
use dragon_tests::{Client, Mirror, Reply};
use serde_json::{Value, json};

const ROUTE: &str = "todo-item";

/// A client that keeps all items in view.
pub struct Page {
    url: String,
    client: Client,
    pub mirror: Mirror,
    /// The pushes since the page was opened.
    pub told: Vec<Value>,
    /// Whether each return was a resume.
    pub recovered: Vec<bool>,
    /// How often the server said `resync`.
    pub resyncs: usize,
    /// The last number that was shown of each row.
    numbers: HashMap<i64, u64>,
}

impl Page {
    /// Opens `ws://…` and shows what is there.
    pub async fn open(url: &str) -> Page {
        let mut page = Page {
            url: url.to_owned(),
            client: dial(url).await,
            mirror: Mirror::new(json!({})),
            told: Vec::new(),
            recovered: Vec::new(),
            resyncs: 0,
            numbers: HashMap::new(),
        };
        page.subscribe(false).await;
        page
    }

    async fn subscribe(&mut self, since: bool) {
        let name = self.client.send(ROUTE, "subscribe", self.mirror.args(since)).await;
        loop {
            let message = self.client.next(PATIENCE).await;
            if message["context"]["client_callback_name"] == name.as_str() {
                let reply = Reply { message };
                self.mirror.begin(&reply);
                if since {
                    self.recovered.push(reply.recovered());
                }
                return;
            }
            // It belongs to what was shown before.
            self.mirror.apply(&message);
        }
    }

    /// Comes back, here or elsewhere, with the position that it holds.
    pub async fn come_back(&mut self, url: &str) {
        self.url = url.to_owned();
        self.client = dial(url).await;
        self.subscribe(true).await;
    }

    /// Handles the next push, if one comes; comes back where the connection has ended.
    pub async fn step(&mut self) {
        if let Some(message) = self.client.try_next(Duration::from_millis(50)).await {
            self.take(message).await;
        } else if self.client.is_closed() {
            let url = self.url.clone();
            self.come_back(&url).await;
        }
    }

    async fn take(&mut self, push: Value) {
        self.mirror.apply(&push);
        if self.mirror.must_reload {
            self.resyncs += 1;
            self.subscribe(false).await;
            return;
        }
        // What a ticker writes grows, and is told in the order in which it was committed. (What
        // is repeated after a resume starts lower, and grows as well.)
        if let (Some(id), Some(number)) = (push["data"]["id"].as_i64(), number(&push["data"])) {
            let before = self.numbers.insert(id, number);
            let repeats = !self.recovered.is_empty();
            assert!(repeats || before.is_none_or(|n| n < number), "{number} after {before:?}");
        }
        self.told.push(push);
    }

    /// Follows until the page shows something.
    pub async fn shows(&mut self, what: &str, shown: impl Fn(&Page) -> bool) {
        let end = Instant::now() + PATIENCE * 3;
        while !shown(self) {
            assert!(Instant::now() < end, "not shown: {what}: {:#?}", self.mirror.rows);
            self.step().await;
        }
    }

    /// Follows until the page shows just what a fresh list has.
    pub async fn is_right(&mut self) {
        let end = Instant::now() + PATIENCE * 3;
        loop {
            if self.client.is_closed() {
                self.step().await;
            }
            let listed = list(&self.url).await;
            let shown: Value = self.mirror.rows.values().cloned().collect();
            if shown == listed {
                return;
            }
            assert!(Instant::now() < end, "shows {shown}\nand not {listed}");
            self.step().await;
        }
    }

    /// The text of a row, if it is shown.
    pub fn text(&self, id: i64) -> Option<&str> {
        self.mirror.rows.get(&id)?["text"].as_str()
    }

    /// The number of a ticker's row, if it is shown.
    pub fn number(&self, id: i64) -> Option<u64> {
        number(self.mirror.rows.get(&id)?)
    }

    /// What was told since it was opened, as action and text.
    pub fn heard(&self) -> Vec<(&str, &str)> {
        fn text(value: &Value) -> &str {
            value.as_str().unwrap_or_default()
        }
        self.told.iter().map(|push| (text(&push["action"]), text(&push["data"]["text"]))).collect()
    }
}

/// The number that a ticker has written.
pub fn number(row: &Value) -> Option<u64> {
    row["text"].as_str()?.parse().ok()
}

/// Connects as soon as somebody answers.
pub async fn dial(url: &str) -> Client {
    eventually(PATIENCE * 2, || async {
        Client::connect_with(url, &[]).await.map_err(|refused| format!("{url}: {refused:?}"))
    })
    .await
}

/// All items, fresh from the database.
pub async fn list(url: &str) -> Value {
    dial(url).await.ok(ROUTE, "get_list", json!({})).await
}

/// A new item of the first list; answers its id.
pub async fn create(url: &str, text: &str) -> i64 {
    let args = json!({ "todo_list_id": 1, "text": text });
    dial(url).await.ok(ROUTE, "create", args).await["id"].as_i64().unwrap()
}

/// Changes an item's text.
pub async fn write(url: &str, id: i64, text: &str) {
    dial(url).await.ok(ROUTE, "update", json!({ "id": id, "text": text })).await;
}
