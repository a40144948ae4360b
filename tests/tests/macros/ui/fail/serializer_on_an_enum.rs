#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity)]
enum ItemSerializer {}

fn main() {}
