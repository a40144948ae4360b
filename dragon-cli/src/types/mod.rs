//! TypeScript types of an app's routes, from its description.
//!
//! | module | what it holds |
//! |---|---|
//! | `file` | the file that a page has of them |
//! | `names` | what things are called in TypeScript, each by a name of its own |
//! | `values` | the types of single fields |
//! | `rows` | what serializers tell |
//! | `arguments` | what filters, `create` and `update` take |
//! | `planned` | what an app is going to say of models that have just been written |
//! | `routes` | the table of routes, by which the client knows all of it |
//! | `text` | how TypeScript is spelled |

mod arguments;
mod file;
mod names;
mod planned;
mod routes;
mod rows;
mod text;
mod values;

use std::collections::BTreeMap;

use clap::ValueEnum;

use names::Names;

pub(crate) use file::{existing, place, plan};
pub(crate) use planned::description as planned;

use crate::description::{Description, Router, Serializer};

/// The declarations of the browser's client, for pages that load it from the server. Made of those
/// in `js/src` by `npm run build` there; a test holds both together.
const CLIENT: &str = include_str!("../../assets/dragon-client.d.ts");

/// Where the types of the client itself come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Client {
    /// From the package dragon-client, to which the routes are added
    Package,
    /// From the same file, for pages that load /dragon.js
    #[value(name = "server")]
    Inside,
}

/// What the parts look up.
struct App<'a> {
    description: &'a Description,
    serializers: BTreeMap<&'a str, &'a Serializer>,
    names: Names<'a>,
}

impl App<'_> {
    fn serializer(&self, name: &str) -> Option<&Serializer> {
        self.serializers.get(name).copied()
    }

    /// What a route tells its rows by; nothing where it has none.
    fn serializer_of(&self, router: &Router) -> Option<&Serializer> {
        self.serializer(router.serializer.as_deref()?)
    }

    /// The name of one of a route's own types: `part` is `Filter`, say.
    fn of_route(&self, router: &Router, part: &str) -> String {
        self.names.of_route(&router.route, part)
    }
}

/// The file of types; `stem` is its name without `.d.ts`.
pub(crate) fn typescript(description: &Description, client: Client, stem: &str) -> String {
    let app = App {
        description,
        serializers: description.serializers.iter().map(|one| (one.name.as_str(), one)).collect(),
        names: Names::of(description, CLIENT),
    };
    let mut parts = vec![header(&description.name)];
    parts.extend(rows::declarations(&app));
    parts.extend(arguments::declarations(&app));
    match client {
        Client::Package => {
            let table = routes::table(&app, "interface Routes");
            parts.push(text::within("declare module 'dragon-client'", &table));
        }
        Client::Inside => {
            parts.push(routes::table(&app, "export interface Routes"));
            parts.extend([page(stem), inside()]);
        }
    }
    // A file that exports nothing would not add to the package, but declare it anew.
    parts.push("export {};\n".to_owned());
    parts.join("\n")
}

/// How the line begins by which a file is known as ours.
const WRITTEN: &str = "// Written by `dragon-cli types`";

/// Whether a file's text was written here, be it by another version.
pub(crate) fn is_written_here(text: &str) -> bool {
    text.lines().take(10).any(|line| line.starts_with(WRITTEN))
}

fn header(app: &str) -> String {
    format!(
        "// The routes of the app {}, for the compiler and the editor.\n//\n\
         {WRITTEN} from the routers and serializers. Do not edit it: change those, and run that\n\
         // again. `dragon-cli types --check` fails where this file is out of date.\n",
        text::literal(app)
    )
}

/// What `<script src="/dragon.js">` sets.
fn page(stem: &str) -> String {
    let module = text::literal(&format!("./{stem}.js"));
    format!(
        "declare global {{\n  interface Window {{\n    /** The client, by `<script src=\"/dragon.js\"></script>`. */\n    \
         dragon: typeof import({module});\n  }}\n}}\n"
    )
}

fn inside() -> String {
    format!(
        "// ---- The client -------------------------------------------------------------------\n\n{CLIENT}"
    )
}
