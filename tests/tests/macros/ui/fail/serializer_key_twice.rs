#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity, publish_fields(text), publish_fields(done))]
struct ItemSerializer;

fn main() {}
