//! The file of types that a page has.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Client, typescript};
use crate::description::Description;
use crate::failure::Failure;
use crate::plan::Plan;

/// Where a project's page keeps its types, be they there already or not; nothing without a page.
pub(crate) fn place(root: &Path) -> Option<PathBuf> {
    let folders = [root.join("frontend/src"), root.join("frontend")];
    let is_there = |folder: &&PathBuf| folder.join(NAME).is_file();
    let folder = folders.iter().find(is_there).or_else(|| folders.iter().find(|it| it.is_dir()));
    folder.map(|folder| folder.join(NAME))
}

const NAME: &str = "dragon.d.ts";

/// The file of types that a project's page has.
pub(crate) fn existing(root: &Path) -> Option<PathBuf> {
    place(root).filter(|file| file.is_file())
}

/// What is to be changed so that this file has an app's types. Where the page has its client from
/// is told by the file's place, unless it is said.
///
/// # Errors
/// When the file is none of declarations, or what is there cannot be read.
pub(crate) fn plan(
    file: &Path,
    description: &Description,
    client: Option<Client>,
) -> Result<Plan, Failure> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some(stem) = name.strip_suffix(".d.ts").filter(|stem| !stem.is_empty()) else {
        return Err(Failure::usage(format!("{} is no file of declarations", file.display()))
            .help("its name ends with .d.ts, as in --out frontend/src/dragon.d.ts"));
    };
    let client = client.map_or_else(|| client_of(file), Ok)?;
    let mut plan = Plan::new("");
    plan.create(&file.display().to_string(), typescript(description, client, stem))?;
    Ok(plan)
}

/// Where the page that the file is for has its client from: from the package if the nearest
/// package.json names it, or is its own.
fn client_of(file: &Path) -> Result<Client, Failure> {
    let here = std::path::absolute(file)
        .map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
    let Some(package) =
        here.ancestors().skip(1).map(|it| it.join("package.json")).find(|it| it.is_file())
    else {
        return Ok(Client::Inside);
    };
    let wrong = |why: String| Failure::new(format!("{} cannot be read: {why}", package.display()));
    let text = fs::read_to_string(&package).map_err(|error| wrong(error.to_string()))?;
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let names = ["dependencies", "devDependencies", "peerDependencies"];
    let is_named = names.iter().any(|list| json[list].get("dragon-client").is_some());
    let is_its_own = json["name"] == "dragon-client";
    Ok(if is_named || is_its_own { Client::Package } else { Client::Inside })
}
