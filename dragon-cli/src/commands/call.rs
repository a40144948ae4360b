//! `dragon-cli call`: one call to a running server.

use std::io::Read as _;

use clap::Args;
use serde_json::{Map, Value as Json};

use crate::client::{Connection, Server, block_on, named, object};
use crate::failure::Failure;
use crate::say;

/// Ask a running server: one call, its answer as JSON.
///
/// The answer's data goes to standard output, and the exit code is 0. A call that fails says why
/// on standard error, field by field, and the exit code is 1.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dragon-cli call todo-item get_list
  dragon-cli call todo-item get_list todo_list__id=1 done=false _order=-text
  dragon-cli call todo-item create todo_list_id=1 text='Buy milk'
  dragon-cli call todo-item update id=1 done=true --url http://127.0.0.1:9999
  dragon-cli call todo-item create --json '{\"todo_list_id\": 1, \"text\": \"Buy milk\"}'
  dragon-cli call todo-item create --json - < item.json

A value that is JSON is what it says: done=true, id=7, id__in='[1, 2]'. All else is text;
text of digits alone is written text='\"7\"'.")]
pub(crate) struct Call {
    /// The router's route, as in `todo-item`.
    route: String,

    /// What to do: get_list, get_single, create, update, delete, or a verb of the router's own.
    verb: String,

    /// Arguments, as in `id=1 done=true text='Buy milk'`.
    #[arg(value_name = "NAME=VALUE")]
    args: Vec<String>,

    /// Arguments as a JSON object; `-` reads it from standard input.
    #[arg(long, value_name = "OBJECT")]
    json: Option<String>,

    #[command(flatten)]
    server: Server,
}

impl Call {
    /// Calls and prints.
    ///
    /// # Errors
    /// When there is no server, or the call fails.
    pub(crate) fn run(self) -> Result<(), Failure> {
        if matches!(self.verb.as_str(), "subscribe" | "unsubscribe") {
            let watch = format!("dragon-cli watch {}", self.route);
            return Err(Failure::usage(format!("`{}` ends with its connection", self.verb))
                .help(format!("to see live events: {watch}")));
        }
        let args = self.args()?;
        let address = self.server.address()?;
        block_on(async {
            let trouble = |trouble: crate::client::Trouble| trouble.failure(&address);
            let mut connection =
                Connection::open(&address.url, &self.server).await.map_err(trouble)?;
            let reply = connection.call(&self.route, &self.verb, args).await.map_err(trouble)?;
            connection.close().await;
            let reply = reply.success(&self.route, &self.verb).map_err(trouble)?;
            let data = serde_json::to_string_pretty(reply.data());
            say::answer(&data.unwrap_or_else(|_| reply.data().to_string()))
        })
    }

    fn args(&self) -> Result<Map<String, Json>, Failure> {
        let mut args = match self.json.as_deref() {
            None => Map::new(),
            Some("-") => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).map_err(|error| {
                    Failure::new(format!("cannot read standard input: {error}"))
                })?;
                object(&text, "standard input")?
            }
            Some(text) => object(text, "--json")?,
        };
        // What is written by name is said last.
        args.extend(named(&self.args)?);
        Ok(args)
    }
}
