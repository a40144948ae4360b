//! `generate model`: a model with all that makes it live.

use clap::Args;

use super::How;
use crate::failure::Failure;
use crate::names::Name;
use crate::plan::Plan;
use crate::scaffold::{self, Part};
use crate::spec::ModelSpec;

/// The grammar of fields, for help.
pub(super) const FIELDS: &str = "Fields: NAME:TYPE, and NAME:TYPE! where it must be given
  string text int bigint float decimal bool date time datetime uuid json ref(MODEL)";

/// A model with its serializer, its router, its test, and its part of the page
#[derive(Debug, Args)]
#[command(after_help = format!(
    "{FIELDS}

Examples:
  dragon-cli generate model todo_list name:string!
  dragon-cli generate model todo_item text:string! done:bool 'list:ref(todo_list)'
  dragon-cli generate model audit line:text! --only

It adds the files src/models/NAME.rs, src/serializers/NAME.rs, src/routers/NAME.rs and
tests/live/NAME.rs, and the lines by which the app knows them. The next start makes its table."
))]
pub(crate) struct Model {
    /// What it is called, as in `todo_item`
    name: String,
    /// Its fields, as in `text:string! done:bool`
    fields: Vec<String>,
    /// The model alone: clients cannot ask for it, but filters and scopes may look into it
    #[arg(long)]
    only: bool,
    #[command(flatten)]
    how: How,
}

impl Model {
    pub(super) fn plan(self, plan: &mut Plan) -> Result<How, Failure> {
        let spec = ModelSpec::of(&self.name, &self.fields).map_err(Failure::usage)?;
        has_a_name_of_its_own(plan, &spec.name)?;
        refers_to_what_is_there(plan, &spec)?;
        if self.only {
            Part::Model.plan(plan, &spec)?;
            scaffold::register(plan, &spec)?;
        } else {
            for part in Part::ALL {
                part.plan(plan, &spec)?;
            }
            scaffold::entry(plan, &spec)?;
        }
        Ok(self.how)
    }
}

/// Checks that no model that is there has the same name in Rust: `Address2` is both `address2` and
/// `address_2`.
fn has_a_name_of_its_own(plan: &Plan, name: &Name) -> Result<(), Failure> {
    let files = plan.files_in(Part::Model.folder());
    let there = files.iter().filter_map(|file| Name::parse(file.strip_suffix(".rs")?).ok());
    for one in there.filter(|one| one != name) {
        if one.pascal() == name.pascal() {
            return Err(Failure::usage(format!(
                "in Rust the model's name `{name}` is that of `{one}`, which is there: `{}`",
                one.pascal()
            ))
            .help("choose another name"));
        }
    }
    Ok(())
}

/// The file of a model.
pub(super) fn file(name: &Name) -> String {
    format!("{}/{name}.rs", Part::Model.folder())
}

/// Checks that the models that it refers to are there.
///
/// # Errors
/// When one is not; the help is how to generate it.
pub(super) fn refers_to_what_is_there(plan: &Plan, spec: &ModelSpec) -> Result<(), Failure> {
    for to in spec.refs().into_iter().filter(|to| **to != spec.name) {
        if plan.text(&file(to))?.is_none() {
            return Err(Failure::new(format!(
                "there is no model `{to}` ({}), to which `{}` is to refer",
                file(to),
                spec.name
            ))
            .help(format!("generate it first: dragon-cli generate model {to} name:string!")));
        }
    }
    Ok(())
}
