//! The table of routes, by which the client knows all of it.

use super::App;
use super::arguments::{has, has_calls};
use super::rows;
use super::text::{Member, block, interface, union};
use crate::description::Router;

/// `interface Routes`, with an entry for each route; `head` is how it is declared.
pub(super) fn table(app: &App<'_>, head: &str) -> String {
    let routes: Vec<Member> = app
        .description
        .routers
        .iter()
        .map(|router| Member::new(&router.route, entry(app, router)))
        .collect();
    interface(head, "The routes of the server, by name.", &routes)
}

fn entry(app: &App<'_>, router: &Router) -> String {
    let verbs = match router.verbs_known {
        true => union(router.verbs.iter().map(|verb| verb.name.as_str())),
        false => "string".to_owned(),
    };
    let mut members = vec![Member::new("verbs", verbs)];
    let own = |part| app.of_route(router, part);
    if let Some(row) = rows::row(app, router) {
        members.push(Member::new("row", row));
        let covered = rows::covered(app, router);
        if !covered.is_empty() {
            members.push(Member::new("covers", covered.join(" | ")));
        }
        members.push(Member::new("filter", own("Filter")));
        members.push(Member::new("order", union(router.order_fields.iter().map(String::as_str))));
        for (verb, part) in [("create", "Create"), ("update", "Update")] {
            if has(router, verb) {
                members.push(Member::new(verb, own(part)));
            }
        }
        if router.paginate_by.is_some() {
            members.push(Member::new("paged", "true"));
        }
    }
    if has_calls(router) {
        members.push(Member::new("calls", own("Calls")));
    }
    block(&members)
}
