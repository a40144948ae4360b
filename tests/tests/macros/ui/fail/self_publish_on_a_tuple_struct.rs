#[derive(dragon::SelfPublish)]
struct Model(i32, String);

fn main() {}
