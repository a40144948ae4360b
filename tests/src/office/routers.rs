//! What the office tells, and to whom.

use dragon::AppBuilder;
use dragon::prelude::*;
use serde_json::{Map, json};

use super::models::{address, company, document, staff, tag};

#[serializer(model = staff::Entity, publish_fields(name), update_fields(name, company_id))]
struct StaffSerializer;

#[serializer(
    model = company::Entity,
    publish_fields(name),
    update_fields(name),
    related(staff_set = StaffSerializer)
)]
struct CompanySerializer;

#[serializer(model = tag::Entity, publish_fields(label))]
struct TagSerializer;

#[serializer(
    model = company::Entity,
    publish_fields(name),
    update_fields(tags),
    related(tags = TagSerializer)
)]
struct TaggedSerializer;

#[serializer(model = company::Entity, publish_fields(name))]
struct BriefSerializer;

#[serializer(model = tag::Entity, publish_fields(label), related(companies = BriefSerializer))]
struct LabelSerializer;

struct CompanyRouter;

#[router(route = "company", serializer = CompanySerializer, filter_fields(id))]
impl CompanyRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct StaffRouter;

#[router(
    route = "staff",
    serializer = StaffSerializer,
    order_fields(name),
    paginate_by = 2
)]
impl StaffRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    /// What each reply tells beside.
    fn client_context(&self, verb: &str, _: &Context<'_>) -> Map<String, Json> {
        [("asked".to_owned(), json!(verb))].into_iter().collect()
    }
}

struct TaggedRouter;

#[router(route = "tagged", serializer = TaggedSerializer, include_related())]
impl TaggedRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    /// Tags are everybody's.
    fn tie_scope(&self, _: &Caller, relation: &str) -> Filter {
        if relation == "tags" { Filter::All } else { Filter::Nothing }
    }
}

struct LabelRouter;

#[router(route = "label", serializer = LabelSerializer, include_related())]
impl LabelRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct GuardedRouter;

#[router(route = "guarded", serializer = TagSerializer, permissions(LoginRequired))]
impl GuardedRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

#[serializer(model = document::Entity, publish_fields(title), update_fields(title, staff_id))]
struct DocumentSerializer;

#[serializer(model = address::Entity, publish_fields(street), update_fields(street, company_id))]
struct AddressSerializer;

#[serializer(
    model = staff::Entity,
    publish_fields(name),
    related(documents = DocumentSerializer)
)]
struct WriterSerializer;

#[serializer(
    model = company::Entity,
    publish_fields(name),
    related(staff_set = WriterSerializer, address = AddressSerializer)
)]
struct WholeSerializer;

struct DocumentRouter;

#[router(route = "document", serializer = DocumentSerializer)]
impl DocumentRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct AddressRouter;

#[router(route = "address", serializer = AddressSerializer)]
impl AddressRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct WholeRouter;

/// Two levels down: what the staff leads to is covered with it.
#[router(route = "whole", serializer = WholeSerializer, include_related(staff_set, address))]
impl WholeRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// A plain router: verbs of its own, and a channel of no model.
struct ChatRouter;

impl Router for ChatRouter {
    const ROUTE: &'static str = "chat";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        match verb {
            "say" => {
                let text: String = cx.arg("text")?;
                if text.is_empty() {
                    return Err(FieldErrors::of("text", "Say something.").into());
                }
                cx.publish("chatroom", &json!({ "text": text })).await?;
                Ok(Success::of(&json!({ "status": "ok" })))
            }
            "sign" => match &cx.caller.user {
                Some(user) => Ok(Success::of(&json!({ "signed": user }))),
                None => Err(Failure::login_required()),
            },
            _ => Err(cx.unknown_verb(&["say", "sign", "subscribe", "unsubscribe"])),
        }
    }

    fn subscription_channels(&self, _: &Context<'_>) -> Result<Vec<String>, Failure> {
        Ok(vec!["chatroom".to_owned()])
    }
}

/// All of them on the builder of an app.
pub(super) fn register(app: AppBuilder) -> AppBuilder {
    let app = app.router(CompanyRouter).router(StaffRouter).router(TaggedRouter);
    let app = app.router(LabelRouter).router(GuardedRouter).router(WholeRouter);
    app.router(DocumentRouter).router(AddressRouter).router(ChatRouter)
}
