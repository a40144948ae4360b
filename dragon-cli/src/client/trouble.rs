//! Why there is no connection, or no answer that was asked for.

use std::io::ErrorKind;
use std::time::Duration;

use tokio_tungstenite::tungstenite::Error;

use super::{Address, Reply};
use crate::failure::Failure;

/// Why there is no connection, none any more, or no answer that was asked for.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// It cannot be had.
    NoConnection(Error),
    /// Something took the connection and does not answer.
    Silent(Duration),
    /// It was closed, with a code and a reason where a close frame came.
    Closed(Option<(u16, String)>),
    /// The server refuses a call.
    Refused { route: String, verb: String, reply: Reply },
}

impl Trouble {
    /// Whether trying again may help.
    pub(crate) fn passes(&self) -> bool {
        match self {
            // Aborted for abuse, invalid origin, wrong login.
            Self::Closed(Some((code, _))) => !matches!(code, 3001 | 4000 | 4001),
            Self::NoConnection(Error::Io(_)) | Self::Silent(_) | Self::Closed(None) => true,
            // What stands before the server answers while that is away.
            Self::NoConnection(Error::Http(answer)) => answer.status().is_server_error(),
            Self::NoConnection(_) => false,
            // These speak of the moment, not of the request.
            Self::Refused { reply, .. } => matches!(reply.code(), "unavailable" | "internal"),
        }
    }

    /// Whether nobody listens there.
    pub(crate) fn is_nobody(&self) -> bool {
        matches!(self, Self::NoConnection(Error::Io(error))
            if error.kind() == ErrorKind::ConnectionRefused)
    }

    /// In a few words.
    pub(crate) fn brief(&self) -> String {
        match self {
            _ if self.is_nobody() => "nobody listens".to_owned(),
            Self::NoConnection(error) => error.to_string(),
            Self::Silent(_) => "no answer".to_owned(),
            Self::Closed(None) => "the connection broke".to_owned(),
            Self::Closed(Some((code, reason))) => format!("closed with {code}: {reason}"),
            Self::Refused { reply, .. } => reply.brief().to_owned(),
        }
    }

    /// Why, and what to do about it.
    pub(crate) fn failure(&self, address: &Address) -> Failure {
        let Address { url, place, source } = address;
        let other = "or say where the server is: --url http://127.0.0.1:9999";
        match self {
            _ if self.is_nobody() => {
                Failure::new(format!("nobody listens at {place} (from {source})"))
                    .help("start the app in its folder: dragon-cli dev")
                    .help(other)
            }
            Self::NoConnection(Error::Io(error)) => {
                Failure::new(format!("{place} (from {source}) cannot be reached: {error}"))
                    .help(other)
            }
            Self::NoConnection(Error::Http(answer)) => {
                let status = answer.status().as_u16();
                Failure::new(format!(
                    "what answers at {url} is not Dragon's websocket: it says {status}"
                ))
                .help("another program may have the port; dragon-cli doctor looks who it is")
                .help("or the app has another websocket path: --url ws://HOST:PORT/PATH")
            }
            Self::NoConnection(error) => {
                Failure::new(format!("what answers at {url} speaks no websocket: {error}"))
                    .help("another program has the port; give the app another by DRAGON_ADDR")
                    .help(other)
            }
            Self::Silent(limit) => {
                let seconds = limit.as_secs_f64();
                Failure::new(format!("{url} does not answer within {seconds} s")).help(
                    "it may be another program than a Dragon app, or a busy one: --timeout 60",
                )
            }
            Self::Closed(None) => Failure::new(format!("{url} broke the connection"))
                .help("the app's log may say why"),
            Self::Closed(Some((code, reason))) => closed(url, *code, reason),
            Self::Refused { route, verb, reply } => reply.failure(route, verb),
        }
    }
}

fn closed(url: &str, code: u16, reason: &str) -> Failure {
    let failure = Failure::new(format!("{url} closed the connection with {code}: {reason}"));
    match code {
        3012 => failure.help("the server goes away or restarts; try again"),
        4000 => failure.help("add the origin to DRAGON_ORIGINS of the app, or leave --origin out"),
        4001 => failure.help("give a token that holds: --token TOKEN, or DRAGON_TOKEN"),
        4008 => failure.help("the server has all the connections it takes (Config::connections)"),
        1009 => failure.help("the message is larger than the server takes (Config::frame_size)"),
        _ => failure,
    }
}
