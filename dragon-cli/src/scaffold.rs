//! The Rust code of an app: what `new` writes at once, and `generate` piece by piece.

mod attribute;
mod existing;
mod migration;
mod view;

use clap::ValueEnum;
use serde::Serialize;

use crate::failure::Failure;
use crate::names::Name;
use crate::plan::{Insertion, Plan};
use crate::spec::ModelSpec;
use crate::templates::{render, within};

pub(crate) use existing::{models_there, read_model};
pub(crate) use migration::{Migration, migration};
pub(crate) use view::ModelView;

/// Where an app keeps its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Database {
    /// A file, and nothing to install
    #[default]
    Sqlite,
    /// A server
    Postgres,
}

impl Database {
    /// Where the database of an app of this name is, on the machine of whoever writes it.
    pub(crate) fn url(self, name: &str, ident: &str) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{name}.db?mode=rwc"),
            // As compose.yaml has it.
            Self::Postgres => format!("postgres://postgres:postgres@127.0.0.1:5432/{ident}"),
        }
    }
}

/// What the files of a whole project are made from; `new` knows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Project {
    /// The package's name: `my-app`.
    pub(crate) name: String,
    /// The same in Rust: `my_app`.
    pub(crate) ident: String,
    /// In templates `sqlite` or `postgres`: the feature of Dragon.
    pub(crate) database: Database,
    /// Where the database is unless `DATABASE_URL` says otherwise.
    pub(crate) database_url: String,
    /// Whether several processes may share their changes.
    pub(crate) redis: bool,
    /// Where Dragon is, as TOML: `path = "…"`.
    pub(crate) dragon: String,
    /// The folder that is served: `frontend`, or `frontend/dist` where it is built.
    pub(crate) page: String,
    /// What is shown in place of a page that is not there.
    pub(crate) page_help: String,
}

/// The Rust part of a whole project: `Cargo.toml`, `src/` and `tests/`, with these models.
///
/// # Errors
/// When what is there cannot be read.
pub(crate) fn project(
    plan: &mut Plan,
    project: &Project,
    models: &[ModelSpec],
) -> Result<(), Failure> {
    let folders = ["src", "tests"];
    let files = folders.iter().flat_map(|folder| {
        within(&format!("project/{folder}")).into_iter().map(move |file| format!("{folder}/{file}"))
    });
    for path in std::iter::once("Cargo.toml".to_owned()).chain(files) {
        let text = render(&format!("project/{path}"), project)?;
        plan.create(&path, text)?;
    }
    for spec in models {
        for part in Part::ALL {
            part.plan(plan, spec)?;
        }
        entry(plan, spec)?;
    }
    Ok(())
}

/// What the page shows of a model is an entry here, in the first of these that is there.
const ENTRIES: [&str; 3] =
    ["frontend/models.js", "frontend/src/models.js", "frontend/src/models.ts"];

/// Plans the model's entry on the page, where the page is one of those that `new` makes.
///
/// # Errors
/// When what is there cannot be read.
pub(crate) fn entry(plan: &mut Plan, spec: &ModelSpec) -> Result<(), Failure> {
    let Some(path) = entries(plan)? else { return Ok(()) };
    let entry = Insertion {
        anchor: "// dragon-cli: models",
        after: None,
        line: render("model/entry.js", spec)?,
        mark: format!("route: '{}'", spec.name.kebab()),
        sorted: false,
    };
    plan.insert(path, &entry)
}

