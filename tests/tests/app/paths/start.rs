//! What of a path can be wrong before an app serves.

use dragon::AppBuilder;
use dragon::prelude::*;
use dragon_tests::Database;

use super::{BoardRouter, CardRouter, CardSerializer, owner};

crate::both!(a_table_on_a_path_must_be_registered, a_path_that_leads_nowhere_stops_the_start,);

async fn refused(database: &Database, configure: impl FnOnce(AppBuilder) -> AppBuilder) -> String {
    let db = dragon::connect(&database.url).await.unwrap();
    let app = configure(App::builder("paths").database(db).create_tables());
    app.start().await.unwrap_err().to_string()
}

async fn a_table_on_a_path_must_be_registered(database: Database) {
    let sentence = refused(&database, |app| app.router(BoardRouter).router(CardRouter)).await;
    for part in ["route `board`", "`owner__name`", "the table `owner`", ".model::<…>()"] {
        assert!(sentence.contains(part), "{sentence}");
    }
}

macro_rules! routers {
    ($($name:ident: $fields:expr;)+) => {$(
        struct $name;

        impl ModelRouter for $name {
            const ROUTE: &'static str = "card";
            type Serializer = CardSerializer;
            const FILTER_FIELDS: &'static [&'static str] = &$fields;

            fn scope(&self, _: &Caller) -> Filter {
                Filter::All
            }
        }
    )+};
}

routers! {
    Misspelt: ["board__owner__nmae"];
    NoSuchRelation: ["bored__name"];
    NoSuchField: ["board__owner__name", "board__picture"];
}

async fn a_path_that_leads_nowhere_stops_the_start(database: Database) {
    let with = |app: AppBuilder| app.model::<owner::Entity>().router(BoardRouter);
    let sentence = refused(&database, |app| with(app).router(Misspelt)).await;
    for part in ["`board__owner__nmae`", "`owner` has no field `nmae`", "id, name"] {
        assert!(sentence.contains(part), "{sentence}");
    }
    let sentence = refused(&database, |app| with(app).router(NoSuchRelation)).await;
    for part in ["`card` has no field `bored__name`", "board__…"] {
        assert!(sentence.contains(part), "{sentence}");
    }
    let sentence = refused(&database, |app| with(app).router(NoSuchField)).await;
    assert!(sentence.contains("`board` has no field `picture`"), "{sentence}");
}
