//! What pages load: the client, and the script of settings with the names of SwampDragon's.

use dragon::Config;
use dragon_tests::{Client, Database, http};
use serde_json::{Map, Value, json};

use crate::world::{World, builder};

async fn world_of(change: impl FnOnce(&mut Config)) -> World {
    let mut config = Config::default();
    change(&mut config);
    World::start_with(Database::sqlite(), |builder| builder.config(config)).await
}

fn base(world: &World) -> String {
    world.url.replace("ws://", "http://").replace("/ws", "")
}

async fn answers(client: &mut Client) -> bool {
    client.ok("item", "get_list", json!({})).await.is_array()
}

/// What the script sets, by name. Each line must be one assignment of JSON to a global.
fn globals(script: &str) -> Map<String, Value> {
    script
        .lines()
        .map(|line| {
            let rest = line.strip_prefix("window.").unwrap_or_else(|| panic!("{script}"));
            let (name, json) =
                rest.strip_suffix(';').and_then(|rest| rest.split_once(" = ")).unwrap();
            (name.to_owned(), serde_json::from_str(json).unwrap_or_else(|_| panic!("{script}")))
        })
        .collect()
}

/// Asks with these headers, of which the first `host` is the one that the server sees.
async fn settings(world: &World, headers: &[(&str, &str)]) -> http::Response {
    let mut stream =
        tokio::net::TcpStream::connect(base(world).trim_start_matches("http://")).await.unwrap();
    http::ask(&mut stream, "/settings.js", headers).await.unwrap()
}

#[tokio::test]
async fn the_client_and_its_settings_are_served() {
    let world = world_of(|config| config.websocket_path = "/live/socket".to_owned()).await;
    let base = base(&world);
    for (name, part) in [("dragon.js", "liveList"), ("dragon-compat.js", "SwampDragonServices")] {
        let bundle = http::get(&format!("{base}/{name}"), &[]).await;
        assert_eq!(bundle.status, 200);
        assert!(bundle.header("content-type").unwrap().starts_with("text/javascript"));
        assert!(bundle.body.contains(part));
    }
    let settings = http::get(&format!("{base}/settings.js"), &[]).await;
    assert!(settings.header("content-type").unwrap().starts_with("text/javascript"));
    let dragon = "window.dragon_settings = {\"endpoint\":\"/live/socket\"};\n";
    assert!(settings.body.starts_with(dragon), "{}", settings.body);
    assert_eq!(http::get(&format!("{base}/live/socket"), &[]).await.status, 426);
    assert_eq!(http::get(&format!("{base}/nothing"), &[]).await.body, "nothing");
    assert_eq!(http::get(&format!("{base}/elsewhere"), &[]).await.status, 404);
    let mut client = Client::connect(&world.url.replace("/ws", "/live/socket")).await;
    assert!(answers(&mut client).await);
}

#[tokio::test]
async fn a_page_of_swampdragon_finds_its_settings() {
    let world = world_of(|config| {
        config.sockjs_prefix = "live/data/".to_owned();
        config.settings = json!({ "theme": "dark", "endpoint": "ours", "hi": "</script>\u{2028}" })
            .as_object()
            .unwrap()
            .clone();
    })
    .await;
    let base = base(&world);
    let answer = http::get(&format!("{base}/settings.js"), &[]).await;
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert!(!answer.body.contains('<') && !answer.body.contains('\u{2028}'), "{}", answer.body);
    assert_eq!(
        Value::Object(globals(&answer.body)),
        json!({
            "dragon_settings": { "endpoint": "/ws" },
            "swampdragon_settings": { "theme": "dark", "endpoint": "/live/data", "hi": "</script>\u{2028}" },
            "swampdragon_host": base,
        })
    );
    assert_eq!(http::get(&format!("{base}/live/data/info"), &[]).await.status, 200);
}

#[tokio::test]
async fn without_sockjs_there_is_no_endpoint() {
    let world = world_of(|config| config.sockjs_prefix = String::new()).await;
    let answer = http::get(&format!("{}/settings.js", base(&world)), &[]).await;
    assert_eq!(globals(&answer.body)["swampdragon_settings"], json!({}));
}

#[tokio::test]
async fn the_host_is_the_one_that_was_asked() {
    let world = world_of(|_| ()).await;
    for (headers, host) in [
        (&[("host", "live.example")][..], "http://live.example"),
        (&[("host", "[::1]:9999")], "http://[::1]:9999"),
        (&[("host", "live.example"), ("x-forwarded-proto", "https")], "https://live.example"),
        (&[("host", "live.example"), ("x-forwarded-proto", "evil\"")], "http://live.example"),
    ] {
        let answer = settings(&world, headers).await;
        assert_eq!(globals(&answer.body)["swampdragon_host"], host, "{headers:?}");
    }
}

#[tokio::test]
async fn a_hostile_host_injects_nothing() {
    let world = world_of(|_| ()).await;
    for host in
        ["\";alert(1);\"", "a</script><script>alert(1)</script>", "a\\", "me@evil.example", ""]
    {
        let answer = settings(&world, &[("host", host)]).await;
        assert_eq!(answer.status, 400, "{host}: {}", answer.body);
        assert!(!answer.body.contains("alert"), "{}", answer.body);
    }
    let answer = settings(&world, &[]).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("DRAGON_URL"), "{}", answer.body);
}

#[tokio::test]
async fn the_application_may_say_where_it_is() {
    let world = world_of(|config| config.url = Some("https://live.example/".to_owned())).await;
    for headers in [&[("host", "evil.example")][..], &[("host", "\"")], &[]] {
        let answer = settings(&world, headers).await;
        assert_eq!(
            globals(&answer.body)["swampdragon_host"],
            "https://live.example",
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn the_script_may_have_another_path() {
    let world = world_of(|config| config.settings_path = "/live/here.js".to_owned()).await;
    let base = base(&world);
    assert!(
        http::get(&format!("{base}/live/here.js"), &[]).await.body.contains("swampdragon_host")
    );
    for path in ["settings.js", "live", "live/here.js/more"] {
        assert_eq!(http::get(&format!("{base}/{path}"), &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_meant_stops_the_start() {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let start = async |change: fn(&mut Config)| {
        let mut config = Config::default();
        change(&mut config);
        builder(&db).config(config).start().await.unwrap_err().to_string()
    };
    let sentence = start(|config| config.url = Some("live.example".to_owned())).await;
    assert!(sentence.contains("Config::url") && sentence.contains("https://"), "{sentence}");
    let sentence = start(|config| config.settings_path = "/".to_owned()).await;
    assert!(sentence.contains("/settings.js"), "{sentence}");
}
