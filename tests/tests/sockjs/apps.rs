//! SockJS as an app serves it: beside its websocket, under its limits, until its end.

use dragon::warp::{self, Filter as _};
use dragon::{App, Config};
use dragon_tests::sockjs::{Place, Wire, session};
use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{Client, Database};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Served {
    app: App,
    place: Place,
    end: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    _database: Database,
}

/// An app without routers: to everything it says that there is no such route.
async fn app(change: impl FnOnce(&mut Config)) -> Served {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let mut config = Config::default();
    change(&mut config);
    let app = App::builder("test").database(db).config(config).start().await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = Place::of(listener.local_addr().unwrap());
    let (end, ended) = oneshot::channel::<()>();
    let own = warp::path!("own").map(|| "a page");
    let serving = app.clone().serve_on(listener, own, async move { drop(ended.await) });
    let serving = tokio::spawn(async move { serving.await.unwrap() });
    Served { app, place, end, serving, _database: database }
}

fn request(name: &str) -> String {
    json!({ "route": "none", "verb": "none", "callbackname": name }).to_string()
}

/// The callback's name and the code of a reply in a frame.
fn replies(frame: &str) -> Vec<(String, String)> {
    let texts: Vec<String> = serde_json::from_str(frame[1..].trim()).unwrap();
    let reply = |text: &String| {
        let reply: Value = serde_json::from_str(text).unwrap();
        let context = &reply["context"];
        let word = |key: &str| context[key].as_str().unwrap_or_default().to_owned();
        (word("client_callback_name"), word("code"))
    };
    texts.iter().map(reply).collect()
}

#[tokio::test]
async fn messages_of_one_array_are_answered_in_order() {
    let served = app(|_| ()).await;
    let url = session("/data");
    let xhr = format!("{url}/xhr");
    assert_eq!(served.place.post(&xhr, "").await.body, "o\n");
    let names: Vec<String> = (0..100).map(|number| format!("cb_{number}")).collect();
    let texts: Vec<String> = names.iter().map(|name| request(name)).collect();
    let sent = served.place.post(&format!("{url}/xhr_send"), &json!(texts).to_string()).await;
    assert_eq!(sent.status, 204);
    let mut answered = Vec::new();
    while answered.len() < names.len() {
        answered.extend(replies(&served.place.post(&xhr, "").await.body));
    }
    let all: Vec<(String, String)> =
        names.into_iter().map(|name| (name, "unknown_route".to_owned())).collect();
    assert_eq!(answered, all);
}

#[tokio::test]
async fn a_message_that_is_too_large_is_answered_and_a_body_refused() {
    let served = app(|_| ()).await;
    let url = session("/data");
    let (xhr, send) = (format!("{url}/xhr"), format!("{url}/xhr_send"));
    assert_eq!(served.place.post(&xhr, "").await.body, "o\n");
    let large = request(&"x".repeat(64 * 1024));
    assert_eq!(served.place.post(&send, &json!([large]).to_string()).await.status, 204);
    assert_eq!(replies(&served.place.post(&xhr, "").await.body)[0].1, "too_large");
    let larger = json!(["x".repeat(1024 * 1024)]).to_string();
    assert_eq!(served.place.post(&send, &larger).await.status, 413);
    assert_eq!(served.place.post(&send, &json!([request("a")]).to_string()).await.status, 204);
    assert_eq!(replies(&served.place.post(&xhr, "").await.body)[0].0, "a");
}

#[tokio::test]
async fn it_is_where_the_configuration_says() {
    let served = app(|config| config.sockjs_prefix = "/live/sockets".to_owned()).await;
    assert_eq!(served.place.get("/live/sockets").await.body, "Welcome to SockJS!\n");
    assert_eq!(served.place.get("/own").await.body, "a page");
    assert_eq!(served.place.get("/data").await.status, 404);
    for none in ["", "/"] {
        let off = app(|config| config.sockjs_prefix = none.to_owned()).await;
        assert_eq!(off.place.get("/data/info").await.status, 404);
        assert_eq!(off.place.get("/info").await.status, 404);
        assert_eq!(off.place.get("/own").await.body, "a page");
    }
}

