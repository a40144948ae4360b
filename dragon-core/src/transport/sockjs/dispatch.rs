//! From a request to its answer.

use futures::Stream;
use hyper::upgrade::OnUpgrade;
use warp::Buf;
use warp::http::{Method, StatusCode};

use super::answer::{Answer, Headers, method_not_allowed};
use super::body::{Refused, of_form, of_xhr, whole};
use super::info::{Iframe, greeting, info};
use super::receive::{Format, poll, stream};
use super::routes::{Endpoint, Wire};
use super::store::Store;
use super::{SockJsOptions, eventsource, htmlfile, jsonp, websocket, xhr};
use crate::auth::Handshake;
use crate::transport::Edge;

/// What answers: all that the requests of an endpoint share.
pub(super) struct Endpoints {
    pub(super) store: Store,
    pub(super) iframe: Iframe,
    pub(super) options: SockJsOptions,
    pub(super) edge: Edge,
}

/// A request without its body.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) handshake: Handshake,
    pub(super) on_upgrade: Option<OnUpgrade>,
}

impl Endpoints {
    pub(super) async fn answer<B: Buf>(
        &self,
        path: &str,
        request: Request,
        body: impl Stream<Item = Result<B, warp::Error>> + Send,
    ) -> Answer {
        let Some(endpoint) = Endpoint::read(path) else { return Headers::new().not_found() };
        if !endpoint.methods().contains(&request.method) {
            return method_not_allowed(endpoint.methods());
        }
        let handshake = &request.handshake;
        let asks_first = request.method == Method::OPTIONS;
        match endpoint {
            Endpoint::Greeting => greeting(),
            Endpoint::Iframe => self.iframe.answer(handshake),
            Endpoint::Info if asks_first => self
                .cookie(handshake)
                .cors(handshake, &self.options.origins)
                .preflight("OPTIONS, GET"),
            Endpoint::Info => info(&self.options, handshake),
            Endpoint::RawWebsocket | Endpoint::Session { wire: Wire::Websocket, .. }
                if !self.options.websocket =>
            {
                Headers::new().cached().not_found()
            }
            Endpoint::RawWebsocket => {
                websocket::raw(&self.edge, request.handshake, request.on_upgrade)
            }
            Endpoint::Session { wire: Wire::Websocket, .. } => {
                websocket::framed(&self.edge, request.handshake, request.on_upgrade)
            }
            Endpoint::Session { .. } if asks_first => self
                .cookie(handshake)
                .cors(handshake, &self.options.origins)
                .preflight("OPTIONS, POST"),
            Endpoint::Session { id, wire } => self.session(id, wire, request.handshake, body).await,
        }
    }

    async fn session<B: Buf>(
        &self,
        id: &str,
        wire: Wire,
        handshake: Handshake,
        body: impl Stream<Item = Result<B, warp::Error>> + Send,
    ) -> Answer {
        let head = self.cookie(&handshake).never_cached();
        let open = |head: Headers| head.cors(&handshake, &self.options.origins);
        match wire {
            Wire::Xhr => {
                let head = open(head).content_type(xhr::CONTENT_TYPE);
                self.poll(id, handshake, xhr::polling(), head).await
            }
            Wire::XhrStreaming => {
                let head = open(head).content_type(xhr::CONTENT_TYPE);
                self.stream(id, handshake, xhr::streaming(), head).await
            }
            Wire::EventSource => {
                let head = open(head).content_type(eventsource::CONTENT_TYPE);
                self.stream(id, of_page(handshake), eventsource::format(), head).await
            }
            Wire::HtmlFile => match jsonp::callback(&handshake.query, usize::MAX) {
                Ok(callback) => {
                    let head = head.content_type(htmlfile::CONTENT_TYPE);
                    self.stream(id, of_page(handshake), htmlfile::format(&callback), head).await
                }
                Err(sentence) => head.refuse(sentence),
            },
            Wire::Jsonp => match jsonp::callback(&handshake.query, jsonp::LONGEST) {
                Ok(callback) => {
                    let head = head
                        .with("x-content-type-options", "nosniff")
                        .content_type(jsonp::CONTENT_TYPE);
                    self.poll(id, of_page(handshake), jsonp::format(callback), head).await
                }
                Err(sentence) => head.refuse(sentence),
            },
            Wire::XhrSend => {
                let head = open(head);
                match self.take(id, body, |body| of_xhr(&handshake, body)).await {
                    Ok(()) => head
                        .content_type("text/plain; charset=UTF-8")
                        .answer(StatusCode::NO_CONTENT, ""),
                    Err(refused) => refused.answer(head),
                }
            }
            // Some browsers do strange things on a 204, so a form gets two letters.
            Wire::JsonpSend => match self.take(id, body, |body| of_form(&handshake, body)).await {
                Ok(()) => {
                    head.content_type("text/plain; charset=UTF-8").answer(StatusCode::OK, "ok")
                }
                Err(refused) => refused.answer(head),
            },
            // Has been answered above.
            Wire::Websocket => head.not_found(),
        }
    }

