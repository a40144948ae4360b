use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use super::*;

const SECRET: [u8; 32] = [7; 32];
/// In the year 2100.
const LATER: u64 = 4_102_444_800;

fn token(algorithm: Algorithm, secret: &[u8], claims: &Json) -> String {
    encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret)).unwrap()
}

fn own(claims: &Json) -> String {
    token(Algorithm::HS256, &SECRET, claims)
}

fn why(jwt: &Jwt, token: &str) -> String {
    jwt.read(token).unwrap_err().to_string()
}

#[test]
fn the_claims_are_the_callers_and_it_ends_with_the_token() {
    let jwt = Jwt::hs256(&SECRET).unwrap();
    let read = jwt.read(&own(&json!({ "sub": "ann", "exp": LATER, "team": 7 }))).unwrap();
    assert_eq!((read.user.as_str(), &read.claims["team"]), ("ann", &json!(7)));
    assert_eq!(read.expires, UNIX_EPOCH.checked_add(Duration::from_secs(LATER)));
    let numbered = own(&json!({ "uid": 12, "exp": 4_102_444_800.5 }));
    let read = jwt.user_claim("uid").leeway(Duration::from_secs(5)).read(&numbered).unwrap();
    assert_eq!(read.user, "12");
    assert_eq!(read.expires, UNIX_EPOCH.checked_add(Duration::from_secs(LATER + 5)));
}

#[test]
fn what_cannot_be_believed_is_said_why() {
    let jwt = Jwt::hs256(&SECRET).unwrap();
    let good = json!({ "sub": "ann", "exp": LATER });
    // `{"alg":"none"}` before the claims, and no signature.
    let payload = own(&good).split('.').nth(1).unwrap().to_owned();
    let none = format!("eyJhbGciOiJub25lIn0.{payload}.");
    for (token, start) in [
        (own(&json!({ "sub": "ann", "exp": 1 })), "The token has expired."),
        (own(&json!({ "sub": "ann" })), "The token has no claim `exp`."),
        (own(&json!({ "exp": LATER })), "The token names no user in `sub`."),
        (own(&json!({ "sub": "", "exp": LATER })), "The token names no user in `sub`."),
        (own(&json!({ "sub": "a", "exp": LATER, "nbf": LATER })), "The token does not hold yet."),
        (own(&json!({ "sub": "a", "exp": LATER, "aud": "b" })), "The token is for another aud"),
        (token(Algorithm::HS256, &[8; 32], &good), "The token is not signed with the key"),
        (token(Algorithm::HS512, &SECRET, &good), "The token is not signed with HS256"),
        (none, "That is not a JSON web token."),
        (String::new(), "That is not a JSON web token."),
        ("a.b.c".to_owned(), "That is not a JSON web token."),
    ] {
        let sentence = why(&jwt, &token);
        assert!(sentence.starts_with(start), "{token}: {sentence}");
    }
}

#[test]
fn issuer_and_audience_must_be_there_and_right() {
    let jwt = Jwt::hs256(&SECRET).unwrap().issuer("me").audience("shop");
    let claims =
        |iss: &str, aud: &str| own(&json!({ "sub": "ann", "exp": LATER, "iss": iss, "aud": aud }));
    assert!(jwt.read(&claims("me", "shop")).is_ok());
    assert!(why(&jwt, &claims("you", "shop")).contains("another issuer"));
    assert!(why(&jwt, &claims("me", "market")).contains("another audience"));
    let neither = own(&json!({ "sub": "ann", "exp": LATER }));
    assert!(why(&jwt, &neither).starts_with("The token has no claim"));
}

/// The public half of a key that was thrown away, and what was signed with the other.
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA0k9vkMj6cfPBt3K0+LPwfdArO0tS279+kldNpXJ5T4U=
-----END PUBLIC KEY-----
";
const SIGNED: [&str; 3] = [
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9",
    "eyJzdWIiOiJhbm4iLCJleHAiOjQxMDI0NDQ4MDB9",
    "VaTKQnhJhZL7odjMaGBWRPulAn0kUQYWEB3uwnCVDXR5_-JHBL71kfdNP7swCi8Kfrd_6Twt5wEE7xd7-Gx-Bw",
];

#[test]
fn a_public_key_is_no_secret() {
    let claims = json!({ "sub": "ann", "exp": LATER });
    let jwt = Jwt::eddsa(PUBLIC.as_bytes()).unwrap();
    assert_eq!(jwt.read(&SIGNED.join(".")).unwrap().user, "ann");
    // Signed by somebody who knows the public key only, which everybody may.
    let forged = token(Algorithm::HS256, PUBLIC.as_bytes(), &claims);
    assert!(why(&jwt, &forged).starts_with("The token is not signed with EdDSA"));
}

#[test]
fn a_wrong_setup_is_said() {
    let sentence = Jwt::hs256(b"secret").unwrap_err().to_string();
    assert!(sentence.contains("6 bytes"), "{sentence}");
    for wrong in [Jwt::rs256(b"x"), Jwt::es256(PUBLIC.as_bytes()), Jwt::eddsa(b"")] {
        let sentence = wrong.unwrap_err().to_string();
        assert!(sentence.contains("-----BEGIN PUBLIC KEY-----"), "{sentence}");
    }
}
