//! A connection to a running server.

mod address;
mod arguments;
mod connection;
mod failed;
mod trouble;

use std::future::Future;
use std::time::Duration;

use clap::Args;

pub(crate) use address::{Address, split_port};
pub(crate) use arguments::{named, object};
pub(crate) use connection::{Connection, Message, Reply};
pub(crate) use trouble::Trouble;

use crate::failure::Failure;
use crate::settings::Settings;

/// Where the server is, and as whom one speaks to it.
#[derive(Clone, Debug, Args)]
pub(crate) struct Server {
    /// Where the server is: `ws://host:port/ws` or `http://host:port`.
    ///
    /// Without it: DRAGON_ADDR, or else DRAGON_URL, each of the environment or of the project's
    /// .env, or else 127.0.0.1:9999. The path is /ws where none is given.
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,

    /// Log in with this token first. Without it: DRAGON_TOKEN of the environment.
    #[arg(long)]
    pub(crate) token: Option<String>,

    /// Ask as a page of this origin would, to see whether it may: `https://app.example`.
    #[arg(long)]
    pub(crate) origin: Option<String>,

    /// How many seconds to wait for the connection, and for each answer.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

/// The longest that one can mean to wait: a day, in seconds.
const LONGEST: f64 = 86_400.0;

/// Reads how long to wait.
///
/// # Errors
/// When nobody can mean that.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "write seconds, as in `10` or `0.5`".to_owned())?;
    if number > LONGEST {
        return Err(format!("write at most {LONGEST} seconds, which are a day"));
    }
    match Duration::try_from_secs_f64(number) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("write more than 0 seconds".to_owned()),
    }
}

impl Server {
    /// Where the server is.
    ///
    /// # Errors
    /// When what says so cannot be meant.
    pub(crate) fn address(&self) -> Result<Address, Failure> {
        Address::find(self.url.as_deref(), &Settings::here())
    }

    /// The token to log in with.
    pub(crate) fn token(&self) -> Option<String> {
        let set = || std::env::var("DRAGON_TOKEN").ok().filter(|token| !token.is_empty());
        self.token.clone().or_else(set)
    }
}

/// Runs what talks to a server.
///
/// # Errors
/// Those of what runs.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot begin: {error}")))?
        .block_on(work)
}
