//! Whole apps in this process, each on its own database and port, seen through a real websocket.
//!
//! Every test of [`both`] runs on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub)]

mod assets;
mod capture;
mod channels;
mod circles;
mod conditions;
mod contexts;
mod described;
mod deserializers;
mod durable;
mod edge;
mod everything;
mod filters;
mod given;
mod harm;
mod identity;
mod kit;
mod migrating;
mod migrations;
mod models;
mod pages;
mod paths;
mod positions;
mod related;
mod routers;
mod scaffolded;
mod tables;
mod traps;
mod types;
mod verbs;
mod warnings;
mod world;

/// Runs async tests of one parameter, the fresh database, on both databases.
#[macro_export]
macro_rules! both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(dragon_tests::Database::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(dragon_tests::Database::postgres().await).await;
            })+
        }
    };
}
