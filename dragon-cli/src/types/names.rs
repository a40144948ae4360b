//! What things are called in TypeScript, each by a name of its own.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase as _;

use crate::description::Description;

/// The global names that the declarations need.
const GLOBALS: [&str; 15] = [
    "Array",
    "Error",
    "Exclude",
    "Extract",
    "NonNullable",
    "Omit",
    "Partial",
    "Pick",
    "Promise",
    "ReadonlyArray",
    "Record",
    "Required",
    "Routes",
    "WebSocket",
    "Window",
];

/// The last part of each name that a route adds to its own.
const PARTS: [&str; 5] = ["Row", "Filter", "Create", "Update", "Calls"];

/// The names of an app's types.
pub(super) struct Names<'a> {
    rows: BTreeMap<&'a str, String>,
    routes: BTreeMap<&'a str, String>,
}

impl<'a> Names<'a> {
    /// Names for all that an app declares; none is one of the client's.
    pub(super) fn of(description: &'a Description, client: &str) -> Self {
        let mut taken: BTreeSet<String> = GLOBALS.iter().map(|&name| name.to_owned()).collect();
        taken.extend(client.lines().filter_map(declared).map(str::to_owned));
        let mut rows = BTreeMap::new();
        for serializer in &description.serializers {
            let short = serializer.short_name.as_str();
            let own = name_of(
                short.strip_suffix("Serializer").filter(|it| !it.is_empty()).unwrap_or(short),
            );
            let module = serializer.name.rsplit("::").nth(1).map(camel).unwrap_or_default();
            let tries = [own.clone(), format!("{own}Row"), format!("{module}{own}")];
            let name = free(&tries, |name| {
                !taken.contains(name) && !taken.contains(&format!("{name}Write"))
            });
            taken.extend([name.clone(), format!("{name}Write")]);
            rows.insert(serializer.name.as_str(), name);
        }
        let mut routes = BTreeMap::new();
        for router in &description.routers {
            let own = camel(&router.route);
            let name = free(&[own.clone(), format!("{own}Route")], |name| {
                PARTS.iter().all(|part| !taken.contains(&format!("{name}{part}")))
            });
            taken.extend(PARTS.iter().map(|part| format!("{name}{part}")));
            routes.insert(router.route.as_str(), name);
        }
        Self { rows, routes }
    }

    /// The type of what a serializer tells.
    pub(super) fn row(&self, serializer: &str) -> &str {
        self.rows.get(serializer).map_or("unknown", String::as_str)
    }

    /// The type of what may be written of such a row within another one.
    pub(super) fn write(&self, serializer: &str) -> String {
        format!("{}Write", self.row(serializer))
    }

    /// One of a route's own types: `part` is `Filter`, say.
    pub(super) fn of_route(&self, route: &str, part: &str) -> String {
        debug_assert!(PARTS.contains(&part), "{part} is not kept free");
        format!("{}{part}", self.routes.get(route).map_or("", String::as_str))
    }
}

/// The first of these names that is free, or the first with a number.
fn free(tries: &[String], is_free: impl Fn(&str) -> bool) -> String {
    if let Some(name) = tries.iter().find(|name| is_free(name)) {
        return name.clone();
    }
    let own = tries.first().map_or("", String::as_str);
    let mut number = 2_u32;
    loop {
        let name = format!("{own}{number}");
        if is_free(&name) {
            return name;
        }
        number += 1;
    }
}

/// `todo-item` as `TodoItem`.
fn camel(text: &str) -> String {
    name_of(&text.to_upper_camel_case())
}

/// A text as a name: it begins with a letter.
fn name_of(text: &str) -> String {
    let name: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("Of{name}") }
}

/// What a line of declarations declares.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split(' ').skip_while(|word| ["export", "declare"].contains(word));
    let keyword = words.next()?;
    let known = ["interface", "type", "class", "function", "const"].contains(&keyword);
    let name = words.next().filter(|_| known)?;
    name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_become_names() {
        assert_eq!(camel("todo-item"), "TodoItem");
        assert_eq!(camel("todo_item"), "TodoItem");
        assert_eq!(camel("2nd.list"), "Of2ndList");
        assert_eq!(camel("größe"), "Gre");
        assert_eq!(camel("..."), "Of");
    }

    #[test]
    fn declarations_are_found() {
        assert_eq!(declared("export interface Page {"), Some("Page"));
        assert_eq!(declared("export type Client<R = Routes> = 0;"), Some("Client"));
        assert_eq!(declared("declare const routes: unique symbol;"), Some("routes"));
        assert_eq!(declared("export function connect(options?: X): Y;"), Some("connect"));
        assert_eq!(declared("  type: string;"), None);
        assert_eq!(declared(""), None);
    }
}
