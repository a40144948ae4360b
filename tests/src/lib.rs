//! Fixtures for the black-box and contract suites of Dragon.
//!
//! Everything here is real: a redis-server, a PostgreSQL, the built binary of an example, a websocket.
//! What a fixture starts it also stops: when it is dropped, when the test process ends, and when the
//! test process is killed ([`guard`]). Nothing is skipped when a server is missing; the test fails with
//! a sentence that says what to install, or `tests/run` installs it.
//!
//! The fixtures of [`redis`] and [`postgres`] block the thread for as long as a server needs to start, so
//! that they serve in plain tests too; [`process`] and [`client`] are async.

pub mod client;
pub mod database;
pub mod guard;
pub mod http;
pub mod mirror;
pub mod office;
pub mod postgres;
pub mod process;
pub mod redis;
pub mod sockjs;
pub mod transcript;
pub mod util;

pub use self::client::{Client, Failure, Refused, Reply};
pub use self::database::Database;
pub use self::mirror::Mirror;
pub use self::office::Office;
pub use self::postgres::Postgres;
pub use self::process::App;
pub use self::redis::Redis;
pub use self::transcript::Transcript;
pub use self::util::{TempDir, eventually, free_port, rounds};
