//! What the apps of this process warn of.

use std::fmt::{Debug, Write as _};
use std::sync::{Mutex, Once, PoisonError};

use dragon_tests::util::{PATIENCE, until};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps warnings and errors as `message field=value …`.
struct Ear;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN && metadata.target().starts_with("dragon")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        HEARD.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Listens from now on; whoever asks for warnings calls it before they are made.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Ear).unwrap());
}

/// Waits for a warning with all of these texts in it.
pub async fn heard(parts: &[&str]) {
    let all = || HEARD.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let what = format!("a warning with {parts:?}");
    until(PATIENCE, &what, || {
        let there = all().iter().any(|line| parts.iter().all(|part| line.contains(part)));
        std::future::ready(there)
    })
    .await;
}
