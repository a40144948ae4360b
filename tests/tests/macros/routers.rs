//! `#[router]`: the block becomes the impl of the trait, with the facts of the attribute.

use dragon::{
    Caller, Context, Failure, Filter, ModelRouter, Outcome, Serializer, Values, router, serializer,
};

mod item {
    use dragon::SelfPublish;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "todo_item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub todo_list_id: i32,
        pub text: String,
        pub done: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = item::Entity, publish_fields(text, done))]
struct ItemSerializer;

struct ItemRouter;

#[router(
    route = "todo-item",
    serializer = ItemSerializer,
    filter_fields(done, todo_list__id, todo_list_id),
    order_fields(text, id),
)]
impl ItemRouter {
    fn scope(&self, _caller: &Caller) -> Filter {
        self.open()
    }

    fn initial(&self, _cx: &Context<'_>) -> Result<Values, Failure> {
        Ok(Values::new().with("todo_list_id", 7))
    }
}

// What is the router's own stands beside it.
impl ItemRouter {
    fn open(&self) -> Filter {
        Filter::eq("done", false)
    }
}

struct Scoped<P>(P);

/// Documented, and generic over who may see.
#[router(route = "All_2", serializer = ItemSerializer, filter_fields(text))]
impl<P> Scoped<P>
where
    P: Fn(&Caller) -> Filter + Send + Sync + 'static,
{
    fn scope(&self, caller: &Caller) -> Filter {
        (self.0)(caller)
    }

    async fn create(&self, _cx: &mut Context<'_>) -> Outcome {
        Err(Failure::denied())
    }
}

fn facts<R: ModelRouter>(_: &R) -> (&'static str, Vec<&'static str>, Vec<&'static str>) {
    (R::ROUTE, R::FILTER_FIELDS.to_vec(), R::ORDER_FIELDS.to_vec())
}

#[test]
fn the_facts_are_as_written() {
    assert_eq!(
        facts(&ItemRouter),
        ("todo-item", vec!["done", "todo_list__id", "todo_list_id"], vec!["text", "id"])
    );
    assert_eq!(facts(&Scoped(|_: &Caller| Filter::All)), ("All_2", vec!["text"], vec![]));
    assert_eq!(<ItemRouter as ModelRouter>::Serializer::NAME, ItemSerializer::NAME);
}

#[test]
fn the_methods_are_the_blocks() {
    let caller = Caller::anonymous(1);
    assert_eq!(ItemRouter.scope(&caller), Filter::eq("done", false));
    assert_eq!(Scoped(|_: &Caller| Filter::Nothing).scope(&caller), Filter::Nothing);
}
