#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity, publish_fields(text, done, text))]
struct ItemSerializer;

fn main() {}
