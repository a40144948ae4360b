#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Row, publish_fields(text, text), update(done))]
impl ItemSerializer {
    fn validate_text(&self, text: String) -> Result<String, String> {
        Ok(text)
    }
}

struct ItemSerializer;

fn main() {}
