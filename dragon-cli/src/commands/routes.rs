//! `routes`: what clients may ask of an app.

use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::description::{Description, Router};
use crate::errand::{AppArgs, Errand};
use crate::failure::Failure;
use crate::names::nearest;
use crate::{listing, say};

/// What an app offers: routes, verbs, fields, filters, permissions
///
/// The app is built and asked; it opens neither its database nor a port for it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dragon-cli routes                      all routes of the app in this folder
  dragon-cli routes todo-item            one of them
  dragon-cli routes -p todo              the app of this package of a workspace
  dragon-cli routes --json | jq '.routers[].route'
                                         the whole description, for other programs; the same
                                         on each machine
  dragon-cli routes --program ./server   a program that is built already")]
pub(crate) struct Routes {
    /// One route; all of them without
    route: Option<String>,
    /// Print the app's description as JSON
    #[arg(long, conflicts_with = "route")]
    json: bool,
    #[command(flatten)]
    app: AppArgs,
}

impl Routes {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.json {
            let Described { mut describe } = self.app.read(Errand::Describe)?;
            describe.retain(|name, _| !OF_THE_PLACE.contains(&name.as_str()));
            return say::answer(&format!("{:#}", Json::Object(describe)));
        }
        let description = self.app.describe()?;
        let routers = match &self.route {
            Some(route) => vec![find(&description, route)?],
            None => description.routers.iter().collect(),
        };
        if routers.is_empty() {
            return Err(Failure::new(format!("`{}` has no routes", description.name))
                .help("register a router: App::builder(…).router(TodoRouter)")
                .help("or make one: dragon-cli generate router NAME"));
        }
        let listings: Vec<String> =
            routers.into_iter().map(|router| listing::route(&description, router)).collect();
        say::answer(listings.join("\n").trim_end())
    }
}

fn find<'d>(description: &'d Description, route: &str) -> Result<&'d Router, Failure> {
    let routers = &description.routers;
    routers.iter().find(|router| router.route == route).ok_or_else(|| {
        let all: Vec<&str> = routers.iter().map(|router| router.route.as_str()).collect();
        let failure = Failure::new(format!("`{}` has no route `{route}`", description.name));
        match nearest(route, all.iter().copied()) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure,
        }
        .help(format!("its routes: {}", all.join(", ")))
    })
}

/// What a description says of where the app runs: it is no other app for that, and a file that is
/// kept of it must not differ.
const OF_THE_PLACE: [&str; 2] = ["addr", "database"];

/// The line that an app prints.
#[derive(Deserialize)]
struct Described {
    describe: Map<String, Json>,
}
