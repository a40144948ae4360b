//! The files that are written for others: plain templates under `templates/`, embedded.
//!
//! What is put in stands in `[= … =]`, what is chosen in `[% … %]`, remarks in `[# … #]`: signs
//! that neither Rust nor JavaScript, Vue, Svelte, YAML or TOML write by themselves.

use include_dir::{Dir, include_dir};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;

use crate::failure::Failure;

/// All of them; `project/src/lib.rs.j2` makes `src/lib.rs` of a project.
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// What a template's file name ends with.
const SUFFIX: &str = ".j2";

/// Renders the template `name`, a path under `templates/` without its `.j2`.
///
/// # Errors
/// When there is none, or it names what `context` has not: a mistake of ours, held by tests.
pub(crate) fn render(name: &str, context: &impl Serialize) -> Result<String, Failure> {
    environment()
        .and_then(|environment| environment.get_template(name)?.render(Value::from(Serde(context))))
        .map_err(|error| Failure::new(format!("the template `{name}` is wrong: {error:#}")))
}

/// The files of a folder of templates and of the folders in it, as paths within it without
/// their `.j2`, sorted.
pub(crate) fn within(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut left: Vec<&Dir<'_>> = TEMPLATES.get_dir(folder).into_iter().collect();
    while let Some(dir) = left.pop() {
        left.extend(dir.dirs());
        let paths = dir.files().filter_map(|file| file.path().strip_prefix(folder).ok());
        let names = paths.filter_map(|path| path.to_str()?.strip_suffix(SUFFIX));
        found.extend(names.map(|name| name.replace('\\', "/")));
    }
    found.sort();
    found
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(
        SyntaxConfig::builder()
            .block_delimiters("[%", "%]")
            .variable_delimiters("[=", "=]")
            .comment_delimiters("[#", "#]")
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.set_loader(|name| {
        let file = TEMPLATES.get_file(format!("{name}{SUFFIX}"));
        Ok(file.and_then(|file| file.contents_utf8()).map(str::to_owned))
    });
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_is_found_by_its_place() {
        let text = render("project/src/models/mod.rs", &json!({})).unwrap();
        assert!(text.ends_with("// dragon-cli: models\n"), "{text}");
        assert!(within("project/src").contains(&"models/mod.rs".to_owned()));
    }

    #[test]
    fn what_is_missing_is_an_error_and_no_gap() {
        let why = render("project/src/lib.rs", &json!({})).unwrap_err().what;
        assert!(why.contains("project/src/lib.rs"), "{why}");
        let why = render("nowhere", &json!({})).unwrap_err().what;
        assert!(why.contains("nowhere"), "{why}");
    }
}