#[tokio::test]
async fn the_configuration_reaches_it() {
    let served = app(|config| {
        config.sockjs_cookie = true;
        config.sockjs_response_limit = 3;
        config.sockjs_client_url = "/own/sockjs.js?a&\"b".to_owned();
        config.origins = vec!["https://page.example".to_owned()];
    })
    .await;
    let page = served.place.get("/data/iframe.html").await.body;
    assert!(page.contains("<script src=\"/own/sockjs.js?a&amp;&quot;b\">"), "{page}");
    let path = format!("{}/xhr_streaming", session("/data"));
    let headers = [("Origin", "https://page.example")];
    let mut stream = served.place.open("POST", &path, &headers, "").await;
    assert_eq!(stream.header("set-cookie"), Some("JSESSIONID=dummy; path=/"));
    assert_eq!(stream.header("access-control-allow-origin"), Some("https://page.example"));
    assert_eq!(stream.chunks(2).await[1], "o\n");
    let body = json!([request("a")]).to_string();
    let sent = served.place.post(&path.replace("_streaming", "_send"), &body).await;
    assert_eq!(sent.status, 204);
    assert_eq!(replies(&stream.chunk().await.unwrap())[0].0, "a");
    assert_eq!(stream.chunk().await, None);
    let evil = [("Origin", "https://evil.example")];
    let path = format!("{}/xhr", session("/data"));
    let refused = served.place.ask("POST", &path, &evil, "").await.body;
    assert_eq!(refused, "c[4000,\"invalid origin\"]\n");
}

#[tokio::test]
async fn sessions_count_as_connections() {
    let served = app(|config| {
        config.connections = 1;
        config.sockjs_disconnect_delay = std::time::Duration::from_secs(1);
    })
    .await;
    let xhr = || format!("{}/xhr", session("/data"));
    assert_eq!(served.place.post(&xhr(), "").await.body, "o\n");
    assert_eq!(served.app.stats().sessions, 1);
    assert_eq!(served.place.post(&xhr(), "").await.body, "c[4008,\"too many connections\"]\n");
    let mut socket = Client::connect(&served.place.ws("/ws")).await;
    assert_eq!(socket.close_code().await, Some(4008));
    // The first one is not continued, and makes room.
    until(PATIENCE, "there is room", || async {
        served.place.post(&xhr(), "").await.body == "o\n"
    })
    .await;
    until(PATIENCE, "nothing is left", || async {
        let stats = served.app.stats();
        (stats.sessions, stats.socket_tasks) == (0, 0)
    })
    .await;
}

#[tokio::test]
async fn at_the_end_requests_that_wait_are_answered() {
    let served = app(|_| ()).await;
    let url = session("/data");
    assert_eq!(served.place.post(&format!("{url}/xhr"), "").await.body, "o\n");
    let mut polling = Wire::connect(&served.place).await;
    let poll = format!("POST {url}/xhr HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    polling.write(poll.as_bytes()).await;
    let path = format!("{}/eventsource", session("/data"));
    let mut stream = served.place.stream("GET", &path).await;
    stream.chunks(2).await;
    // One that is between two requests just now.
    assert_eq!(served.place.post(&format!("{}/xhr", session("/data")), "").await.body, "o\n");
    assert_eq!(served.app.stats().sessions, 3);
    let _ = served.end.send(());
    let going = "c[3012,\"going away, come back\"]";
    assert_eq!(polling.answer().await.chunks_or_body(0).await, format!("{going}\n"));
    assert_eq!(stream.chunk().await.unwrap(), format!("data: {going}\r\n\r\n"));
    assert_eq!(stream.chunk().await, None);
    served.serving.await.unwrap();
    let stats = served.app.stats();
    assert_eq!((stats.sessions, stats.socket_tasks), (0, 0));
}
