//! Nobody reads any more.

use std::future::pending;

/// Until nobody reads standard output any more, as after `| head -2`; never where it is a file or
/// a terminal.
pub(crate) async fn closed() {
    #[cfg(unix)]
    {
        use tokio::io::{Interest, unix::AsyncFd};
        // What cannot be waited for, such as a file, is never closed.
        if let Ok(stdout) = AsyncFd::with_interest(std::io::stdout(), Interest::ERROR)
            && stdout.ready(Interest::ERROR).await.is_ok()
        {
            return;
        }
    }
    pending().await
}
