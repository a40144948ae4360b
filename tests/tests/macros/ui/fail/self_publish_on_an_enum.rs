#[derive(dragon::SelfPublish)]
enum Model {
    Open,
    Done,
}

fn main() {}
