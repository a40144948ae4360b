#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity, publish_fields(txt, done), update_fields(done))]
struct ItemSerializer;

fn main() {}
