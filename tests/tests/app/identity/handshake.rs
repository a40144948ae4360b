//! Who calls, by what a connection began with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dragon::auth::{
    Authentication, Authenticator, Handshake, Identity, Jwt, Refusal, SignedCookie, SignedTokens,
    Tokens,
};
use dragon_tests::{Client, Database, http};
use futures::future::BoxFuture;
use serde_json::json;

use super::{user, world_of};
use crate::world::World;

const SECRET: [u8; 32] = [7; 32];
const HOUR: Duration = Duration::from_secs(3600);

async fn with(world: &World, query: &str, headers: &[(&str, &str)]) -> Client {
    let url = format!("{}{query}", world.url);
    Client::connect_with(&url, headers).await.unwrap()
}

fn cookie() -> SignedCookie {
    SignedCookie::new("who", &SECRET).unwrap()
}

/// The header that a browser sends which was given this cookie.
fn sent(set_cookie: &str) -> String {
    set_cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_signed_cookie_says_who_calls_and_a_forged_one_counts_as_none() {
    let world = world_of(Database::sqlite(), |builder| builder.authenticator(cookie())).await;
    let good = sent(&cookie().set(&Identity::user("ann").with("team", 7), HOUR));
    let mut client = with(&world, "", &[("cookie", &good)]).await;
    let who = client.ok("who", "am_i", json!({})).await;
    assert_eq!(who, json!({ "user": "ann", "claims": { "team": 7 } }));
    let other = SignedCookie::new("who", &[8; 32]).unwrap();
    let over = sent(&cookie().set(&Identity::user("ann"), Duration::ZERO));
    for header in [sent(&other.set(&Identity::user("ann"), HOUR)), over, "who=ann".to_owned()] {
        let mut client = with(&world, "", &[("cookie", &header)]).await;
        assert_eq!(user(&mut client).await, json!(null), "{header}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_use_the_cookie_by_any_transport() {
    let world = world_of(Database::sqlite(), |builder| builder.authenticator(cookie())).await;
    let good = sent(&cookie().set(&Identity::user("ann"), HOUR));
    let evil = ("origin", "https://evil.example");
    let mut client = with(&world, "", &[("cookie", &good), evil]).await;
    assert_eq!(client.close_code().await, Some(4000));
    let base = world.url.replace("ws://", "http://").replace("/ws", "");
    // A script, which is sent cookies and a referer but no origin.
    let script = format!("{base}/data/000/evil/jsonp?c=x");
    let headers = [("cookie", good.as_str()), ("referer", "https://evil.example/page")];
    let said = http::get(&script, &headers).await.body;
    assert!(said.contains("4000"), "{said}");
}

#[tokio::test]
async fn a_token_stands_in_the_header_or_the_query_and_a_wrong_one_is_refused() {
    let signed = SignedTokens::new(&SECRET).unwrap();
    let token = signed.issue(&Identity::user("ann"), HOUR);
    let tokens = Tokens::new(signed);
    let world = world_of(Database::sqlite(), |builder| builder.authenticator(tokens)).await;
    let bearer = format!("Bearer {token}");
    assert_eq!(user(&mut with(&world, "", &[("authorization", &bearer)]).await).await, "ann");
    assert_eq!(user(&mut with(&world, &format!("?token={token}"), &[]).await).await, "ann");
    assert_eq!(user(&mut with(&world, "", &[]).await).await, json!(null));
    for wrong in ["?token=", "?token=x", &format!("?token={token}x")] {
        assert_eq!(with(&world, wrong, &[]).await.close_code().await, Some(4001), "{wrong}");
    }
}

#[tokio::test]
async fn a_refused_client_hears_it_over_sockjs_too() {
    let tokens = Tokens::new(SignedTokens::new(&SECRET).unwrap());
    let world = world_of(Database::sqlite(), |builder| builder.authenticator(tokens)).await;
    let base = world.url.replace("ws://", "http://").replace("/ws", "");
    let url = format!("{base}/data/000/refused/jsonp?c=x&token=x");
    assert_eq!(http::get(&url, &[]).await.body, "/**/x(\"o\");\r\n");
    let said = http::get(&url, &[]).await.body;
    assert!(said.starts_with("/**/x(\"c[4001,"), "{said}");
}

#[tokio::test]
async fn a_json_web_token_of_another_system_is_believed_with_its_claims() {
    // {"alg":"HS256","typ":"JWT"} {"sub":"ann","exp":4102444800,"groups":["x"]}, signed with
    // 32 times the byte 7.
    let jwt = Jwt::hs256(&SECRET).unwrap();
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
                 eyJzdWIiOiJhbm4iLCJleHAiOjQxMDI0NDQ4MDAsImdyb3VwcyI6WyJ4Il19.\
                 8dm5r7OUvK-m0oIdE-blgXsxlXDBm9KteuQm4fOxFAU";
    let world =
        world_of(Database::sqlite(), |builder| builder.authenticator(Tokens::new(jwt))).await;
    let mut client = with(&world, &format!("?token={token}"), &[]).await;
    let who = client.ok("who", "am_i", json!({})).await;
    assert_eq!((&who["user"], &who["claims"]["groups"]), (&json!("ann"), &json!(["x"])));
}

/// Knows whoever says a name in the query; may be away.
struct Own(Arc<AtomicBool>);

impl Authenticator for Own {
    fn handshake<'a>(&'a self, handshake: &'a Handshake) -> BoxFuture<'a, Authentication> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if self.0.load(Ordering::Relaxed) {
                return Err(Refusal::unavailable("the password of the directory is hunter2"));
            }
            match handshake.query.as_str() {
                "mallory" => Err(Refusal::invalid("Mallory is banned.")),
                name => Ok(Some(name).filter(|name| !name.is_empty()).map(Identity::user)),
            }
        })
    }
}

#[tokio::test]
async fn ones_own_authenticator_is_asked_after_those_before_it() {
    let away = Arc::new(AtomicBool::new(false));
    let own = Own(Arc::clone(&away));
    let world =
        world_of(Database::sqlite(), |builder| builder.authenticator(cookie()).authenticator(own))
            .await;
    let ann = sent(&cookie().set(&Identity::user("ann"), HOUR));
    let cookie = [("cookie", ann.as_str())];
    assert_eq!(user(&mut with(&world, "?bob", &[]).await).await, "bob");
    assert_eq!(user(&mut with(&world, "?bob", &cookie).await).await, "ann");
    assert_eq!(user(&mut with(&world, "", &[]).await).await, json!(null));
    assert_eq!(with(&world, "?mallory", &[]).await.close_code().await, Some(4001));
    // Whom it cannot ask just now comes back.
    away.store(true, Ordering::Relaxed);
    assert_eq!(with(&world, "?bob", &[]).await.close_code().await, Some(3012));
    assert_eq!(user(&mut with(&world, "?bob", &cookie).await).await, "ann");
}

#[tokio::test]
async fn a_login_that_expires_closes_the_connection_which_comes_back_as_who_it_is_then() {
    let world = world_of(Database::sqlite(), |builder| builder.authenticator(cookie())).await;
    // Whole seconds are kept, so this holds for one to two.
    let short = sent(&cookie().set(&Identity::user("ann"), Duration::from_secs(2)));
    let mut client = with(&world, "", &[("cookie", &short)]).await;
    assert_eq!(user(&mut client).await, "ann");
    assert_eq!(client.close_code().await, Some(3012));
    let mut client = with(&world, "", &[("cookie", &short)]).await;
    assert_eq!(user(&mut client).await, json!(null));
}
