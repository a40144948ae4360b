//! A client that keeps mirrors, and does to them what clients do.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use dragon_tests::util::PATIENCE;
use dragon_tests::{Client, Reply};
use serde_json::{Value, json};

use dragon_tests::Mirror;

/// What the text of a marker begins with: a row that is written when all else has been.
pub const MARKER: &str = "marker";

/// What a request that is under way is about.
enum Asked {
    Begin(usize),
    End(usize),
}

/// A connection with mirrors. The first mirror is that of the markers.
pub struct Player {
    url: String,
    client: Client,
    pub mirrors: Vec<Mirror>,
    live: Vec<bool>,
    asked: HashMap<String, Asked>,
    /// How many subscriptions were begun, and how many of them by resuming.
    pub begun: usize,
    pub resumed: usize,
}

impl Player {
    /// Connects and subscribes to the markers.
    pub async fn join(url: &str) -> Player {
        let mut player = Player {
            url: url.to_owned(),
            client: Client::connect(url).await,
            mirrors: Vec::new(),
            live: Vec::new(),
            asked: HashMap::new(),
            begun: 0,
            resumed: 0,
        };
        player.add(json!({ "text__contains": MARKER })).await;
        player
    }

    /// Subscribes with a filter of its own; does not wait for the reply.
    pub async fn add(&mut self, filter: Value) {
        self.mirrors.push(Mirror::new(filter));
        self.live.push(false);
        self.subscribe(self.mirrors.len() - 1, false).await;
    }

    pub fn shows(&self, filter: &Value) -> bool {
        self.mirrors.iter().any(|mirror| mirror.filter == *filter.as_object().unwrap())
    }

    /// Subscribes a mirror (again); does not wait for the reply.
    pub async fn subscribe(&mut self, at: usize, since: bool) {
        let name = self.client.send("item", "subscribe", self.mirrors[at].args(since)).await;
        self.asked.insert(name, Asked::Begin(at));
    }

    /// Ends a mirror's subscription; does not wait for the reply.
    pub async fn unsubscribe(&mut self, at: usize) {
        let filter = Value::Object(self.mirrors[at].filter.clone());
        let name = self.client.send("item", "unsubscribe", filter).await;
        self.asked.insert(name, Asked::End(at));
    }

    /// The connection breaks; the client comes back, here or at another node, and resumes.
    pub async fn come_back(&mut self, url: &str) {
        self.settle_requests().await;
        self.url = url.to_owned();
        self.client = Client::connect(url).await;
        for at in 0..self.mirrors.len() {
            self.live[at] = false;
            self.subscribe(at, true).await;
        }
    }

    /// Handles the next message, if one comes.
    pub async fn step(&mut self, limit: Duration) -> bool {
        let Some(message) = self.client.try_next(limit).await else {
            assert!(!self.client.is_closed(), "the connection ended: {:?}", self.client);
            return false;
        };
        let name = message["context"]["client_callback_name"].as_str().map(str::to_owned);
        match name {
            Some(name) => self.answered(&name, message),
            None => self.told(&message),
        }
        if self.asked.is_empty() {
            for at in 0..self.mirrors.len() {
                if self.live[at] && self.mirrors[at].must_reload {
                    self.subscribe(at, false).await;
                }
            }
        }
        true
    }

    fn answered(&mut self, name: &str, message: Value) {
        let reply = Reply { message };
        match self.asked.remove(name) {
            Some(Asked::Begin(at)) => {
                self.mirrors[at].begin(&reply);
                self.live[at] = true;
                self.begun += 1;
                self.resumed += usize::from(reply.context()["recovered"] == true);
            }
            Some(Asked::End(at)) => {
                assert!(reply.is_success(), "{reply}");
                self.live[at] = false;
            }
            None => panic!("who asked? {reply}"),
        }
    }

    fn told(&mut self, push: &Value) {
        let ours = |mirror: &Mirror| push["channel"] == mirror.channel.as_str();
        let at = self.mirrors.iter().position(ours);
        let at = at.unwrap_or_else(|| panic!("of no channel of ours: {push}"));
        assert!(self.live[at], "after the unsubscribe: {push}");
        self.mirrors[at].apply(push);
    }

    /// Handles what comes until all requests are answered.
    pub async fn settle_requests(&mut self) {
        let end = Instant::now() + PATIENCE;
        while !self.asked.is_empty() {
            assert!(Instant::now() < end, "no reply: {:?}", self.client);
            self.step(Duration::from_millis(100)).await;
        }
    }

    /// Handles what comes until the marker with this text is shown.
    pub async fn until_marker(&mut self, text: &str) {
        let end = Instant::now() + PATIENCE * 2;
        while !self.asked.is_empty()
            || !self.mirrors[0].rows.values().any(|row| row["text"] == text)
        {
            assert!(Instant::now() < end, "no {text}: {:?}\n{:#?}", self.client, self.mirrors[0]);
            self.step(Duration::from_millis(100)).await;
        }
    }

    /// What a mirror shows, and what the server lists for its filter now. Without the marker,
    /// which comes to the mirrors one after the other.
    async fn compared(&mut self, at: usize) -> (Vec<Value>, Vec<Value>) {
        let filter = Value::Object(self.mirrors[at].filter.clone());
        let listed = self.client.ok("item", "get_list", filter).await;
        let all = |row: &&Value| !row["text"].as_str().is_some_and(|t| t.starts_with(MARKER));
        let listed = listed.as_array().unwrap().iter().filter(all).cloned().collect();
        (self.mirrors[at].rows.values().filter(all).cloned().collect(), listed)
    }

    /// Every mirror shows what a fresh list has. (Nobody writes any more.)
    pub async fn check(&mut self) {
        for at in 0..self.mirrors.len() {
            if !self.live[at] {
                continue;
            }
            let (shown, listed) = self.compared(at).await;
            assert!(
                shown == listed,
                "{:?} of {} shows\n{shown:?}\nand not\n{listed:?}\n{:#?}",
                self.mirrors[at].filter,
                self.url,
                self.client.log()
            );
        }
    }

    /// As [`check`](Self::check), where a reload may still be on its way.
    pub async fn check_soon(&mut self) {
        let end = Instant::now() + PATIENCE * 2;
        for at in 0..self.mirrors.len() {
            loop {
                self.settle_requests().await;
                let (shown, listed) = self.compared(at).await;
                if !self.live[at] || shown == listed {
                    break;
                }
                let filter = &self.mirrors[at].filter;
                assert!(Instant::now() < end, "{filter:?} shows\n{shown:?}\nand not\n{listed:?}");
                self.step(Duration::from_millis(20)).await;
            }
        }
    }
}
