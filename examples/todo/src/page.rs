//! The page, embedded.

use dragon::warp::filters::BoxedFilter;
use dragon::warp::http::Response;
use dragon::warp::{self, Filter, Reply};

/// `/` and what it loads.
pub fn routes() -> BoxedFilter<(warp::reply::Response,)> {
    let file = |content_type: &'static str, text: &'static str| {
        move || Response::builder().header("content-type", content_type).body(text).into_response()
    };
    let script = |text| file("text/javascript; charset=utf-8", text);
    let html = file("text/html; charset=utf-8", include_str!("../page/index.html"));
    let css = file("text/css; charset=utf-8", include_str!("../page/page.css"));
    let html = warp::path::end().map(html).or(warp::path!("page.css").map(css)).unify();
    let page = warp::path!("page.js").map(script(include_str!("../page/page.js")));
    let tools = warp::path!("tools.js").map(script(include_str!("../page/tools.js")));
    warp::get().and(html.or(page).unify().or(tools).unify()).boxed()
}
