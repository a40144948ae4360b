//! The golden transcripts against the todo application.

use dragon_tests::{App, Transcript};

#[tokio::test]
async fn transcripts() {
    for transcript in Transcript::all() {
        let app = App::todo().start().await;
        if let Err(why) = transcript.play(&app.ws()).await {
            panic!("{why}\nstderr:\n{}", app.stderr_so_far());
        }
    }
}
