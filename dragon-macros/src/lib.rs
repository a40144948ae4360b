//! The derive and attribute macros of Dragon: they state facts, and `dragon-core` does the work.
//!
//! Applications get them through `dragon-core` (`use dragon::prelude::*`). Each expands to the
//! impl of one public trait that a person could write by hand, in four steps that are the modules
//! of its folder: `attr` reads the attributes, `ast` the item, `check` holds the rules, and `mod`
//! writes the impl.
//!
//! All mistakes are told at once, each at its own tokens. An impl is written also after a
//! mistake, so that one mistake makes one message.
//!
//! What each is for is written in `docs`, where its examples are tested by `dragon-core`: a macro's
//! own crate cannot use it, and what the examples need would be compiled once more for it.
//!
//! With `DRAGON_MACROS_DEBUG=1` in the environment, a build prints what each macro expands to.

mod arguments;
mod errors;
mod fields;
mod router;
mod self_publish;
mod serializer;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/self_publish.md")]
#[proc_macro_derive(SelfPublish, attributes(self_publish))]
pub fn self_publish(input: TokenStream) -> TokenStream {
    finish("derive(SelfPublish)", self_publish::derive(input.into()))
}

#[doc = include_str!("../docs/serializer.md")]
#[proc_macro_attribute]
pub fn serializer(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish("serializer", serializer::attribute(arguments.into(), &item.into()))
}

#[doc = include_str!("../docs/router.md")]
#[proc_macro_attribute]
pub fn router(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish("router", router::attribute(arguments.into(), &item.into()))
}

/// Shows the expansion to who asked for it.
fn finish(of: &str, expansion: proc_macro2::TokenStream) -> TokenStream {
    if std::env::var_os("DRAGON_MACROS_DEBUG").is_some_and(|value| value == "1") {
        eprintln!("// {of}\n{expansion}\n");
    }
    expansion.into()
}