/// The file in which the page's entries are, where it is one of those that `new` makes.
fn entries(plan: &Plan) -> Result<Option<&'static str>, Failure> {
    for path in ENTRIES {
        if plan.text(path)?.is_some() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The line by which the app knows a model that no router serves.
fn alone(name: &str) -> String {
    format!(".model::<models::{name}::Entity>()")
}

/// Puts the router's line in the place of the one that the model had as long as no router served
/// it: the app would know it twice.
fn expose(plan: &mut Plan, name: &str, router: &str) -> Result<(), Failure> {
    const FILE: &str = "src/lib.rs";
    let Some(text) = plan.text(FILE)? else { return Ok(()) };
    let line = alone(name);
    let is_alone = |one: &&str| one.trim() == line;
    if !text.lines().any(|one| is_alone(&one)) {
        return Ok(());
    }
    let mut is_there = text.lines().any(|one| one.trim() == router);
    let lines = text.split_inclusive('\n').filter_map(|one| match is_alone(&one) {
        false => Some(one.to_owned()),
        true if std::mem::replace(&mut is_there, true) => None,
        true => Some(one.replace(&line, router)),
    });
    let after = lines.collect();
    plan.edit(FILE, after)
}

/// Plans that the app knows the model although no router serves it.
///
/// # Errors
/// When a router serves it, or what is there cannot be read.
pub(crate) fn register(plan: &mut Plan, spec: &ModelSpec) -> Result<(), Failure> {
    let name = spec.name.snake();
    let router = Part::Router.file(&spec.name);
    if plan.text(&router)?.is_some() {
        return Err(Failure::new(format!(
            "clients can ask for `{name}`: it has a router ({router}), which --only leaves"
        ))
        .help(format!(
            "to keep clients from it, remove {router} and the lines that name it in \
             src/routers/mod.rs and src/lib.rs, and ask again"
        )));
    }
    let registered = Insertion {
        anchor: "// dragon-cli: routers",
        after: None,
        line: alone(name),
        mark: format!("{name}::Entity"),
        sorted: false,
    };
    plan.insert("src/lib.rs", &registered)
}

/// One file of a model's four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The entity and its table.
    Model,
    /// What is told of it.
    Serializer,
    /// What clients can call.
    Router,
    /// Two clients that try it.
    Test,
}

impl Part {
    /// All of them, each after those that it needs.
    pub(crate) const ALL: [Self; 4] = [Self::Model, Self::Serializer, Self::Router, Self::Test];

    /// The file of a model.
    pub(crate) fn file(self, name: &Name) -> String {
        format!("{}/{name}.rs", self.folder())
    }

    /// The folder of its files.
    fn folder(self) -> &'static str {
        match self {
            Self::Model => "src/models",
            Self::Serializer => "src/serializers",
            Self::Router => "src/routers",
            Self::Test => "tests/live",
        }
    }

    /// The file in which its module stands.
    fn table_of_contents(self) -> String {
        let name = if self == Self::Test { "main.rs" } else { "mod.rs" };
        format!("{}/{name}", self.folder())
    }

    fn template(self) -> &'static str {
        match self {
            Self::Model => "model/model.rs",
            Self::Serializer => "model/serializer.rs",
            Self::Router => "model/router.rs",
            Self::Test => "model/test.rs",
        }
    }

    fn anchor(self) -> &'static str {
        match self {
            Self::Model => "// dragon-cli: models",
            Self::Serializer => "// dragon-cli: serializers",
            Self::Router => "// dragon-cli: routers",
            Self::Test => "// dragon-cli: tests",
        }
    }

    /// Plans its file, and the lines by which the app knows it.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub(crate) fn plan(self, plan: &mut Plan, spec: &ModelSpec) -> Result<(), Failure> {
        let name = spec.name.snake();
        let text = render(self.template(), &ModelView::of(spec))?;
        plan.create(&self.file(&spec.name), text)?;
        let visible = if self == Self::Test { "" } else { "pub " };
        let module = Insertion {
            anchor: self.anchor(),
            after: None,
            line: format!("{visible}mod {name};"),
            mark: format!("mod {name}"),
            sorted: true,
        };
        plan.insert(&self.table_of_contents(), &module)?;
        if self == Self::Router {
            let router = format!("routers::{name}::{}Router", spec.name.pascal());
            let line = format!(".router({router})");
            expose(plan, name, &line)?;
            let registered = Insertion {
                anchor: "// dragon-cli: routers",
                after: None,
                line,
                mark: router,
                sorted: false,
            };
            plan.insert("src/lib.rs", &registered)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
