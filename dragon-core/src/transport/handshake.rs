//! What a connection began with, as a warp filter.

use std::net::SocketAddr;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::HeaderMap;

use crate::auth::Handshake;

/// Headers, query and address of the request.
pub(super) fn handshake()
-> impl Filter<Extract = (Handshake,), Error = std::convert::Infallible> + Clone + Send + Sync {
    warp::header::headers_cloned()
        .and(warp::query::raw().or(warp::any().map(String::new)).unify())
        .and(warp::addr::remote())
        .map(|headers: HeaderMap, query: String, remote: Option<SocketAddr>| Handshake {
            headers: headers
                .iter()
                .filter_map(|(name, value)| {
                    Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
                })
                .collect(),
            query,
            remote,
        })
}

/// What begins with a path such as `/ws` or `/my/data`.
pub(super) fn at(path: &str) -> BoxedFilter<()> {
    let segments: Vec<String> =
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    segments
        .into_iter()
        .fold(warp::any().boxed(), |before, segment| before.and(warp::path(segment)).boxed())
}
