//! Companies with staff, a boss, tags and an address; documents of staff.

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
