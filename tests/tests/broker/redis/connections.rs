//! How connections begin and end.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use dragon::broker::{Broker, BrokerError, Limits, RedisBroker};
use dragon_tests::{Redis, free_port, util};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::{SERVER, namespace, node};
use crate::ear::Ear;
use crate::support::{PATIENCE, ids, item, publish, publish_until_done};

/// What is said when there is no connecting to that URL.
async fn refusal(url: &str) -> String {
    match RedisBroker::connect(url, "test", Limits::default()).await {
        Err(BrokerError::Unavailable(sentence)) => sentence,
        other => panic!("{url}: {other:?}"),
    }
}

#[tokio::test]
async fn nobody_there_is_a_sentence() {
    let port = free_port();
    let sentence = refusal(&format!("redis://:secret@127.0.0.1:{port}")).await;
    assert!(sentence.contains(&format!("127.0.0.1:{port}")), "{sentence}");
    assert!(sentence.contains("refused"), "{sentence}");
    assert!(!sentence.contains("secret"), "{sentence}");
}

#[tokio::test]
async fn a_wrong_url_is_a_sentence() {
    for url in ["", "no url", "http://127.0.0.1:6379"] {
        let sentence = refusal(url).await;
        assert!(sentence.contains("redis://host:port"), "{sentence}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_sentence() {
    let url = SERVER.url().replace("redis://", "redis://somebody:secret@");
    let sentence = refusal(&url).await;
    assert!(!sentence.contains("secret"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_reached_by_a_socket_with_a_password_and_a_numbered_database() {
    let folder = util::TempDir::new("redis-socket");
    let socket = folder.path().join("redis.sock").display().to_string();
    let server = Redis::start_with(false, &["--unixsocket", &socket]);
    let _: String = server.cli(&["CONFIG", "SET", "requirepass", "open"]);
    for url in [
        format!("redis+unix://{socket}?db=3&pass=open"),
        format!("redis://:open@127.0.0.1:{}/3", server.port()),
    ] {
        let broker = node(&url, &namespace(), Limits::default()).await;
        let mut ear = Ear::new(&broker, &[item()]).await;
        let end = publish(&broker, &item(), [1]).await[0];
        ear.events(&item(), end).await;
    }
    let sentence = refusal(&format!("redis+unix://{socket}?pass=secret")).await;
    assert!(!sentence.contains("secret"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_kind_of_server_is_a_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 100]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let sentence = refusal(&format!("redis://127.0.0.1:{port}")).await;
    assert!(sentence.contains(&port.to_string()), "{sentence}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_dropped_leaves_no_connection() {
    let server = Redis::start();
    let clients = |kind: &'static str| {
        let list: String = server.cli(&["CLIENT", "LIST", "TYPE", kind]);
        list.lines().filter(|line| !line.is_empty()).count()
    };
    let broker = node(&server.url(), &namespace(), Limits::default()).await;
    let mut ears = [Ear::new(&broker, &[item()]).await, Ear::new(&broker, &[item()]).await];
    let end = publish(&broker, &item(), [1]).await[0];
    for ear in &mut ears {
        ear.events(&item(), end).await;
    }
    assert_eq!(clients("pubsub"), 2);

    let [first, second] = ears;
    drop(first);
    util::until(PATIENCE, "one listener is left", || async { clients("pubsub") == 1 }).await;
    drop(second);
    util::until(PATIENCE, "no listener is left", || async { clients("pubsub") == 0 }).await;
    // The one that asks is a client too.
    assert_eq!(clients("normal"), 2);
    drop(broker);
    util::until(PATIENCE, "nobody is left", || async { clients("normal") == 1 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_leads_nowhere_is_replaced() {
    let (swallowed, url) = through_a_wire().await;
    let namespace = namespace();
    let near = node(&SERVER.url(), &namespace, Limits::default()).await;
    let far = node(&url, &namespace, Limits::default()).await;
    let mut ear = Ear::new(&far, &[item()]).await;
    let end = publish(&near, &item(), [1]).await[0];
    ear.events(&item(), end).await;

    // Nobody closes anything; what is sent just does not arrive. New connections work.
    swallowed.send_replace(true);
    let end = publish(&near, &item(), [2, 3]).await[1];
    assert_eq!(ids(&ear.events(&item(), end).await), [2, 3]);
    let positions = publish_until_done(&far, &item(), Some(end), vec![4]).await;
    assert_eq!(ear.events(&item(), positions[0]).await.len(), 1);
}

/// A wire to the server, which swallows what goes over the connections that are open when it is
/// told to; and the URL of its near end.
async fn through_a_wire() -> (watch::Sender<bool>, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let swallow = watch::Sender::new(false);
    let told = swallow.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect(("127.0.0.1", SERVER.port())).await.expect("it runs");
            let mut told = told.subscribe();
            told.mark_unchanged();
            tokio::spawn(async move {
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    // The sockets stay open, and nobody reads them.
                    _ = told.changed() => std::future::pending().await,
                }
            });
        }
    });
    (swallow, format!("redis://{address}"))
}

#[tokio::test]
async fn it_says_that_it_remembers_and_shows_no_password() {
    let broker = RedisBroker::connect(&SERVER.url(), &namespace(), Limits::default())
        .await
        .expect("Redis is there");
    assert!(!broker.is_volatile());
    assert!(format!("{broker:?}").contains("127.0.0.1"));
}
