use std::collections::BTreeSet;

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

/// Names between quotes that are those of a variable.
fn quoted(text: &str, quote: char) -> BTreeSet<&str> {
    let is_name = |part: &&str| {
        let known = part.starts_with("DRAGON_") || part.ends_with("_URL") || part.ends_with("_DIR");
        known && part.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    text.split(quote).filter(is_name).collect()
}

#[test]
fn nothing_that_an_app_reads_comes_from_the_shell_of_the_tests() {
    let started = command(Path::new("app"), &[], &BTreeMap::new());
    let gone: Vec<_> = started.get_envs().filter(|(_, value)| value.is_none()).collect();
    let gone: BTreeSet<_> = gone.into_iter().filter_map(|(name, _)| name.to_str()).collect();
    let settings = BTreeSet::from(SETTINGS);
    assert_eq!(gone, settings);
    // All that apps and the command line read is among them.
    let read = [
        include_str!("../../../dragon-core/src/config.rs"),
        include_str!("../../../dragon-core/src/app/errand.rs"),
        include_str!("../../../dragon-cli/src/client/mod.rs"),
        include_str!("../../../dragon-cli/src/client/address.rs"),
    ];
    let read: BTreeSet<_> = read.into_iter().flat_map(|text| quoted(text, '"')).collect();
    assert!(read.len() >= 9, "{read:?}");
    assert!(read.is_subset(&settings), "{:?}", read.difference(&settings));
    // The browser tests have a list of their own.
    let servers = include_str!("../../../js/browser/servers.js");
    let list = servers.split_once("const SETTINGS = [").unwrap().1.split_once(']').unwrap().0;
    assert_eq!(quoted(list, '\''), settings);
}
