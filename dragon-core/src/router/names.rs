//! Names of types as a person reads them.

use std::any;

/// The name of a type without the paths: `HasRole` of `todo::rights::HasRole`. For a function it
/// is the function's.
pub(super) fn type_name<T: ?Sized>() -> String {
    short(any::type_name::<T>())
}

fn short(name: &str) -> String {
    if name.ends_with("{{closure}}") {
        return "a closure".to_owned();
    }
    let mut short = String::new();
    for (at, letter) in name.char_indices() {
        if letter == ':' {
            if name[at..].starts_with("::") {
                // The path so far leads only here.
                let end = short.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
                short.truncate(end);
            }
        } else {
            short.push(letter);
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_left_out() {
        assert_eq!(short("todo::rights::is_admin"), "is_admin");
        assert_eq!(short("a::Both<b::c::One, d::Two<e::Three>>"), "Both<One, Two<Three>>");
        assert_eq!(short("a::main::{{closure}}"), "a closure");
        assert_eq!(short("Plain"), "Plain");
        assert_eq!(type_name::<Vec<std::string::String>>(), "Vec<String>");
    }
}
