#[path = "../item.rs"]
mod item;

use dragon::Caller;
use dragon::{Filter, router, serializer};

#[serializer(model = item::Entity)]
struct ItemSerializer;

struct ItemRouter;

#[router(route = "todo-item", serializer = ItemSerializer, permissions(dragon::router::LoginRequired))]
impl ItemRouter {
    fn scope(&self, _caller: &Caller) -> Filter {
        Filter::All
    }

    fn permissions(&self) -> dragon::router::Permissions {
        dragon::router::Permissions::none()
    }
}

fn registered(router: impl dragon::ModelRouter) {
    drop(router);
}

fn main() {
    registered(ItemRouter);
}
