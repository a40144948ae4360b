//! The websockets of SockJS: one with its framing, and a raw one without. Their session lasts as
//! long as the socket and is in no store.

use hyper::upgrade::OnUpgrade;
use warp::http::StatusCode;

use super::answer::{Answer, Headers};
use super::framing::SockJsFraming;
use crate::auth::Handshake;
use crate::transport::Edge;
use crate::transport::framing::Plain;
use crate::transport::websocket::{NoUpgrade, upgrade};

/// `/<server>/<session>/websocket`. The drafts 7 and 8 write the same frames as version 13.
pub(super) fn framed(edge: &Edge, handshake: Handshake, on_upgrade: Option<OnUpgrade>) -> Answer {
    upgrade(edge, handshake, on_upgrade, SockJsFraming, &["13", "8", "7"]).unwrap_or_else(refused)
}

/// `/websocket`, for programs.
pub(super) fn raw(edge: &Edge, handshake: Handshake, on_upgrade: Option<OnUpgrade>) -> Answer {
    upgrade(edge, handshake, on_upgrade, Plain, &["13", "8"]).unwrap_or_else(refused)
}

fn refused(why: NoUpgrade) -> Answer {
    let sentence = match why {
        NoUpgrade::NotAsked => "Not a valid websocket request",
        NoUpgrade::Version => "Only supported WebSocket protocol is RFC 6455.",
    };
    Headers::new().answer(StatusCode::BAD_REQUEST, sentence)
}
