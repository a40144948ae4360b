//! Plays the golden transcripts of `tests/transcripts` against a live server.
//!
//! A transcript is a conversation as data, described in the README beside the files. The tests of the JS
//! package play the same files from the other side, so both are held to one wire.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

pub use self::server::Server;
use crate::client::Client;
use crate::util::PATIENCE;

mod server;

/// How long a client listens at the end before it says that nothing is left over.
const MOMENT: Duration = Duration::from_millis(300);

/// Who speaks for the client in a transcript, over whatever wire.
#[allow(async_fn_in_trait)] // Only tests await it, and on one thread.
pub trait Speaker {
    /// Sends a text as one message.
    async fn send_text(&mut self, text: &str);

    /// Sends several, at once where the wire can.
    async fn send_texts(&mut self, texts: &[String]) {
        for text in texts {
            self.send_text(text).await;
        }
    }

    /// The next message, if one comes within `limit`.
    async fn try_next(&mut self, limit: Duration) -> Option<Value>;

    /// Whether the server has ended the conversation.
    fn is_closed(&self) -> bool;
}

impl Speaker for Client {
    async fn send_text(&mut self, text: &str) {
        Client::send_text(self, text).await;
    }

    async fn try_next(&mut self, limit: Duration) -> Option<Value> {
        Client::try_next(self, limit).await
    }

    fn is_closed(&self) -> bool {
        Client::is_closed(self)
    }
}

/// One conversation.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// The name of its file, without `.json`.
    pub name: String,
    /// What it is about, in a sentence.
    pub about: String,
    /// The application that it is held with: `todo`, or `office`.
    pub app: String,
    steps: Vec<Value>,
}

impl Transcript {
    /// All of `tests/transcripts`, by name.
    ///
    /// # Panics
    /// When there is none, or one cannot be read.
    #[must_use]
    pub fn all() -> Vec<Transcript> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("transcripts");
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .collect();
        files.sort();
        assert!(!files.is_empty(), "no transcript in {}", folder.display());
        files.iter().map(|path| Transcript::load(path)).collect()
    }

    fn load(path: &Path) -> Transcript {
        let wrong = |what: &str| -> ! { panic!("{}: {what}", path.display()) };
        let text = std::fs::read_to_string(path).unwrap_or_else(|e| wrong(&e.to_string()));
        let transcript = Transcript::parse(&text).unwrap_or_else(|e| wrong(&e));
        if Some(transcript.name.as_ref()) != path.file_stem() {
            wrong("its name is not that of its file");
        }
        transcript
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// When it is not a transcript, or a step is none of those that the README lists.
    pub fn parse(text: &str) -> Result<Transcript, String> {
        let file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let word = |key: &str| {
            let word = file[key].as_str();
            word.map(str::to_owned).ok_or_else(|| format!("no {key}"))
        };
        let steps = file["steps"].as_array().ok_or("no steps")?.clone();
        for (number, step) in steps.iter().enumerate() {
            let step = step.as_object().ok_or(format!("step {number}: no object"))?;
            let act = |key: &&String| !matches!(key.as_str(), "on" | "note");
            let acts: Vec<_> = step.keys().filter(act).map(String::as_str).collect();
            if !matches!(acts[..], [] | ["client" | "client_raw" | "server" | "drop" | "open"]) {
                return Err(format!("step {number} does {acts:?}"));
            }
        }
        let app = file["app"].as_str().unwrap_or("todo").to_owned();
        if !matches!(app.as_str(), "todo" | "office") {
            return Err(format!("there is no application {app}"));
        }
        Ok(Transcript { name: word("name")?, about: word("about")?, app, steps })
    }

    /// A fresh server of its application.
    pub async fn server(&self) -> Server {
        Server::start(&self.app).await
    }

    /// Holds the conversation with a fresh server of its application at `ws://host:port/ws`.
    ///
    /// # Errors
    /// At the first difference: the step (counted from 0), what was expected and what came.
    pub async fn play(&self, url: &str) -> Result<(), String> {
        self.play_with(async || {
            let client = Client::connect_with(url, &[]).await;
            client.map_err(|refused| format!("refused: {refused:?}"))
        })
        .await
    }

    /// [`play`](Self::play) over another wire: `connect` opens a connection.
    ///
    /// # Errors
    /// As there.
    pub async fn play_with<S: Speaker>(
        &self,
        connect: impl AsyncFn() -> Result<S, String>,
    ) -> Result<(), String> {
        let mut stage = Stage { connect, clients: BTreeMap::new(), names: BTreeMap::new() };
        for (number, step) in self.steps.iter().enumerate() {
            let at = |why| format!("{}, step {number}: {why}", self.name);
            stage.step(step).await.map_err(at)?;
        }
        for (on, client) in &mut stage.clients {
            if let Some(message) = client.try_next(MOMENT).await {
                return Err(format!("{}: left over for {on}: {message}", self.name));
            }
            if client.is_closed() {
                return Err(format!("{}: the server has closed {on}", self.name));
            }
        }
        Ok(())
    }
}

