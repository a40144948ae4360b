//! The `.env`, as the app will read it.

use std::path::PathBuf;

use super::Finding;
use crate::project::Project;
use crate::settings::Settings;

/// Reads the project's `.env`, or that of the current folder.
pub(super) fn look(project: Option<&Project>, tell: &mut dyn FnMut(Finding)) -> Settings {
    let path = match project {
        Some(project) => project.folder.join(".env"),
        None => PathBuf::from(".env"),
    };
    let (settings, wrong) = Settings::at(&path);
    let names = settings.in_file();
    match wrong {
        Some(error) if error.not_found() => {
            if project.is_some() {
                let says = "there is none: the environment and the app's defaults say all";
                tell(Finding::ok(".env", says));
            }
        }
        Some(error) => tell(
            Finding::wrong(".env", format!("it cannot be read: {error}"))
                .mend("write a line as NAME=value; quote a value with spaces: NAME=\"a b\""),
        ),
        None if names.is_empty() => tell(Finding::ok(".env", "nothing is set in it")),
        None => tell(Finding::ok(".env", format!("it sets {}", names.join(", ")))),
    }
    settings
}
