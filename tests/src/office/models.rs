//! The office's tables: companies with an address, staff and tags; documents of staff.

use dragon::prelude::*;
use sea_orm::{ActiveModelTrait, ConnectionTrait, Schema, Set};

pub mod company {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "company")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        pub staff: HasMany<super::staff::Entity>,
        #[sea_orm(has_one)]
        pub address: HasOne<super::address::Entity>,
        #[sea_orm(has_many, via = "company_tag")]
        pub tags: HasMany<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod staff {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "staff")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub company_id: i32,
        #[sea_orm(belongs_to, from = "company_id", to = "id", on_delete = "Cascade")]
        pub company: HasOne<super::company::Entity>,
        #[sea_orm(has_many)]
        pub documents: HasMany<super::document::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

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
        #[sea_orm(belongs_to, from = "staff_id", to = "id", on_delete = "Cascade")]
        pub staff: HasOne<super::staff::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

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

pub mod tag {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub label: String,
        #[sea_orm(has_many, via = "company_tag")]
        pub companies: HasMany<super::company::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod company_tag {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "company_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag_id: i32,
        #[sea_orm(belongs_to, from = "company_id", to = "id", on_delete = "Cascade")]
        pub company: HasOne<super::company::Entity>,
        #[sea_orm(belongs_to, from = "tag_id", to = "id", on_delete = "Cascade")]
        pub tag: HasOne<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Makes the tables and their first rows, as the README of the transcripts lists them.
///
/// # Errors
/// When the database is not empty.
pub(super) async fn seed(db: &DatabaseConnection) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(company::Entity),
        schema.create_table_from_entity(staff::Entity),
        schema.create_table_from_entity(document::Entity),
        schema.create_table_from_entity(address::Entity),
        schema.create_table_from_entity(tag::Entity),
        schema.create_table_from_entity(company_tag::Entity),
    ] {
        db.execute(&table).await?;
    }
    for name in ["Acme", "Best"] {
        let row = company::ActiveModel { name: Set(name.to_owned()), ..Default::default() };
        row.insert(db).await?;
    }
    for (name, company) in [("Ann", 1), ("Bob", 1), ("Carl", 2)] {
        let (name, company_id) = (Set(name.to_owned()), Set(company));
        staff::ActiveModel { name, company_id, ..Default::default() }.insert(db).await?;
    }
    for (title, staff) in [("Plan", 1), ("Notes", 3)] {
        let (title, staff_id) = (Set(title.to_owned()), Set(staff));
        document::ActiveModel { title, staff_id, ..Default::default() }.insert(db).await?;
    }
    let (street, company_id) = (Set("Main Street".to_owned()), Set(1));
    address::ActiveModel { street, company_id, ..Default::default() }.insert(db).await?;
    for label in ["green", "small"] {
        let row = tag::ActiveModel { label: Set(label.to_owned()), ..Default::default() };
        row.insert(db).await?;
    }
    let pair = company_tag::ActiveModel { company_id: Set(2), tag_id: Set(2) };
    company_tag::Entity::insert(pair).exec_without_returning(db).await?;
    Ok(())
}
