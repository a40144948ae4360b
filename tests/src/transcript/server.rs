//! The servers that transcripts are held with.

use crate::{App, Office};

/// A fresh server of the application that a transcript names.
#[derive(Debug)]
pub enum Server {
    /// The todo example, as a process.
    Todo(Box<App>),
    /// What the todo example has not, in this process.
    Office(Office),
}

impl Server {
    pub(super) async fn start(app: &str) -> Server {
        match app {
            "office" => Server::Office(Office::start().await),
            _ => Server::Todo(Box::new(App::todo().start().await)),
        }
    }

    /// `127.0.0.1:port`
    #[must_use]
    pub fn host(&self) -> String {
        match self {
            Server::Todo(app) => app.url().trim_start_matches("http://").to_owned(),
            Server::Office(office) => office.host(),
        }
    }

    /// What it has said on stderr; one in this process says it there.
    #[must_use]
    pub fn stderr_so_far(&self) -> String {
        match self {
            Server::Todo(app) => app.stderr_so_far(),
            Server::Office(_) => String::new(),
        }
    }
}
