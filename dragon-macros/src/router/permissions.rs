//! `permissions(LoginRequired, create = IsAdmin)`: who may call which verb.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Expr, Ident, ImplItem, ItemImpl, Token, token};

use crate::errors::{Errors, listed};

/// The verbs of a model's router.
const VERBS: &[&str] =
    &["get_list", "get_single", "create", "update", "delete", "subscribe", "unsubscribe"];

const EXAMPLE: &str = "write the permissions in parentheses, for all verbs or for one: \
                       `permissions(LoginRequired, delete = IsAdmin)`";

/// A permission, and for which verb; without one for all.
pub(super) struct Rule {
    verb: Option<Ident>,
    permission: Expr,
}

/// Reads the parentheses after `key` and what is in them.
pub(super) fn read(key: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Rule>> {
    if !input.peek(token::Paren) {
        return Err(syn::Error::new_spanned(key, EXAMPLE));
    }
    let content;
    syn::parenthesized!(content in input);
    let rules = rules(&content);
    // What a mistake left unread would count as another one.
    while content.parse::<TokenTree>().is_ok() {}
    rules
}

fn rules(content: ParseStream<'_>) -> syn::Result<Vec<Rule>> {
    let mut rules = Vec::new();
    while !content.is_empty() {
        let names_a_verb =
            content.peek(Ident::peek_any) && content.peek2(Token![=]) && !content.peek2(Token![==]);
        let verb = if names_a_verb {
            let verb = content.call(Ident::parse_any)?;
            content.parse::<Token![=]>()?;
            Some(verb)
        } else {
            None
        };
        rules.push(Rule { verb, permission: content.parse()? });
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(rules)
}

/// Tells of verbs that the router does not have: what was meant would stay open.
pub(super) fn check(rules: &[Rule], own: &[String], errors: &mut Errors) {
    for verb in rules.iter().filter_map(|rule| rule.verb.as_ref()) {
        let name = verb.unraw().to_string();
        if !VERBS.contains(&name.as_str()) && !own.contains(&name) {
            let all = listed(VERBS.iter().copied().chain(own.iter().map(String::as_str)));
            errors.on(verb, format!("there is no verb `{name}`; write one of {all}"));
        }
    }
}

/// Tells where the method is written as well, and takes it out.
pub(super) fn once(block: &mut ItemImpl, rules: &[Rule], errors: &mut Errors) {
    block.items.retain(|item| match item {
        ImplItem::Fn(method) if !rules.is_empty() && method.sig.ident == "permissions" => {
            let advice = "the attribute has `permissions(…)` already; keep one of the two";
            errors.on(&method.sig.ident, advice);
            false
        }
        _ => true,
    });
}

/// The method of `ModelRouter`; none where there is nothing to say.
pub(super) fn method(rules: &[Rule]) -> Option<TokenStream> {
    if rules.is_empty() {
        return None;
    }
    let rules = rules.iter().map(|Rule { verb, permission }| {
        let rule = match verb {
            None => quote!(.all(#permission)),
            Some(verb) => {
                let name = verb.unraw().to_string();
                quote!(.verbs([#name], #permission))
            }
        };
        let called = name(permission).map(|name| quote!(.called(#name)));
        quote!(#rule #called)
    });
    Some(quote! {
        fn permissions(&self) -> ::dragon::router::Permissions {
            ::dragon::router::Permissions::none() #(#rules)*
        }
    })
}

/// What a permission is called where the app describes itself: as it is written, where that says
/// more than its type does. `LoginRequired.and(is_admin)` and closures are named by themselves.
fn name(permission: &Expr) -> Option<String> {
    let is_named = match permission {
        Expr::Call(_) | Expr::Struct(_) => true,
        Expr::Path(path) => path.path.segments.iter().all(|part| part.arguments.is_none()),
        _ => false,
    };
    is_named.then(|| written(permission.to_token_stream()))
}

/// Tokens as a person writes them: `HasRole("editor", 3)` for `HasRole ("editor" , 3)`.
fn written(tokens: TokenStream) -> String {
    let mut text = String::new();
    let mut spaced = false;
    for token in tokens {
        let (piece, wide) = match &token {
            TokenTree::Group(group) => {
                let inner = written(group.stream());
                let piece = match group.delimiter() {
                    Delimiter::Parenthesis => format!("({inner})"),
                    Delimiter::Bracket => format!("[{inner}]"),
                    Delimiter::Brace => format!(" {{ {inner} }}"),
                    Delimiter::None => inner,
                };
                (piece, false)
            }
            TokenTree::Punct(punct) => (punct.to_string(), false),
            TokenTree::Ident(_) | TokenTree::Literal(_) => (token.to_string(), true),
        };
        if spaced && wide {
            text.push(' ');
        }
        text.push_str(&piece);
        let after =
            matches!(&token, TokenTree::Punct(punct) if [',', '='].contains(&punct.as_char()));
        spaced = wide;
        if after {
            text.push(' ');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser;

    use super::*;
    use crate::errors::messages;

    fn read_all(tokens: TokenStream) -> syn::Result<Vec<Rule>> {
        (|input: ParseStream<'_>| read(&input.call(Ident::parse_any)?, input)).parse2(tokens)
    }

    #[test]
    fn a_permission_stands_for_all_verbs_or_for_one() {
        let rules = read_all(quote!(permissions(
            LoginRequired,
            delete = LoginRequired.and(mine::is_admin),
            create = |cx: &Context<'_>| Ok(()),
        )));
        let rules = rules.expect("they are well formed");
        let named: Vec<bool> = rules.iter().map(|rule| rule.verb.is_some()).collect();
        assert_eq!(named, [false, true, true]);
        let method = method(&rules).expect("a method").to_string();
        assert!(method.contains("\"delete\"") && method.contains(". all (LoginRequired)"));
        assert!(super::method(&[]).is_none());
    }

    #[test]
    fn a_permission_is_called_as_it_is_written() {
        let name = |tokens: TokenStream| name(&syn::parse2(tokens).expect("an expression"));
        assert_eq!(name(quote!(mine::is_admin)).as_deref(), Some("mine::is_admin"));
        assert_eq!(
            name(quote!(HasRole("editor", &[1, 2], is_a))).as_deref(),
            Some("HasRole(\"editor\", &[1, 2], is_a)")
        );
        assert_eq!(name(quote!(Role { at: 3 })).as_deref(), Some("Role { at:3 }"));
        assert_eq!(name(quote!(LoginRequired.and(is_admin))), None);
        assert_eq!(name(quote!(|_: &Context<'_>| Ok(()))), None);
    }

    #[test]
    fn what_is_no_permission_is_told() {
        for tokens in [quote!(permissions = LoginRequired), quote!(permissions)] {
            let error = read_all(tokens).err().expect("a mistake").to_string();
            assert_eq!(error, EXAMPLE);
        }
        assert!(read_all(quote!(permissions(delete = ))).is_err());
        assert!(read_all(quote!(permissions(A B))).is_err());
    }

    #[test]
    fn a_verb_that_there_is_not_is_told() {
        let rules = read_all(quote!(permissions(delet = A, tick = B, delete = C))).expect("rules");
        let mut errors = Errors::default();
        check(&rules, &["tick".to_owned()], &mut errors);
        let messages = messages(errors);
        assert_eq!(messages.len(), 1);
        assert!(messages[0].starts_with("there is no verb `delet`; write one of"), "{messages:?}");
    }
}
