//! Which pages may connect.

use super::Handshake;

/// Which pages may connect: those of the server's own origin, and those of a list.
///
/// A client that sends no `Origin` is no browser: nobody's cookies can be misused through it, so
/// it passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

impl Origins {
    /// Pages of the server's own origin and of these: `https://app.example`.
    #[must_use]
    pub fn and(origins: impl IntoIterator<Item = String>) -> Self {
        Self(
            origins.into_iter().map(|origin| origin.trim_end_matches('/').to_lowercase()).collect(),
        )
    }

    /// Whether a page may connect.
    #[must_use]
    pub fn admit(&self, handshake: &Handshake) -> bool {
        let Some(origin) = handshake.header("origin").map(str::to_lowercase) else { return true };
        let own = origin
            .split_once("://")
            .zip(handshake.header("host"))
            .is_some_and(|((_, place), host)| place.eq_ignore_ascii_case(host));
        own || self.0.iter().any(|one| *one == origin || one == "*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(origin: Option<&str>) -> Handshake {
        let mut headers = vec![("host".to_owned(), "app.example:9999".to_owned())];
        headers.extend(origin.map(|origin| ("origin".to_owned(), origin.to_owned())));
        Handshake { headers, ..Handshake::default() }
    }

    #[test]
    fn own_and_listed_pages_and_programs_pass() {
        let origins = Origins::and(["https://other.example/".to_owned()]);
        for (origin, passes) in [
            (None, true),
            (Some("http://app.example:9999"), true),
            (Some("https://Other.example"), true),
            (Some("http://app.example"), false),
            (Some("https://evil.example"), false),
            (Some("https://evil.example/app.example:9999"), false),
            (Some("null"), false),
        ] {
            assert_eq!(origins.admit(&from(origin)), passes, "{origin:?}");
        }
    }
}
