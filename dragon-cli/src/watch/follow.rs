//! Staying subscribed, whatever becomes of the connection.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::Printer;
use crate::client::{Address, Connection, Message, Reply, Server, Trouble};
use crate::failure::Failure;
use crate::say::{self, ASIDE};

const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Why following a connection ends.
enum End {
    /// Enough was told, or nobody reads any more.
    Done,
    /// The connection is lost, or the server refuses.
    Lost(Trouble),
}

impl From<Trouble> for End {
    fn from(trouble: Trouble) -> Self {
        Self::Lost(trouble)
    }
}

impl From<std::io::Error> for End {
    /// Printing fails when nobody reads any more, as in `| head`.
    fn from(_: std::io::Error) -> Self {
        Self::Done
    }
}

/// Prints the rows and each event; comes back when the connection is lost, and goes on from there.
///
/// # Errors
/// When the server cannot be had at first, or refuses.
pub(crate) async fn follow(
    address: &Address,
    server: &Server,
    route: &str,
    filter: Map<String, Json>,
    printer: Printer,
) -> Result<(), Failure> {
    let mut following = Following {
        route,
        filter,
        printer,
        positions: BTreeMap::new(),
        rows: true,
        holed: false,
        began: false,
        wait: None,
    };
    loop {
        let lost = match Connection::open(&address.url, server).await {
            Err(trouble) => trouble,
            Ok(mut connection) => match following.stay(&mut connection).await {
                Err(End::Done) => {
                    connection.close().await;
                    return Ok(());
                }
                Err(End::Lost(trouble)) => trouble,
            },
        };
        if !following.began || !lost.passes() {
            return Err(lost.failure(address));
        }
        let wait = following.wait.unwrap_or_else(|| {
            note(&format!("{}; trying again until it is back", lost.brief()));
            FIRST_WAIT
        });
        tokio::time::sleep(wait).await;
        following.wait = Some((wait * 2).min(LONGEST_WAIT));
    }
}

fn note(text: &str) {
    say::note(&format!("{ASIDE}{text}{ASIDE:#}"));
}

/// What is followed, and how far.
struct Following<'a> {
    route: &'a str,
    filter: Map<String, Json>,
    printer: Printer,
    /// Where each channel stands.
    positions: BTreeMap<String, String>,
    /// Whether it has rows; a plain router's channel has data alone.
    rows: bool,
    /// Something may have been missed: no position holds until there are rows again.
    holed: bool,
    /// Whether it has been subscribed before.
    began: bool,
    /// How long to wait before it is tried again; none as long as it goes well.
    wait: Option<Duration>,
}

impl Following<'_> {
    /// Subscribes and prints what comes, until that ends.
    async fn stay(&mut self, connection: &mut Connection) -> Result<Infallible, End> {
        let mut reply = connection.call(self.route, "subscribe", self.args()).await?;
        if !self.began && reply.code() == "bad_request" {
            // A plain router's channel refuses what asks for rows; all else is refused again.
            self.rows = false;
            reply = connection.call(self.route, "subscribe", self.args()).await?;
        }
        self.accept(reply)?;
        self.wait = None;
        loop {
            if self.printer.is_done() {
                return Err(End::Done);
            }
            match connection.next().await? {
                Message::Push(push) if push.get("action") == Some(&Json::from("resync")) => {
                    self.positions.clear();
                    // Of several channels each says so; one answer is for all of them.
                    if !self.holed {
                        self.holed = true;
                        connection.send(self.route, "subscribe", self.args()).await?;
                    }
                }
                Message::Push(push) => {
                    self.printer.event(&push)?;
                    self.moved(&push);
                }
                Message::Reply(reply) => self.accept(reply)?,
            }
        }
    }

    fn args(&self) -> Map<String, Json> {
        let mut args = self.filter.clone();
        args.insert("channel".to_owned(), Json::from("watch"));
        if self.rows {
            args.insert("_snapshot".to_owned(), Json::from(true));
        }
        let mut held = self.positions.iter();
        match (held.next(), held.next()) {
            (None, _) => {}
            (Some((_, only)), None) => {
                args.insert("_since".to_owned(), Json::from(only.as_str()));
            }
            _ => {
                let held = self.positions.iter().map(|(k, v)| (k.clone(), Json::from(v.as_str())));
                args.insert("_since".to_owned(), Json::Object(held.collect()));
            }
        }
        args
    }

    /// Takes the answer to a subscribe.
    fn accept(&mut self, reply: Reply) -> Result<(), End> {
        let reply = reply.success(self.route, "subscribe")?;
        let context = reply.message.get("context").unwrap_or(&Json::Null);
        let holed = std::mem::take(&mut self.holed);
        let again = std::mem::replace(&mut self.began, true);
        if context.get("recovered") == Some(&Json::from(true)) {
            // What was missed comes now; each event moves its position on.
            note("back: what was missed follows");
            return Ok(());
        }
        self.positions = positions(&reply.message);
        match reply.message.get("snapshot").and_then(Json::as_array) {
            Some(rows) => {
                if holed {
                    note("something may have been missed: the rows as they are now");
                } else if again {
                    note("back: what was missed is not known; the rows as they are now");
                }
                self.printer.rows(rows)?;
            }
            None if again => note("back: what was published meanwhile is missed"),
            None => {}
        }
        if !again {
            note(&format!("watching {}", self.route));
        }
        Ok(())
    }

    fn moved(&mut self, push: &Json) {
        let text = |key: &str| push.get(key).and_then(Json::as_str);
        if let (Some(channel), Some(position), false) =
            (text("channel"), text("position"), self.holed)
        {
            self.positions.insert(channel.to_owned(), position.to_owned());
        }
    }
}

/// Where the channels of a subscribe's answer begin.
fn positions(message: &Json) -> BTreeMap<String, String> {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    if let Some(Json::Object(map)) = message.pointer("/context/positions") {
        return map.iter().filter_map(|(k, v)| Some((k.clone(), text(v)?))).collect();
    }
    let only = message.pointer("/channel_data/remote_channels/0").and_then(text);
    let position = message.pointer("/context/position").and_then(text);
    only.zip(position).into_iter().collect()
}
