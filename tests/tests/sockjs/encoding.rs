//! Which characters are escaped on their way.

use dragon_tests::sockjs::session;

use crate::place::Echo;

/// What a browser escapes, because some browsers mangle it in what they send: a wide choice, of
/// which the server must understand every single one.
fn escaped_by_clients() -> impl Iterator<Item = char> {
    ('\u{0}'..='\u{ffff}').filter(|c| !matches!(c, ' '..='~'))
}

/// What a server escapes.
fn escaped_by_servers(c: char) -> bool {
    matches!(
        c,
        '\u{200c}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{fff0}'..='\u{ffff}'
    )
}

#[tokio::test]
async fn the_server_escapes_what_browsers_mangle() {
    let echo = Echo::start().await;
    let url = session("/echo");
    let xhr = format!("{url}/xhr");
    assert_eq!(echo.place.post(&xhr, "").await.body, "o\n");
    let killers: Vec<char> = ('\u{ff}'..='\u{ffff}').filter(|c| escaped_by_servers(*c)).collect();
    let text: String = killers.iter().collect();
    let sent = echo.place.post(&format!("{url}/xhr_send"), &format!("[\"{text}\"]")).await;
    assert_eq!(sent.status, 204);
    let escaped: String = killers.iter().map(|c| format!("\\u{:04x}", *c as u32)).collect();
    assert_eq!(echo.place.post(&xhr, "").await.body, format!("a[\"{escaped}\"]\n"));
    // Beyond 16 bits, as pairs.
    let sent = echo.place.post(&format!("{url}/xhr_send"), "[\"\u{1f409}é\u{7f}\"]").await;
    assert_eq!(sent.status, 204);
    assert_eq!(echo.place.post(&xhr, "").await.body, "a[\"\\ud83d\\udc09é\u{7f}\"]\n");
}

#[tokio::test]
async fn the_server_understands_what_browsers_escape() {
    let echo = Echo::start().await;
    let url = session("/echo");
    assert_eq!(echo.place.post(&format!("{url}/xhr"), "").await.body, "o\n");
    let text: String = escaped_by_clients().chain(['\u{1f409}']).collect();
    let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
    let sent = echo.place.post(&format!("{url}/xhr_send"), &format!("[\"{escaped}\"]")).await;
    assert_eq!(sent.status, 204);
    let frame = echo.place.post(&format!("{url}/xhr"), "").await.body;
    let messages: Vec<String> = serde_json::from_str(&frame[1..]).unwrap();
    assert_eq!(messages, [text]);
}
