#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity, publish_fields(text), update_fields(text, todo_list))]
struct ItemSerializer;

fn main() {}
