#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity, update_fields(text))]
impl ItemSerializer {
    fn validate_text(&self, text: String) -> Result<String, String> {
        Ok(text)
    }
}

struct ItemSerializer;

fn main() {}
