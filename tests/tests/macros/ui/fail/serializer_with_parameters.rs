#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity)]
struct ItemSerializer<T>(T);

fn main() {}
