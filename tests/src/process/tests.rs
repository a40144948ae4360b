use super::*;

/// A server in three lines of sh.
const SERVER: &str = r#"
    trap 'exit 3' TERM; echo starting; echo "life $DATABASE_URL" >&2
    echo "open http://$DRAGON_ADDR/ in a browser"
    while :; do sleep 0.02; done"#;

fn sh(script: &str) -> Builder {
    App::binary(Path::new("/bin/sh")).arg("-c").arg(script)
}

#[tokio::test]
async fn lives_dies_and_comes_back() {
    let mut app = sh(SERVER).env("DATABASE_URL", "one").start().await;
    let url = app.url().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(app.ws(), format!("ws{}/ws", &url[4..]));
    assert!(app.rss_bytes() > 100_000);
    let first = app.pid();
    app.set_env("DATABASE_URL", "two");
    app.restart().await;
    assert_eq!(app.url(), url);
    assert!(!crate::guard::is_running(first));
    app.terminate();
    assert_eq!(app.wait().await.code(), Some(3));
    assert_eq!(app.stderr_so_far(), "life one\nlife two\n");
}

#[tokio::test]
async fn an_app_that_does_not_start_says_why() {
    let why = sh("echo no database >&2; exit 1").try_start().await;
    let why = why.expect_err("it ends");
    assert!(why.contains("it ended with exit status: 1"), "{why}");
    assert!(why.contains("no database"), "{why}");
}

#[test]
fn urls_are_found_in_whole_lines() {
    assert_eq!(find_url("a http://h:1"), None);
    assert_eq!(find_url("a http://h:1/\n").as_deref(), Some("http://h:1"));
    let text = "x\n\u{1b}[1mhttp://0.0.0.0:9999\u{1b}[0m, please\n";
    assert_eq!(find_url(text).as_deref(), Some("http://127.0.0.1:9999"));
}
