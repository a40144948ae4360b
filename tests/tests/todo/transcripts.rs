//! The golden transcripts against their applications.

use dragon_tests::Transcript;

#[tokio::test]
async fn transcripts() {
    for transcript in Transcript::all() {
        let server = transcript.server().await;
        if let Err(why) = transcript.play(&format!("ws://{}/ws", server.host())).await {
            panic!("{why}\nstderr:\n{}", server.stderr_so_far());
        }
    }
}
