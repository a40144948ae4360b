//! Short names for long texts.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The first 128 bits of the SHA-256 hash of a text (FIPS 180-4), as 32 hex digits.
///
/// It tells one text from another, the same way on every node and by every version of the compiler:
/// what is installed in a database, what a position was handed out for, which rows a channel is
/// about. Nobody can find two texts that share it, not even who chooses them: a scope and a filter
/// hold what callers have written.
#[must_use]
pub fn fingerprint(text: &str) -> String {
    let hash = Sha256::digest(text);
    hash[..16].iter().fold(String::with_capacity(32), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// The first half of a [`fingerprint`], where a database bounds the length of a name and no caller
/// has a say in the text.
#[must_use]
pub(crate) fn short_fingerprint(text: &str) -> String {
    let mut digits = fingerprint(text);
    digits.truncate(16);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_test_vectors_hold() {
        // Of FIPS 180-4's examples, <https://www.di-mgt.com.au/sha_testvectors.html>.
        assert_eq!(fingerprint(""), "e3b0c44298fc1c149afbf4c8996fb924");
        assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea414140de5dae2223");
        assert_eq!(short_fingerprint("abc"), "ba7816bf8f01cfea");
    }
}
