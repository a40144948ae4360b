#[path = "../item.rs"]
mod item;

use dragon::serializer;

#[serializer(model = item::Entity, update_fields(text))]
impl ItemSerializer {
    fn validate_done(done: bool) -> Result<bool, String> {
        Ok(done)
    }
}

struct ItemSerializer;

fn main() {}
