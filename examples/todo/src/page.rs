//! The page, embedded.

use dragon::warp::filters::BoxedFilter;
use dragon::warp::http::Response;
use dragon::warp::{self, Filter, Reply};

/// `/`, `/page.css` and `/page.js`.
pub fn routes() -> BoxedFilter<(warp::reply::Response,)> {
    let file = |content_type: &'static str, text: &'static str| {
        move || Response::builder().header("content-type", content_type).body(text).into_response()
    };
    let html =
        warp::path::end().map(file("text/html; charset=utf-8", include_str!("../page/index.html")));
    let css = warp::path!("page.css")
        .map(file("text/css; charset=utf-8", include_str!("../page/page.css")));
    let js = warp::path!("page.js")
        .map(file("text/javascript; charset=utf-8", include_str!("../page/page.js")));
    warp::get().and(html.or(css).unify().or(js).unify()).boxed()
}
