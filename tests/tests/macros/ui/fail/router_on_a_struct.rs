#[path = "../item.rs"]
mod item;

use dragon::{router, serializer};

#[serializer(model = item::Entity)]
struct ItemSerializer;

#[router(route = "todo-item", serializer = ItemSerializer)]
struct ItemRouter;

fn registered(router: impl dragon::ModelRouter) {
    drop(router);
}

fn main() {
    registered(ItemRouter);
}
