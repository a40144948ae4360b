#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity, update_fields(done), adds(done))]
struct ItemSerializer;

fn main() {}
