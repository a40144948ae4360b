#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity, update_fields(text))]
impl ItemSerializer {
    fn validate_text() -> Result<String, String> {
        Ok(String::new())
    }
}

struct ItemSerializer;

fn main() {}
