//! How rows and events are printed.

use std::io;

use anstyle::Style;
use serde_json::{Map, Value as Json, json};

use crate::say::{self, ASIDE, BAD, CHANGED, GOOD};

/// Prints rows and events, and knows when there were enough.
#[derive(Debug)]
pub(crate) struct Printer {
    json: bool,
    left: Option<u64>,
}

impl Printer {
    /// For people or for programs; ends after so many events.
    pub(crate) fn new(json: bool, count: Option<u64>) -> Self {
        Self { json, left: count }
    }

    /// Whether all is said that was asked for.
    pub(crate) fn is_done(&self) -> bool {
        self.left == Some(0)
    }

    /// The rows as they are.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub(crate) fn rows(&self, rows: &[Json]) -> io::Result<()> {
        if self.json {
            return say::out(&json!({"action": "snapshot", "data": rows}).to_string());
        }
        rows.iter().try_for_each(|row| say::out(&line("row", ASIDE, row)))
    }

    /// One event.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub(crate) fn event(&mut self, push: &Json) -> io::Result<()> {
        self.left = self.left.map(|left| left.saturating_sub(1));
        if self.json {
            return say::out(&push.to_string());
        }
        let action = push.get("action").and_then(Json::as_str);
        match (action, push.get("data")) {
            (Some("created"), Some(row)) => say::out(&line("created", GOOD, row)),
            (Some("updated"), Some(row)) => say::out(&line("updated", CHANGED, row)),
            (Some("deleted"), Some(row)) => say::out(&line("deleted", BAD, row)),
            // What a router publishes of its own is any object.
            _ => {
                let mut data = push.clone();
                if let Some(data) = data.as_object_mut() {
                    data.remove("channel");
                }
                say::out(&format!("{GOOD}{:<8}{GOOD:#} {data}", "data"))
            }
        }
    }
}

/// `created  todo_item 3  done=false text="Buy milk"`
fn line(word: &str, style: Style, row: &Json) -> String {
    let nothing = Map::new();
    let fields = row.as_object().unwrap_or(&nothing);
    let kind = fields.get("_type").and_then(Json::as_str).unwrap_or_default();
    let id = fields.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
    let mut line = format!("{style}{word:<8}{style:#} {kind} {}", id.unwrap_or_default());
    let mut space = "  ";
    for (name, value) in fields {
        if name != "_type" && name != "id" {
            line.push_str(&format!("{space}{ASIDE}{name}={ASIDE:#}{value}"));
            space = " ";
        }
    }
    line
}
