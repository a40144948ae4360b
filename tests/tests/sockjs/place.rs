//! Where the tests talk to: the example's process, or an endpoint in this one.

use std::time::Duration;

use dragon::auth::Origins;
use dragon::link::{FarEnd, Frame};
use dragon::transport::{SockJs, SockJsOptions};
use dragon::warp;
use dragon_tests::App;
use dragon_tests::sockjs::Place;
use tokio::net::TcpListener;

/// `examples/sockjs-echo`, the server that the protocol's test-suite asks for.
pub struct Echo {
    _app: App,
    pub place: Place,
}

impl Echo {
    pub async fn start() -> Self {
        let app = App::example("sockjs-echo").arg("0").start().await;
        let address = app.url().trim_start_matches("http://").trim_end_matches("/echo");
        let place = Place(address.to_owned());
        Self { _app: app, place }
    }
}

/// Sends back what comes.
pub async fn echo(mut link: FarEnd) {
    while let Some(text) = link.inbox.recv().await {
        link.outbox.room().await;
        link.outbox.reply(Frame::new(text));
    }
}

/// Options under which all goes quickly.
pub fn quick() -> SockJsOptions {
    let mut options = SockJsOptions::default();
    options.origins = Origins::and(["*".to_owned()]);
    options.disconnect_delay = Duration::from_secs(1);
    options
}

/// Serves an endpoint in this process.
pub async fn serve(sockjs: &SockJs) -> Place {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = Place::of(listener.local_addr().unwrap());
    tokio::spawn(warp::serve(sockjs.routes()).incoming(listener).run());
    place
}
