//! What a page needs of the server: the client and its settings.

use warp::filters::BoxedFilter;
use warp::http::Response;
use warp::{Filter, Reply};

/// The bundled client; a test of the `js` package proves that it is in sync with its sources.
const BUNDLE: &str = include_str!("../../assets/dragon.js");

/// `/dragon.js`, the client, and `/settings.js`, which tells it where to connect.
pub(crate) fn assets(websocket_path: &str) -> BoxedFilter<(warp::reply::Response,)> {
    let endpoint = serde_json::json!({ "endpoint": websocket_path });
    let settings = format!("window.dragon_settings = {endpoint};\n");
    let bundle = warp::path!("dragon.js").map(|| script(BUNDLE.to_owned()));
    let settings = warp::path!("settings.js").map(move || script(settings.clone()));
    warp::get().and(bundle.or(settings).unify()).boxed()
}

fn script(text: String) -> warp::reply::Response {
    Response::builder()
        .header("content-type", "text/javascript; charset=utf-8")
        .header("cache-control", "no-cache")
        .header("x-content-type-options", "nosniff")
        .body(text)
        .into_response()
}
