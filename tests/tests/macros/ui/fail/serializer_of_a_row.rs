#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Model, publish_fields(text))]
struct ItemSerializer;

fn main() {}
