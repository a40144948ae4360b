#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(publish_fields(text))]
struct ItemSerializer;

fn main() {}
