#[derive(dragon::SelfPublish)]
struct Item {
    id: i32,
}

fn main() {}