/// Those who speak, and what the placeholders stand for.
struct Stage<C, S> {
    connect: C,
    clients: BTreeMap<String, S>,
    names: BTreeMap<String, Value>,
}

impl<C: AsyncFn() -> Result<S, String>, S: Speaker> Stage<C, S> {
    async fn step(&mut self, step: &Value) -> Result<(), String> {
        let on = step["on"].as_str().unwrap_or("a");
        if let Some(message) = step.get("client") {
            let text = self.fill(message)?.to_string();
            self.client(on).await?.send_text(&text).await;
        } else if let Some(text) = step.get("client_raw") {
            let text = text.as_str().ok_or("client_raw is not a text")?;
            self.client(on).await?.send_text(text).await;
        } else if let Some(expected) = step.get("server") {
            let client = self.client(on).await?;
            let Some(got) = client.try_next(PATIENCE).await else {
                let end = if client.is_closed() { "the connection ended" } else { "nothing came" };
                return Err(format!("{end}\nexpected {expected}"));
            };
            self.compare(expected, &got, "message")
                .map_err(|why| format!("{why}\nexpected {expected}\ngot      {got}"))?;
        } else if step.get("drop").is_some() {
            // Without a close frame: the socket just goes.
            self.clients.remove(on).ok_or("it is not connected")?;
        } else if step.get("open").is_some() {
            self.client(on).await?;
        }
        Ok(())
    }

    async fn client(&mut self, on: &str) -> Result<&mut S, String> {
        if !self.clients.contains_key(on) {
            let client = (self.connect)().await.map_err(|why| format!("{on} is {why}"))?;
            self.clients.insert(on.to_owned(), client);
        }
        Ok(self.clients.get_mut(on).expect("it was just put there"))
    }

    /// A message of a client with its placeholders replaced.
    fn fill(&self, message: &Value) -> Result<Value, String> {
        Ok(match message {
            Value::String(text) if is_name(text) => {
                let known = self.names.get(text);
                known.ok_or_else(|| format!("{text} has no value yet"))?.clone()
            }
            Value::Array(items) => {
                let filled: Result<_, _> = items.iter().map(|item| self.fill(item)).collect();
                Value::Array(filled?)
            }
            Value::Object(fields) => {
                let mut filled = serde_json::Map::new();
                for (key, value) in fields {
                    filled.insert(key.clone(), self.fill(value)?);
                }
                Value::Object(filled)
            }
            plain => plain.clone(),
        })
    }

    /// Finds the first difference, and learns what the placeholders stand for.
    fn compare(&mut self, expected: &Value, got: &Value, at: &str) -> Result<(), String> {
        match (expected, got) {
            (Value::String(text), _) if text == "$any" => Ok(()),
            (Value::String(name), _) if is_name(name) => self.learn(name, got, at),
            (Value::Array(expected), Value::Array(got)) => {
                if expected.len() != got.len() {
                    let (want, have) = (expected.len(), got.len());
                    return Err(format!("{at} has {have} entries and not {want}"));
                }
                for (index, (expected, got)) in expected.iter().zip(got).enumerate() {
                    self.compare(expected, got, &format!("{at}[{index}]"))?;
                }
                Ok(())
            }
            (Value::Object(expected), Value::Object(got)) => {
                let mut odd = String::new();
                for key in expected.keys().filter(|key| !got.contains_key(*key)) {
                    let _ = write!(odd, " lacks {key};");
                }
                for key in got.keys().filter(|key| !expected.contains_key(*key)) {
                    let _ = write!(odd, " has {key} too many;");
                }
                if !odd.is_empty() {
                    return Err(format!("{at}{}", odd.trim_end_matches(';')));
                }
                for (key, expected) in expected {
                    self.compare(expected, &got[key], &format!("{at}.{key}"))?;
                }
                Ok(())
            }
            _ if expected == got => Ok(()),
            _ => Err(format!("{at} is {got} and not {expected}")),
        }
    }

    fn learn(&mut self, name: &str, got: &Value, at: &str) -> Result<(), String> {
        let text = got.as_str().is_some_and(|text| !text.is_empty());
        let number = name.starts_with("$id:") && got.is_number();
        if !text && !number {
            return Err(format!("{at} is {got}, which cannot be {name}"));
        }
        match self.names.get(name) {
            Some(known) if known != got => Err(format!("{at} is {got} and not {name} = {known}")),
            Some(_) => Ok(()),
            None => {
                self.names.insert(name.to_owned(), got.clone());
                Ok(())
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with("$position:") || text.starts_with("$id:")
}

#[cfg(test)]
mod tests;
