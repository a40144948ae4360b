//! Companies with staff, a boss, tags and an address; documents of staff.

use dragon::prelude::*;
use serde_json::json;

/// Companies, in the dense format.
pub mod company {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "company")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(default_value = 0)]
        pub size: i32,
        #[sea_orm(has_many)]
        pub staff: HasMany<super::staff::Entity>,
        #[sea_orm(has_one)]
        pub address: HasOne<super::address::Entity>,
        #[sea_orm(has_many, via = "company_tag")]
        pub tags: HasMany<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Staff, who may have a mentor among them.
pub mod staff {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "staff")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(default_value = 0)]
        pub salary: i32,
        pub company_id: Option<i32>,
        pub mentor_id: Option<i32>,
        #[sea_orm(belongs_to, from = "company_id", to = "id", on_delete = "Cascade")]
        pub company: HasOne<super::company::Entity>,
        #[sea_orm(self_ref, relation_enum = "Mentor", from = "mentor_id", to = "id")]
        pub mentor: HasOne<Entity>,
        #[sea_orm(has_many, relation_enum = "Documents", via_rel = "Staff")]
        pub documents: HasMany<super::document::Entity>,
        #[sea_orm(has_many, relation_enum = "Edited", via_rel = "Editor")]
        pub edited: HasMany<super::document::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    /// Of two relations the one that is meant where none is named.
    impl Related<super::document::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Documents.def()
        }
    }
}

/// Documents of staff, whom others may help.
pub mod document {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "document")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub staff_id: i32,
        pub editor_id: Option<i32>,
        #[sea_orm(
            belongs_to,
            relation_enum = "Staff",
            from = "staff_id",
            to = "id",
            on_delete = "Cascade"
        )]
        pub staff: HasOne<super::staff::Entity>,
        #[sea_orm(
            belongs_to,
            relation_enum = "Editor",
            from = "editor_id",
            to = "id",
            on_delete = "SetNull"
        )]
        pub editor: HasOne<super::staff::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    /// Of two relations the one that is meant where none is named.
    impl Related<super::staff::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Staff.def()
        }
    }
}

/// One address for a company.
pub mod address {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "address")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub street: String,
        #[sea_orm(unique)]
        pub company_id: i32,
        #[sea_orm(belongs_to, from = "company_id", to = "id", on_delete = "Cascade")]
        pub company: HasOne<super::company::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Tags, whose keys are UUIDs.
pub mod tag {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub label: String,
        #[sea_orm(has_many, via = "company_tag")]
        pub companies: HasMany<super::company::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Which tags a company has: a table of pairs, which publishes nothing itself.
pub mod company_tag {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "company_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag_id: Uuid,
        #[sea_orm(belongs_to, from = "company_id", to = "id", on_delete = "Cascade")]
        pub company: HasOne<super::company::Entity>,
        #[sea_orm(belongs_to, from = "tag_id", to = "id", on_delete = "Cascade")]
        pub tag: HasOne<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub struct CompanySerializer;

#[serializer(
    model = company::Entity,
    publish_fields(name, staff_set, size),
    update_fields(name, size),
    related(
        // By its path, as others are by name.
        staff_set = StaffSerializer,
        address = crate::related::models::AddressSerializer,
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
