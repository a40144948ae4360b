//! `dragon-cli watch`: what happens on a running server, as it happens.

use clap::Args;

use crate::client::{Server, block_on, named};
use crate::failure::Failure;
use crate::watch::{Printer, closed, follow};

/// See what happens on a running server, as it happens.
///
/// Prints the rows as they are, then each event on a line of its own, until Ctrl-C. A connection
/// that is lost comes back, and what was missed is told; what is said of the connection goes to
/// standard error.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dragon-cli watch todo-item
  dragon-cli watch todo-item todo_list__id=1 done=false
  dragon-cli watch todo-item text__contains=milk --json | jq .data
  dragon-cli watch todo-item --count 1       wait for one event
  dragon-cli watch todo-item --count 0       only the rows

With --json each line is an object as the server sends it; rows come as one line
{\"action\": \"snapshot\", \"data\": [rows]}, again after what was missed is not known any more.")]
pub(crate) struct Watch {
    /// The router's route, as in `todo-item`.
    route: String,

    /// Only rows that match, as in `done=false text__contains=milk`.
    #[arg(value_name = "FILTER=VALUE")]
    filter: Vec<String>,

    /// One JSON object a line, for programs.
    #[arg(long)]
    json: bool,

    /// End after this many events.
    #[arg(long, value_name = "N")]
    count: Option<u64>,

    #[command(flatten)]
    server: Server,
}

impl Watch {
    /// Watches until Ctrl-C.
    ///
    /// # Errors
    /// When there is no server at first, or it refuses.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let filter = named(&self.filter)?;
        let address = self.server.address()?;
        let printer = Printer::new(self.json, self.count);
        block_on(async {
            tokio::select! {
                biased;
                done = follow(&address, &self.server, &self.route, filter, printer) => done,
                interrupted = tokio::signal::ctrl_c() => interrupted
                    .map_err(|error| Failure::new(format!("cannot hear Ctrl-C: {error}"))),
                () = closed() => Ok(()),
            }
        })
    }
}
