//! Whether the port is free, or who answers there.

use std::net::{TcpListener, ToSocketAddrs as _};
use std::time::Duration;

use serde_json::Map;

use super::Finding;
use crate::client::{Address, Connection, Server, Trouble, block_on};
use crate::failure::Failure;
use crate::settings::Settings;

const PATIENCE: Duration = Duration::from_secs(3);

/// Who is there?
enum There {
    Nobody,
    Dragon,
    Other(String),
}

/// Looks at the place where the app is to listen.
pub(super) fn look(settings: &Settings, tell: &mut dyn FnMut(Finding)) {
    let address = match Address::find(None, settings) {
        Ok(address) => address,
        Err(failure) => {
            tell(Finding::of("address", failure));
            return;
        }
    };
    let Address { place, source, .. } = &address;
    let asked = block_on(async { Ok::<There, Failure>(ask(&address).await) });
    tell(match asked {
        Ok(There::Nobody) => free(place, source),
        Ok(There::Dragon) => {
            let says = format!("a Dragon app answers at {place} (from {source}) already");
            Finding::ok("address", says)
        }
        Ok(There::Other(how)) => {
            let port = place.rsplit_once(':').map_or("", |(_, port)| port);
            let says = format!("another program has {place} (from {source}): {how}");
            Finding::wrong("address", says)
                .mend("give the app another address in .env: DRAGON_ADDR=127.0.0.1:9998")
                .mend(format!("or see who it is: lsof -i :{port}"))
        }
        Err(failure) => Finding::unclear("address", failure.what),
    });
}

async fn ask(address: &Address) -> There {
    let server = Server { url: None, token: None, origin: None, timeout: PATIENCE };
    let mut connection = match Connection::begin(&address.url, &server).await {
        Ok(connection) => connection,
        Err(trouble) if trouble.is_nobody() => return There::Nobody,
        Err(trouble) => return There::Other(trouble.brief()),
    };
    // Every app has this route; it has no such verb, and says so.
    let answer = connection.call("dragon", "hello", Map::new()).await;
    connection.close().await;
    match answer {
        Ok(reply) if reply.code() == "unknown_verb" => There::Dragon,
        Ok(_) => There::Other("it answers what a Dragon app would not".to_owned()),
        // What no stranger closes with: the server restarts, or has all that it takes.
        Err(Trouble::Closed(Some((3012 | 4008, _)))) => There::Dragon,
        Err(trouble) => There::Other(trouble.brief()),
    }
}

/// Nobody answers: can it be listened at?
fn free(place: &str, source: &str) -> Finding {
    let resolved = place.to_socket_addrs().map(|mut all| all.next());
    let bound = match resolved {
        Ok(Some(address)) => TcpListener::bind(address),
        Ok(None) => Err(std::io::Error::other("the host has no address")),
        Err(error) => Err(error),
    };
    match bound {
        Ok(_) => Finding::ok("address", format!("{place} (from {source}) is free")),
        Err(error) => {
            let says = format!("{place} (from {source}) cannot be listened at: {error}");
            Finding::wrong("address", says)
                .mend("give the app another address in .env: DRAGON_ADDR=127.0.0.1:9998")
        }
    }
}
