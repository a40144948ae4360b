#[path = "../item.rs"]
mod item;

use dragon::{router, serializer};

#[serializer(model = item::Entity)]
struct ItemSerializer;

struct ItemRouter;

#[router(route = "todo-item", serializer = ItemSerializer)]
impl ItemRouter {}

fn registered(router: impl dragon::ModelRouter) {
    drop(router);
}

fn main() {
    registered(ItemRouter);
}
