//! What a first start finds: two lists with a few items.

use dragon::prelude::*;
use sea_orm::Set;

use crate::{todo_item, todo_list};

/// Two lists with a few items, unless there are lists already.
pub async fn seed(db: &DatabaseConnection) -> Result<(), DbErr> {
    if todo_list::Entity::find().one(db).await?.is_some() {
        return Ok(());
    }
    let seeds = [
        ("Groceries", "For Saturday", vec![("Milk", false), ("Bread", true), ("Apples", false)]),
        ("Work", "This week", vec![("Write the report", false), ("Call the bank", false)]),
    ];
    for (name, description, items) in seeds {
        let (name, description) = (Set(name.to_owned()), Set(description.to_owned()));
        let list = todo_list::ActiveModel { name, description, ..Default::default() };
        let todo_list_id = list.insert(db).await?.id;
        for (text, done) in items {
            let (text, done) = (Set(text.to_owned()), Set(done));
            let item = todo_item::ActiveModel {
                todo_list_id: Set(todo_list_id),
                text,
                done,
                ..Default::default()
            };
            item.insert(db).await?;
        }
    }
    Ok(())
}
