//! The names of data channels.

/// One name of a data channel, or several: what subscribing and publishing take.
pub trait Channels {
    /// The names.
    fn names(self) -> Vec<String>;
}

impl Channels for &str {
    fn names(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl Channels for String {
    fn names(self) -> Vec<String> {
        vec![self]
    }
}

impl Channels for &String {
    fn names(self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl<T: AsRef<str>> Channels for &[T] {
    fn names(self) -> Vec<String> {
        self.iter().map(|name| name.as_ref().to_owned()).collect()
    }
}

impl<T: AsRef<str>> Channels for &Vec<T> {
    fn names(self) -> Vec<String> {
        self.as_slice().names()
    }
}

impl<T: AsRef<str>, const N: usize> Channels for [T; N] {
    fn names(self) -> Vec<String> {
        self.as_slice().names()
    }
}

impl Channels for Vec<String> {
    fn names(self) -> Vec<String> {
        self
    }
}

/// The longest name, in bytes.
const LONGEST: usize = 200;

/// The names, each once, if all of them can name a data channel.
///
/// # Errors
/// A sentence that says what a name is made of. A `|` is part of the names of models' channels.
pub(crate) fn checked(channels: impl Channels) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for name in channels.names() {
        let fits = (1..=LONGEST).contains(&name.len())
            && !name.chars().any(|one| one == '|' || one.is_control());
        if !fits {
            let shown: String = name.chars().take(40).collect();
            return Err(format!(
                "`{}` cannot name a data channel: write 1 to {LONGEST} bytes without `|`, which \
                 the channels of models have, and without control characters.",
                shown.escape_debug()
            ));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_any_form_and_each_once() {
        let (one, two) = ("a".to_owned(), vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(checked("a").unwrap(), ["a"]);
        assert_eq!(checked(&one).unwrap(), ["a"]);
        assert_eq!(checked(&two).unwrap(), ["a", "b"]);
        assert_eq!(checked(["b", "a", "b"]).unwrap(), ["b", "a"]);
        assert_eq!(checked(two.as_slice()).unwrap(), checked(two).unwrap());
    }

    #[test]
    fn a_name_that_could_be_a_models_is_refused() {
        for name in ["", "todoitem|", "a|b", "a\nb", "\u{0}", &"x".repeat(201)] {
            let sentence = checked(name).unwrap_err();
            assert!(sentence.contains("without `|`") && !sentence.contains('\n'), "{sentence}");
        }
        assert!(checked("room 7: \u{1F409}").is_ok());
    }
}
