//! Changes of all kinds, at random.

use fastrand::Rng;
use sea_orm::prelude::{Expr, Uuid};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set,
};

use crate::related::models::{address, company, company_tag, document, staff, tag};

const NAMES: [&str; 3] = ["red", "green", "blue"];

/// One of them, if there is an entry in the list.
fn one<T: Clone>(dice: &mut Rng, list: &[T]) -> Option<T> {
    if list.is_empty() { None } else { Some(list[dice.usize(..list.len())].clone()) }
}

fn word(dice: &mut Rng) -> String {
    format!("w{}", dice.u16(..))
}

/// Makes a change, if what it needs is there.
pub async fn change<C: ConnectionTrait>(db: &C, dice: &mut Rng) {
    match dice.u8(0..10) {
        0 | 1 => of_company(db, dice).await,
        2..=4 => of_staff(db, dice).await,
        5 | 6 => of_document(db, dice).await,
        7 => of_address(db, dice).await,
        _ => of_tag(db, dice).await,
    };
}

async fn companies<C: ConnectionTrait>(db: &C) -> Vec<i32> {
    let found = company::Entity::find().order_by_asc(company::Column::Id).all(db).await.unwrap();
    found.into_iter().map(|row| row.id).collect()
}

async fn people<C: ConnectionTrait>(db: &C) -> Vec<i32> {
    let found = staff::Entity::find().order_by_asc(staff::Column::Id).all(db).await.unwrap();
    found.into_iter().map(|row| row.id).collect()
}

/// `None` where a row is missing that the change would be about.
async fn of_company<C: ConnectionTrait>(db: &C, dice: &mut Rng) -> Option<()> {
    let all = companies(db).await;
    let name = NAMES[dice.usize(..3)];
    match dice.u8(0..10) {
        _ if all.len() < 3 => create_company(db, name).await,
        0..=2 if all.len() < 8 => create_company(db, name).await,
        0..=6 => {
            let rename = company::Entity::update_many()
                .col_expr(company::Column::Name, Expr::value(name))
                .filter(company::Column::Id.eq(one(dice, &all)?));
            rename.exec(db).await.unwrap();
        }
        7 => {
            let rename = company::Entity::update_many()
                .col_expr(company::Column::Name, Expr::value(name))
                .filter(company::Column::Name.eq(NAMES[dice.usize(..3)]));
            rename.exec(db).await.unwrap();
        }
        _ => {
            company::Entity::delete_by_id(one(dice, &all)?).exec(db).await.unwrap();
        }
    }
    Some(())
}

async fn create_company<C: ConnectionTrait>(db: &C, name: &str) {
    let row = company::ActiveModel { name: Set(name.to_owned()), ..Default::default() };
    row.insert(db).await.unwrap();
}

async fn of_staff<C: ConnectionTrait>(db: &C, dice: &mut Rng) -> Option<()> {
    let (all, holders) = (people(db).await, companies(db).await);
    let holder = if dice.u8(0..8) == 0 { None } else { one(dice, &holders) };
    let held_by = |id: i32| staff::Column::CompanyId.eq(id);
    let update = staff::Entity::update_many();
    match dice.u8(0..10) {
        0..=2 => {
            let name = Set(word(dice));
            let row = staff::ActiveModel { name, company_id: Set(holder), ..Default::default() };
            row.insert(db).await.unwrap();
        }
        3..=5 => {
            let update = update.col_expr(staff::Column::CompanyId, Expr::value(holder));
            update.filter(staff::Column::Id.eq(one(dice, &all)?)).exec(db).await.unwrap();
        }
        6 => {
            let update = update.col_expr(staff::Column::CompanyId, Expr::value(holder));
            update.filter(held_by(one(dice, &holders)?)).exec(db).await.unwrap();
        }
        7 | 8 => {
            let update = update.col_expr(staff::Column::Name, Expr::value(word(dice)));
            update.filter(staff::Column::Id.eq(one(dice, &all)?)).exec(db).await.unwrap();
        }
        _ => {
            staff::Entity::delete_by_id(one(dice, &all)?).exec(db).await.unwrap();
        }
    }
    Some(())
}

