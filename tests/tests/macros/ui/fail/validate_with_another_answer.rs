#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity, update_fields(text))]
impl ItemSerializer {
    fn validate_text(text: String) -> bool {
        !text.is_empty()
    }
}

struct ItemSerializer;

fn main() {}
