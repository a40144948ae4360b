//! The listening socket.

use std::future::Future;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket, lookup_host};
use warp::Filter;
use warp::filters::BoxedFilter;

use crate::Error;

/// Listens at `host:port`. Accepted sockets inherit `TCP_NODELAY`, which warp does not set.
///
/// # Errors
/// When the address means nothing or is taken; the sentence says what to do.
pub(crate) async fn listen(addr: &str) -> Result<TcpListener, Error> {
    let said = |what: String| {
        Error::setup(format!(
            "cannot listen at `{addr}`: {what}; set DRAGON_ADDR to another host:port"
        ))
    };
    let address: SocketAddr = lookup_host(addr)
        .await
        .map_err(|error| said(error.to_string()))?
        .next()
        .ok_or_else(|| said("the host has no address".to_owned()))?;
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        // A server that starts again need not wait for its old connections to be forgotten.
        socket.set_reuseaddr(true)?;
        socket.set_nodelay(true)?;
        socket.bind(address)?;
        socket.listen(4096)
    };
    bind().map_err(|error: std::io::Error| said(error.to_string()))
}

/// Serves routes until the signal.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: BoxedFilter<(warp::reply::Response,)>,
    signal: impl Future<Output = ()> + Send + 'static,
) {
    // warp waits for requests that are being answered, but for no websocket.
    warp::serve(routes.map(|response| response)).incoming(listener).graceful(signal).run().await;
}
