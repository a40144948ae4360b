//! Files written together: first beside their places, then moved there.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// One file on its way.
struct Moving {
    /// Where it lies.
    beside: PathBuf,
    /// Where it belongs.
    to: PathBuf,
    /// What was there.
    before: Option<Vec<u8>>,
}

/// Writes all the files, paths within `root` and their texts, or none.
pub(super) fn all(root: &Path, files: &BTreeMap<&str, &str>) -> Result<(), Failure> {
    let (mut moving, mut folders) = (Vec::new(), Vec::new());
    for (path, text) in files {
        // A link stays one: what it leads to is written.
        let to = root.join(path);
        let to = fs::canonicalize(&to).unwrap_or(to);
        if let Err(error) = prepare(&to, text, &mut moving, &mut folders) {
            undo(&moving, &folders);
            return Err(Failure::new(format!("{} cannot be written: {error}", to.display())));
        }
    }
    for at in 0..moving.len() {
        if let Err(error) = fs::rename(&moving[at].beside, &moving[at].to) {
            moving[..at].iter().for_each(restore);
            undo(&moving, &folders);
            let place = moving[at].to.display();
            return Err(Failure::new(format!("{place} cannot be written: {error}")));
        }
    }
    Ok(())
}

fn prepare(
    to: &Path,
    text: &str,
    moving: &mut Vec<Moving>,
    folders: &mut Vec<PathBuf>,
) -> io::Result<()> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let missing: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    for folder in missing.into_iter().rev().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir(folder)?;
        folders.push(folder.to_owned());
    }
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}.new", std::process::id()));
    let before = match fs::read(to) {
        Ok(before) => Some(before),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    moving.push(Moving { beside: beside.clone(), to: to.to_owned(), before });
    fs::write(&beside, text)?;
    match fs::metadata(to) {
        Ok(metadata) if metadata.permissions().readonly() => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"))
        }
        Ok(metadata) => fs::set_permissions(&beside, metadata.permissions()),
        Err(_) => Ok(()),
    }
}

/// Puts back what was there; what cannot be put back has been told of as the first error.
fn restore(moved: &Moving) {
    let _ = match &moved.before {
        Some(before) => fs::write(&moved.to, before),
        None => fs::remove_file(&moved.to),
    };
}

/// Removes what was made on the way.
fn undo(moving: &[Moving], folders: &[PathBuf]) {
    for one in moving {
        let _ = fs::remove_file(&one.beside);
    }
    for folder in folders.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
}
