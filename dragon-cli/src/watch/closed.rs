//! Nobody reads any more.

/// Until nobody reads standard output any more, as after `| head -2`; never where it is a file or
/// a terminal.
pub(crate) async fn closed() {
    #[cfg(unix)]
    {
        // A thread of its own: it waits as long as we live, and nobody waits for it.
        let (to, over) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            if is_closed_at_last() {
                let _ = to.send(());
            }
        });
        if over.await.is_ok() {
            return;
        }
    }
    std::future::pending::<()>().await;
}

/// Waits until the other end of standard output is closed; `false` where that cannot be known.
#[cfg(unix)]
fn is_closed_at_last() -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdout = std::io::stdout();
    // Errors and the end are told without being asked for.
    let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
    loop {
        match poll(&mut watched, None) {
            Ok(_) => return watched[0].revents().intersects(PollFlags::ERR | PollFlags::HUP),
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}
