//! What a page needs of the server: the client, and the settings that tell it where to connect.

use serde_json::{Map, Value};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::uri::Authority;
use warp::http::{HeaderMap, Response, StatusCode};
use warp::{Reply, reply};

use super::handshake::at;
use super::plain;
use crate::config::Config;

/// The bundled client; a test of the `js` package proves that it is in sync with its sources.
const BUNDLE: &str = include_str!("../../assets/dragon.js");

/// The same for pages that were written for SwampDragon, by its names.
const COMPAT: &str = include_str!("../../assets/dragon-compat.js");

/// `/dragon.js`, the client, `/dragon-compat.js`, the client by SwampDragon's names, and the
/// script of settings, which tells them where to connect.
pub(crate) fn assets(config: &Config) -> BoxedFilter<(reply::Response,)> {
    let settings = Settings::of(config);
    let bundle = |name: &'static str, text: &'static str| {
        warp::path(name)
            .and(warp::path::end())
            .map(move || script(text.to_owned(), "no-cache"))
            .boxed()
    };
    let bundles = bundle("dragon.js", BUNDLE).or(bundle("dragon-compat.js", COMPAT)).unify();
    let settings = at(&config.settings_path)
        .and(warp::path::end())
        .and(warp::header::headers_cloned())
        .map(move |headers: HeaderMap| settings.answer(&headers));
    warp::get().and(bundles.or(settings).unify()).boxed()
}

/// The script of settings: for Dragon's own client, and under the names that SwampDragon's pages
/// read.
#[derive(Clone)]
struct Settings {
    /// Both settings objects, which are the same for everyone.
    fixed: String,
    /// The server's address as the application says it; without it the request tells.
    url: Option<String>,
}

impl Settings {
    fn of(config: &Config) -> Self {
        let path = |path: &str| format!("/{}", path.trim_matches('/'));
        let mut own = Map::new();
        own.insert("endpoint".to_owned(), Value::from(config.websocket_path.as_str()));
        let mut exposed = config.settings.clone();
        // Where there is no SockJS, SwampDragon's own client has nothing to connect to.
        exposed.remove("endpoint");
        if !config.sockjs_prefix.trim_matches('/').is_empty() {
            exposed.insert("endpoint".to_owned(), Value::from(path(&config.sockjs_prefix)));
        }
        let fixed = format!(
            "window.dragon_settings = {};\nwindow.swampdragon_settings = {};\n",
            literal(&Value::Object(own)),
            literal(&Value::Object(exposed)),
        );
        Self { fixed, url: config.url.as_ref().map(|url| url.trim_end_matches('/').to_owned()) }
    }

    fn answer(&self, headers: &HeaderMap) -> reply::Response {
        let Some(host) = self.url.clone().or_else(|| address(headers)) else {
            return plain(
                StatusCode::BAD_REQUEST,
                "The Host header is missing or is no host: send one, or set DRAGON_URL.",
            );
        };
        let host = literal(&Value::from(host));
        let text = format!("{}window.swampdragon_host = {host};\n", self.fixed);
        // It says what the request said, so it is nobody else's: no cache may pass it on.
        script(text, "private, no-store")
    }
}

/// Where the request says that this server is: `https://app.example`. None if it says nothing
/// that can be an address.
///
/// `X-Forwarded-Proto` is believed, because all that it can do is choose between two words in an
/// answer that no cache keeps; a page cannot make another's browser send it.
fn address(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host: Authority = text("host")?.parse().ok()?;
    let named = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    if host.host().is_empty() || !host.as_str().chars().all(named) {
        return None;
    }
    // Of several proxies the first is the one that the browser talked to.
    let proto = text("x-forwarded-proto").and_then(|list| list.split(',').next()).map(str::trim);
    let scheme =
        if proto.is_some_and(|p| p.eq_ignore_ascii_case("https")) { "https" } else { "http" };
    Some(format!("{scheme}://{host}"))
}

/// JSON as an expression of JavaScript that may also stand within a page: no character in it ends
/// a script element or, to an old browser, a line.
fn literal(value: &Value) -> String {
    let mut text = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => text.push(c),
        }
    }
    text
}

fn script(text: String, caching: &str) -> reply::Response {
    Response::builder()
        .header("content-type", "text/javascript; charset=utf-8")
        .header("cache-control", caching)
        .header("x-content-type-options", "nosniff")
        .body(text)
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_host(pairs: &[(&'static str, &'static str)]) -> Option<String> {
        address(
            &pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect(),
        )
    }

    #[test]
    fn the_request_says_where_the_server_is() {
        for (host, address) in [
            ("app.example", Some("http://app.example")),
            ("127.0.0.1:9999", Some("http://127.0.0.1:9999")),
            ("[::1]:9999", Some("http://[::1]:9999")),
            ("", None),
            (":9999", None),
            ("me@app.example", None),
            ("app.example/path", None),
            ("app.example?\"", None),
            ("\";alert(1);\"", None),
            ("</script>", None),
            ("a b", None),
            ("a'b", None),
            ("a;b", None),
        ] {
            assert_eq!(at_host(&[("host", host)]).as_deref(), address, "{host}");
        }
        assert_eq!(at_host(&[]), None);
    }

    #[test]
    fn a_proxy_says_by_which_scheme_it_was_asked() {
        for (proto, scheme) in [
            ("https", "https"),
            ("HTTPS", "https"),
            ("https, http", "https"),
            ("http, https", "http"),
            ("javascript", "http"),
            ("https://evil.example/", "http"),
        ] {
            let address = at_host(&[("host", "app.example"), ("x-forwarded-proto", proto)]);
            assert_eq!(address, Some(format!("{scheme}://app.example")), "{proto}");
        }
    }

    #[test]
    fn a_literal_leaves_neither_its_string_nor_its_element() {
        let hostile = "</script><!--\"\\\u{2028}&";
        let text = literal(&Value::from(hostile));
        assert_eq!(text, "\"\\u003c/script\\u003e\\u003c!--\\\"\\\\\\u2028\\u0026\"");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }
}
