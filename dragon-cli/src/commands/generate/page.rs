//! `generate page`: another page of the app.

use clap::Args;
use serde_json::json;

use super::How;
use super::model::{model_name, with_fields};
use crate::failure::Failure;
use crate::names::Name;
use crate::plan::Plan;
use crate::scaffold::{Part, models_there, read_model};
use crate::spec::ModelSpec;
use crate::templates::render;

/// Another page, which shows the rows of a model live
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  dragon-cli generate page dashboard --model todo_item
  dragon-cli generate page todo_item

It adds frontend/NAME.html and frontend/NAME.js, which the app serves as /NAME.html. Without
--model it shows the model of its name, or the only one.")]
pub(crate) struct Page {
    /// What it is called, as in `dashboard`
    name: String,
    /// The model that it shows
    #[arg(long)]
    model: Option<String>,
    #[command(flatten)]
    how: How,
}

/// The scripts that every app serves, before it looks for those of its pages.
const SERVED: [(&str, &str); 3] = [
    ("dragon", "/dragon.js"),
    ("dragon-compat", "/dragon-compat.js"),
    ("settings", "/settings.js"),
];

/// What makes a frontend one that Vite builds.
const VITE: [&str; 3] = ["vite.config.js", "vite.config.mjs", "vite.config.ts"];

impl Page {
    pub(super) fn plan(self, plan: &mut Plan) -> Result<How, Failure> {
        let page = Name::parse(&self.name)
            .map_err(|why| Failure::usage(format!("the page's name `{}` {why}", self.name)))?;
        if let Some((_, path)) = SERVED.iter().find(|(name, _)| *name == page.kebab()) {
            return Err(Failure::usage(format!(
                "the page's name `{page}` is taken: the app itself answers {path}, which the page's \
                 script would be"
            ))
            .help(format!("choose another name, as in `my_{page}`")));
        }
        if page.is_device() {
            return Err(Failure::usage(format!(
                "the page's name `{page}` is that of a device on Windows"
            ))
            .help(format!("choose another name, as in `my_{page}`")));
        }
        for config in VITE {
            let config = format!("frontend/{config}");
            if plan.text(&config)?.is_some() {
                return Err(Failure::new(format!(
                    "the page is one application that Vite builds ({config}), with its own way \
                     from view to view"
                ))
                .help(format!(
                    "write a component in frontend/src/, as those that are there, and show it \
                     where you want {} to be",
                    page.label()
                )));
            }
        }
        let model = self.model(plan, &page)?;
        let context = json!({ "page": page, "model": model, "example": example(&model) });
        for kind in ["html", "js"] {
            let text = render(&format!("page/page.{kind}"), &context)?;
            plan.create(&format!("frontend/{}.{kind}", page.kebab()), text)?;
        }
        Ok(self.how)
    }

    /// The model that is shown.
    fn model(&self, plan: &Plan, page: &Name) -> Result<ModelSpec, Failure> {
        let there = models_there(plan);
        let known = there.iter().map(Name::snake).collect::<Vec<_>>().join(", ");
        let name = match &self.model {
            Some(model) => model_name(model)?,
            None => match &there[..] {
                _ if there.contains(page) => page.clone(),
                [only] => only.clone(),
                _ => {
                    return Err(Failure::usage(format!(
                        "which model does the page `{page}` show?"
                    ))
                    .help(format!("say it by --model, one of {known}")));
                }
            },
        };
        let model = read_model(plan, &name)?.ok_or_else(|| {
            let file = Part::Model.file(&name);
            Failure::new(format!("there is no model `{name}` ({file})"))
                .help(format!("those that are there: {known}"))
        })?;
        let router = Part::Router.file(&name);
        if plan.text(&router)?.is_none() {
            return Err(Failure::new(format!("clients cannot ask for `{name}`: no {router}"))
                .help(format!("generate it first: dragon-cli generate router {name}")));
        }
        with_fields(model)
    }
}

/// A filter as a remark shows it.
fn example(model: &ModelSpec) -> String {
    let comparable = model.fields.iter().find(|field| field.kind.is_filter());
    comparable.map_or_else(|| "id".to_owned(), |field| field.column.clone())
}
