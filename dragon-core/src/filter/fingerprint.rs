//! Short names for long texts.

/// The 64 bit FNV-1a hash of a text (<http://www.isthe.com/chongo/tech/comp/fnv/>), as 16 hex
/// digits.
///
/// It only has to tell one of our own texts from another, the same way on every node and by every
/// version of the compiler: what is installed in a database, what a position was handed out for.
/// It protects nothing.
#[must_use]
pub fn fingerprint(text: &str) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_test_vectors_hold() {
        assert_eq!(fingerprint(""), "cbf29ce484222325");
        assert_eq!(fingerprint("a"), "af63dc4c8601ec8c");
        assert_eq!(fingerprint("foobar"), "85944171f73967e8");
    }
}
