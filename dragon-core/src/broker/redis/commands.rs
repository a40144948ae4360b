//! The connection over which commands go.

use std::fmt;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, IntoConnectionInfo, RedisResult};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::broker::BrokerError;

/// How long opening a connection may take.
pub(super) const CONNECT: Duration = Duration::from_secs(2);
/// How long a command may take, a new connection included.
const COMMAND: Duration = Duration::from_secs(5);

/// Runs commands over one connection that all callers share, and replaces it when it fails.
pub(crate) struct Commands {
    client: Client,
    connection: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    open: Option<MultiplexedConnection>,
    /// Counts the connections, so that the failure of an old one does not close its successor.
    number: u64,
}

impl fmt::Debug for Commands {
    // The client's own Debug may show a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commands").field("address", &self.address()).finish_non_exhaustive()
    }
}

impl Commands {
    /// Reads the URL; connects with the first command.
    pub(crate) fn new(url: &str) -> Result<Self, BrokerError> {
        // The URL itself may hold a password and is not repeated in the sentence.
        let wrong = |error| {
            BrokerError::Unavailable(format!(
                "the Redis URL cannot be used ({error}); write redis://host:port"
            ))
        };
        let info = url.into_connection_info().map_err(wrong)?;
        let nodelay = TcpSettings::default().set_nodelay(true);
        let client = Client::open(info.set_tcp_settings(nodelay)).map_err(wrong)?;
        Ok(Self { client, connection: Mutex::default() })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The number of the database that the URL chose.
    pub(super) fn database(&self) -> i64 {
        self.client.get_connection_info().redis_settings().db()
    }

    /// Where the server is, without the password.
    pub(super) fn address(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }

    /// A failure, with the name of the server.
    pub(super) fn unavailable(&self, why: impl fmt::Display) -> BrokerError {
        BrokerError::Unavailable(format!("Redis at {}: {why}", self.address()))
    }

    /// Runs a command, within a bounded time. It must be one that may be run twice.
    pub(crate) async fn run<T, F>(
        &self,
        command: impl Fn(MultiplexedConnection) -> F,
    ) -> Result<T, BrokerError>
    where
        T: FromRedisValue,
        F: Future<Output = RedisResult<T>>,
    {
        let mut number = 0;
        match timeout(COMMAND, self.attempts(&command, &mut number)).await {
            Ok(answer) => answer.map_err(|error| self.unavailable(error)),
            Err(_) => {
                self.discard(number).await;
                Err(self.unavailable("no answer in time"))
            }
        }
    }

    async fn attempts<T, F>(
        &self,
        command: &impl Fn(MultiplexedConnection) -> F,
        number: &mut u64,
    ) -> RedisResult<T>
    where
        F: Future<Output = RedisResult<T>>,
    {
        loop {
            let (connection, is_new);
            (connection, is_new, *number) = self.connection().await?;
            match command(connection).await {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    // Whatever it was: a connection to a server that has become a replica, or
                    // still loads, answers too.
                    self.discard(*number).await;
                    // A connection that died in its sleep says nothing about the server.
                    if is_new || !error.is_unrecoverable_error() {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// The connection, whether it was opened just now, and its number.
    async fn connection(&self) -> RedisResult<(MultiplexedConnection, bool, u64)> {
        // Held while connecting: the others would only do the same.
        let mut shared = self.connection.lock().await;
        if let Some(open) = &shared.open {
            return Ok((open.clone(), false, shared.number));
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT))
            // `run` has its own, over connecting and answering.
            .set_response_timeout(None);
        let open = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        shared.number += 1;
        shared.open = Some(open.clone());
        Ok((open, true, shared.number))
    }

    async fn discard(&self, number: u64) {
        let mut shared = self.connection.lock().await;
        if shared.number == number {
            shared.open = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_url_is_a_sentence_without_its_password() {
        for url in ["", "localhost", "http://:secret@host", "redis://:secret@host:port"] {
            let Err(BrokerError::Unavailable(sentence)) = Commands::new(url) else {
                panic!("{url:?} was taken");
            };
            assert!(sentence.contains("redis://host:port"), "{sentence}");
            assert!(!sentence.contains("secret"), "{sentence}");
        }
    }

    #[test]
    fn what_is_shown_of_it_has_no_password() {
        let commands = Commands::new("redis://:secret@host:7000/3").expect("it is right");
        assert_eq!(commands.address(), "host:7000");
        assert_eq!(commands.database(), 3);
        assert!(!format!("{commands:?}").contains("secret"));
    }
}
