//! What is around the Rust code of a new app: how it is run, built, tested and deployed, and its
//! page.

use clap::ValueEnum;
use serde::Serialize;

use crate::checkout::Checkout;
use crate::failure::Failure;
use crate::names::capitalised;
use crate::plan::Plan;
use crate::scaffold::Project;
use crate::spec::ModelSpec;
use crate::templates::{render, within};
use crate::types::{self, Client};

/// The files of every app that are neither its code nor its page.
const FILES: [&str; 7] = [
    ".dockerignore",
    ".env",
    ".github/workflows/ci.yml",
    ".gitignore",
    "Dockerfile",
    "README.md",
    "compose.yaml",
];

/// What the pages that are built have in common.
const BUILT: &str = "frontend/vite";

/// What a page is written with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Frontend {
    /// Plain JavaScript, and nothing to install or to build
    #[default]
    Vanilla,
    /// React, built by Vite
    React,
    /// Svelte, built by Vite
    Svelte,
    /// Vue, built by Vite
    Vue,
}

impl Frontend {
    /// The folder of its templates.
    fn folder(self) -> &'static str {
        match self {
            Self::Vanilla => "frontend/vanilla",
            Self::React => "frontend/react",
            Self::Svelte => "frontend/svelte",
            Self::Vue => "frontend/vue",
        }
    }

    /// Whether it must be built before it can be shown.
    pub(crate) fn is_built(self) -> bool {
        self != Self::Vanilla
    }

    /// The folder that the app serves.
    pub(crate) fn page(self) -> &'static str {
        if self.is_built() { "frontend/dist" } else { "frontend" }
    }

    /// What is shown in place of a page that is not there.
    pub(crate) fn page_help(self) -> &'static str {
        if self.is_built() {
            "The page is not built yet. Run this:\n\n    \
             npm --prefix frontend ci\n    npm --prefix frontend run build\n\n\
             Or run `dragon-cli dev`, and open the address that Vite shows."
        } else {
            "There is no `frontend/index.html` here. Start the app in the folder of its project."
        }
    }
}

/// A path as text of several languages, each with its own quotes.
#[derive(Debug, Serialize)]
struct Spelled {
    /// A word of a shell.
    shell: String,
    /// A value in compose.yaml, which takes `$` for a variable.
    compose: String,
    /// The places of the checkout's parts in an image, as the last of a COPY's list.
    docker: Parts,
}

/// The parts of a checkout that an image is built from.
#[derive(Debug, Serialize)]
struct Parts {
    manifest: String,
    core: String,
    macros: String,
    js: String,
    js_src: String,
}

impl Spelled {
    fn of(path: &str) -> Self {
        // Within the list, too, BuildKit reads words as a shell does.
        let docker = |part: &str| {
            let mut word = String::new();
            for c in format!("{path}/{part}").chars() {
                if matches!(c, '\'' | '"' | '$' | '\\') {
                    word.push('\\');
                }
                word.push(c);
            }
            quoted(&word)
        };
        Self {
            shell: format!("'{}'", path.replace('\'', r"'\''")),
            compose: quoted(&path.replace('$', "$$")),
            docker: Parts {
                manifest: docker("Cargo.toml"),
                core: docker("dragon-core"),
                macros: docker("dragon-macros"),
                js: docker("js/"),
                js_src: docker("js/src"),
            },
        }
    }
}

/// As JSON writes it, and YAML within double quotes.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What the templates of these files see: all of the project, and this.
#[derive(Debug, Serialize)]
struct View<'a> {
    #[serde(flatten)]
    project: &'a Project,
    title: String,
    frontend: Frontend,
    /// The folder of the checkout, as each kind of file writes it.
    checkout: Spelled,
    /// Where npm has the client from.
    client: String,
    repository: &'static str,
    models: &'a [ModelSpec],
}

/// Plans them.
///
/// # Errors
/// When what is there cannot be read.
pub(crate) fn plan(
    plan: &mut Plan,
    project: &Project,
    frontend: Frontend,
    checkout: &Checkout,
    models: &[ModelSpec],
) -> Result<(), Failure> {
    let view = View {
        project,
        title: capitalised(&project.name.replace(['-', '_'], " ")),
        frontend,
        checkout: Spelled::of(&checkout.path()),
        client: quoted(&format!("file:{}/js", checkout.path())),
        repository: env!("CARGO_PKG_REPOSITORY"),
        models,
    };
    for path in FILES {
        plan.create(path, render(&format!("project/{path}"), &view)?)?;
    }
    let shared = frontend.is_built().then_some(BUILT);
    for folder in [Some(frontend.folder()), shared].into_iter().flatten() {
        for file in within(folder) {
            let text = render(&format!("{folder}/{file}"), &view)?;
            plan.create(&format!("frontend/{file}"), text)?;
        }
    }
    if frontend.is_built() {
        plan.create("frontend/src/style.css", render("frontend/vanilla/style.css", &view)?)?;
        let description = types::planned(project, models);
        let types = types::typescript(&description, Client::Package, "dragon");
        plan.create("frontend/src/dragon.d.ts", types)?;
    }
    Ok(())
}
