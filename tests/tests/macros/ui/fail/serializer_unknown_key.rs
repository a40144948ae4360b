#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity, fields(text))]
struct ItemSerializer;

fn main() {}
