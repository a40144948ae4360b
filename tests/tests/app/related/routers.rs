//! What is told of companies and of what they lead to, in many ways.

use dragon::prelude::*;
use serde_json::json;

use super::models::{address, company, document, staff, tag};

pub struct CompanySerializer;

#[serializer(
    model = company::Entity,
    publish_fields(name, staff_set, size),
    update_fields(name, size),
    related(
        // By its path, as others are by name.
        staff_set = StaffSerializer,
        address = crate::related::routers::AddressSerializer,
        tags = self::TagSerializer
    ),
    views(public(name, address))
)]
impl CompanySerializer {
    fn serialize_label(company: &company::Model) -> String {
        format!("{} ({})", company.name, if company.size > 9 { "large" } else { "small" })
    }

    fn validate(company: &company::ActiveModel) -> Result<(), FieldErrors> {
        let unfit = company.size.try_as_ref().is_some_and(|size| *size > 99)
            && company.name.try_as_ref().is_some_and(|name| name.starts_with("Small"));
        if unfit { Err(FieldErrors::of("size", "Not so small.")) } else { Ok(()) }
    }
}

pub struct StaffSerializer;

#[serializer(
    model = staff::Entity,
    publish_fields(name),
    update_fields(name),
    related(
        company = CompanySerializer,
        mentor = PersonSerializer via staff::Relation::Mentor,
        documents = DocumentSerializer
    )
)]
impl StaffSerializer {
    /// The titles only.
    fn serialize_documents(_: &staff::Model, documents: Json) -> Vec<Json> {
        documents.as_array().into_iter().flatten().map(|one| one["title"].clone()).collect()
    }
}

#[serializer(model = staff::Entity, publish_fields(name))]
pub struct PersonSerializer;

#[serializer(model = document::Entity, publish_fields(title), update_fields(title))]
pub struct DocumentSerializer;

#[serializer(model = address::Entity, publish_fields(street), views(public(street)))]
pub struct AddressSerializer;

#[serializer(model = tag::Entity, publish_fields(label))]
pub struct TagSerializer;

#[serializer(model = company::Entity, publish_fields(name))]
pub struct BriefSerializer;

/// Tags with the companies that have them.
#[serializer(model = tag::Entity, publish_fields(label), related(companies = BriefSerializer))]
pub struct TagSideSerializer;

pub struct TagRouter;

#[router(route = "tag", serializer = TagSideSerializer, include_related())]
impl TagRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

pub struct CompanyRouter;

#[router(
    route = "company",
    serializer = CompanySerializer,
    filter_fields(name),
    order_fields(name),
    include_related()
)]
impl CompanyRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn view(&self, caller: &Caller) -> &'static str {
        if caller.user.as_deref() == Some("guest") { "public" } else { "" }
    }
}

pub struct StaffRouter;

#[router(
    route = "staff",
    serializer = StaffSerializer,
    filter_fields(company_id),
    include_related()
)]
impl StaffRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        Ok(Values::new().with("company_id", cx.arg::<i32>("company_id")?))
    }
}

/// Documents of staff, whole.
#[serializer(model = staff::Entity, publish_fields(name), related(documents = DocumentSerializer))]
pub struct WriterSerializer;

pub struct WriterRouter;

#[router(route = "writer", serializer = WriterSerializer)]
impl WriterRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// Staff with their company, which others have as well.
#[serializer(model = staff::Entity, publish_fields(name), related(company = BriefSerializer))]
pub struct ColleagueSerializer;

pub struct ColleagueRouter;

#[router(route = "colleague", serializer = ColleagueSerializer, filter_fields(name))]
impl ColleagueRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// Companies with all that they lead to, kept true by a subscription.
#[serializer(
    model = company::Entity,
    publish_fields(name),
    related(staff_set = WriterSerializer, address = AddressSerializer, tags = TagSerializer)
)]
pub struct WholeSerializer;

pub struct WholeRouter;

#[router(
    route = "whole",
    serializer = WholeSerializer,
    filter_fields(name, tags__label, staff_set__documents__title)
)]
impl WholeRouter {
    fn scope(&self, caller: &Caller) -> Filter {
        match &caller.user {
            Some(name) => Filter::eq("name", name.as_str()),
            None => Filter::All,
        }
    }
}

/// Documents of staff, and those that they edit: two relations to one model.
#[serializer(
    model = staff::Entity,
    publish_fields(name),
    related(
        documents = DocumentSerializer,
        edited = DocumentSerializer via staff::Relation::Edited
    )
)]
pub struct EditorSerializer;

/// Companies with all documents of their staff.
#[serializer(
    model = company::Entity,
    publish_fields(name),
    related(staff_set = EditorSerializer)
)]
pub struct PressSerializer;

pub struct PressRouter;

#[router(route = "press", serializer = PressSerializer, filter_fields(name))]
impl PressRouter {
    fn scope(&self, caller: &Caller) -> Filter {
        match &caller.user {
            Some(name) => Filter::eq("name", name.as_str()),
            None => Filter::All,
        }
    }
}

#[serializer(model = staff::Entity, publish_fields(name))]
pub struct TopSerializer;

#[serializer(
    model = staff::Entity,
    publish_fields(name),
    related(mentor = TopSerializer via staff::Relation::Mentor)
)]
pub struct MiddleSerializer;

/// Staff with their mentors, and theirs: three kinds of rows, all of one model.
#[serializer(
    model = staff::Entity,
    publish_fields(name),
    related(mentor = MiddleSerializer via staff::Relation::Mentor)
)]
pub struct LadderSerializer;

pub struct LadderRouter;

#[router(route = "ladder", serializer = LadderSerializer)]
impl LadderRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// Companies with their address, which always has one.
#[serializer(
    model = company::Entity,
    publish_fields(name),
    related(address = AddressSerializer)
)]
pub struct HomeSerializer;

pub struct HomeRouter;

#[router(route = "home", serializer = HomeSerializer)]
impl HomeRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// What a serializer with no more than a title tells.
pub fn plain(id: i32, kind: &str, field: &str, text: &str) -> Json {
    json!({ "id": id, "_type": kind, field: text })
}
