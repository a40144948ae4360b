//! The golden transcripts over each transport of SockJS.

use dragon_tests::sockjs::{Fallback, Framed, Place, Transport};
use dragon_tests::transcript::Speaker;
use dragon_tests::{Client, Transcript};

async fn play<S: Speaker>(connect: impl AsyncFn(Place) -> S) {
    for transcript in Transcript::all() {
        let server = transcript.server().await;
        let place = Place(server.host());
        let played = transcript.play_with(async || Ok(connect(place.clone()).await)).await;
        if let Err(why) = played {
            panic!("{why}\nstderr:\n{}", server.stderr_so_far());
        }
    }
}

#[tokio::test]
async fn over_a_websocket() {
    play(async |place: Place| Framed::connect(&place).await).await;
}

#[tokio::test]
async fn over_a_raw_websocket() {
    play(async |place: Place| Client::connect(&place.ws("/data/websocket")).await).await;
}

#[tokio::test]
async fn over_xhr_polling() {
    play(async |place: Place| Fallback::connect(&place, Transport::Xhr).await).await;
}

#[tokio::test]
async fn over_xhr_streaming() {
    play(async |place: Place| Fallback::connect(&place, Transport::XhrStreaming).await).await;
}

#[tokio::test]
async fn over_server_sent_events() {
    play(async |place: Place| Fallback::connect(&place, Transport::EventSource).await).await;
}

#[tokio::test]
async fn over_an_endless_page() {
    play(async |place: Place| Fallback::connect(&place, Transport::HtmlFile).await).await;
}

#[tokio::test]
async fn over_jsonp_polling() {
    play(async |place: Place| Fallback::connect(&place, Transport::Jsonp).await).await;
}