async fn of_document<C: ConnectionTrait>(db: &C, dice: &mut Rng) -> Option<()> {
    let holder = one(dice, &people(db).await)?;
    let all = document::Entity::find().order_by_asc(document::Column::Id).all(db).await.unwrap();
    let some = one(dice, &all);
    let update = document::Entity::update_many();
    let editor = if dice.bool() { one(dice, &people(db).await) } else { None };
    match dice.u8(0..12) {
        0..=3 => {
            let (title, staff_id) = (Set(word(dice)), Set(holder));
            let editor_id = Set(editor);
            let row = document::ActiveModel { title, staff_id, editor_id, ..Default::default() };
            row.insert(db).await.unwrap();
        }
        9 | 10 => {
            let update = update.col_expr(document::Column::EditorId, Expr::value(editor));
            update.filter(document::Column::Id.eq(some?.id)).exec(db).await.unwrap();
        }
        11 => {
            // Who edited them writes them now, and the other way round.
            let update = update
                .col_expr(document::Column::StaffId, Expr::value(editor?))
                .col_expr(document::Column::EditorId, Expr::value(holder));
            update.filter(document::Column::StaffId.eq(holder)).exec(db).await.unwrap();
        }
        4 | 5 => {
            let update = update.col_expr(document::Column::StaffId, Expr::value(holder));
            update.filter(document::Column::Id.eq(some?.id)).exec(db).await.unwrap();
        }
        6 => {
            let update = update.col_expr(document::Column::Title, Expr::value(word(dice)));
            update.filter(document::Column::Id.eq(some?.id)).exec(db).await.unwrap();
        }
        7 => {
            document::Entity::delete_by_id(some?.id).exec(db).await.unwrap();
        }
        _ => {
            let held = document::Column::StaffId.eq(holder);
            document::Entity::delete_many().filter(held).exec(db).await.unwrap();
        }
    }
    Some(())
}

async fn of_address<C: ConnectionTrait>(db: &C, dice: &mut Rng) -> Option<()> {
    let all = address::Entity::find().order_by_asc(address::Column::Id).all(db).await.unwrap();
    let mut free = companies(db).await;
    free.retain(|id| all.iter().all(|address| address.company_id != *id));
    let (some, street) = (one(dice, &all), Set(word(dice)));
    match dice.u8(0..7) {
        0..=2 => {
            let company_id = Set(one(dice, &free)?);
            let row = address::ActiveModel { street, company_id, ..Default::default() };
            row.insert(db).await.unwrap();
        }
        3 => {
            let row = address::ActiveModel { street, ..some?.into() };
            row.update(db).await.unwrap();
        }
        4 => {
            let company_id = Set(one(dice, &free)?);
            let row = address::ActiveModel { company_id, ..some?.into() };
            row.update(db).await.unwrap();
        }
        5 => {
            // Two companies exchange theirs, by way of one that has none.
            let (some, other, free) = (some?, one(dice, &all)?, one(dice, &free)?);
            if some.id != other.id {
                let places =
                    [(some.id, free), (other.id, some.company_id), (some.id, other.company_id)];
                for (id, company) in places {
                    let row = address::ActiveModel {
                        id: Set(id),
                        company_id: Set(company),
                        ..Default::default()
                    };
                    row.update(db).await.unwrap();
                }
            }
        }
        _ => {
            address::Entity::delete_by_id(some?.id).exec(db).await.unwrap();
        }
    }
    Some(())
}

async fn of_tag<C: ConnectionTrait>(db: &C, dice: &mut Rng) -> Option<()> {
    let all = tag::Entity::find().order_by_asc(tag::Column::Id).all(db).await.unwrap();
    let pairs = company_tag::Entity::find()
        .order_by_asc(company_tag::Column::CompanyId)
        .order_by_asc(company_tag::Column::TagId);
    let pairs = pairs.all(db).await.unwrap();
    let some = one(dice, &all);
    let has = |company_id, tag_id| pairs.contains(&company_tag::Model { company_id, tag_id });
    let company = one(dice, &companies(db).await)?;
    match dice.u8(0..14) {
        _ if all.len() < 2 => create_tag(db, dice).await,
        0 if all.len() < 6 => create_tag(db, dice).await,
        0 | 1 => {
            let row = tag::ActiveModel { label: Set(word(dice)), ..some?.into() };
            row.update(db).await.unwrap();
        }
        2 => {
            tag::Entity::delete_by_id(some?.id).exec(db).await.unwrap();
        }
        3..=7 => {
            let tag = some?.id;
            if !has(company, tag) {
                let pair = company_tag::ActiveModel { company_id: Set(company), tag_id: Set(tag) };
                company_tag::Entity::insert(pair).exec_without_returning(db).await.unwrap();
            }
        }
        8..=10 => {
            let pair = one(dice, &pairs)?;
            let key = (pair.company_id, pair.tag_id);
            company_tag::Entity::delete_by_id(key).exec(db).await.unwrap();
        }
        11 | 12 => {
            let pair = one(dice, &pairs)?;
            if !has(company, pair.tag_id) {
                let update = company_tag::Entity::update_many()
                    .col_expr(company_tag::Column::CompanyId, Expr::value(company))
                    .filter(company_tag::Column::CompanyId.eq(pair.company_id))
                    .filter(company_tag::Column::TagId.eq(pair.tag_id));
                update.exec(db).await.unwrap();
            }
        }
        _ => {
            let of = company_tag::Column::CompanyId.eq(company);
            company_tag::Entity::delete_many().filter(of).exec(db).await.unwrap();
        }
    }
    Some(())
}

async fn create_tag<C: ConnectionTrait>(db: &C, dice: &mut Rng) {
    let row = tag::ActiveModel { id: Set(Uuid::from_u128(dice.u128(..))), label: Set(word(dice)) };
    row.insert(db).await.unwrap();
}