    fn cookie(&self, handshake: &Handshake) -> Headers {
        if self.options.cookie { Headers::new().cookie(handshake) } else { Headers::new() }
    }

    async fn poll(&self, id: &str, by: Handshake, format: Format, head: Headers) -> Answer {
        let attached = self.store.attach(id, by).await;
        poll(attached, format, self.options.pace(), head).await
    }

    async fn stream(&self, id: &str, by: Handshake, format: Format, head: Headers) -> Answer {
        let attached = self.store.attach(id, by).await;
        stream(attached, format, self.options.pace(), head)
    }

    /// Takes the messages of a body: all of them, or none.
    async fn take<B: Buf>(
        &self,
        id: &str,
        body: impl Stream<Item = Result<B, warp::Error>> + Send,
        read: impl FnOnce(&str) -> Result<Vec<String>, Refused>,
    ) -> Result<(), Refused> {
        let body = whole(body, self.options.frame_size, self.options.dead_after).await?;
        let messages = read(&body)?;
        let session = self.store.find(id).ok_or(Refused::NoSession)?;
        session.send(messages).await;
        Ok(())
    }
}

/// Names the page from which a script or a frame was asked for, where the browser does not say it
/// as `Origin`: otherwise any page could read as the user whose cookies the browser sends along.
fn of_page(mut handshake: Handshake) -> Handshake {
    if handshake.header("origin").is_some() {
        return handshake;
    }
    let of_referer = handshake.header("referer").and_then(|referer| {
        let (scheme, rest) = referer.split_once("://")?;
        Some(format!("{scheme}://{}", rest.split(['/', '?', '#']).next()?))
    });
    let elsewhere = handshake
        .header("sec-fetch-site")
        .is_some_and(|site| matches!(site, "cross-site" | "same-site"));
    let origin = match of_referer {
        Some(origin) => origin,
        None if elsewhere => "null".to_owned(),
        None => return handshake,
    };
    handshake.headers.push(("origin".to_owned(), origin));
    handshake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_frames_come_from_a_page() {
        let page = |pairs: &[(&str, &str)]| {
            let headers = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let handshake = of_page(Handshake { headers, ..Handshake::default() });
            handshake.header("origin").map(str::to_owned)
        };
        let referer = ("referer", "https://a.example:1/page?x#y");
        assert_eq!(page(&[]), None);
        assert_eq!(page(&[("sec-fetch-site", "same-origin")]), None);
        assert_eq!(page(&[referer]).as_deref(), Some("https://a.example:1"));
        assert_eq!(page(&[("referer", "nonsense")]), None);
        assert_eq!(page(&[("sec-fetch-site", "cross-site")]).as_deref(), Some("null"));
        assert_eq!(page(&[referer, ("origin", "http://b")]).as_deref(), Some("http://b"));
    }
}
