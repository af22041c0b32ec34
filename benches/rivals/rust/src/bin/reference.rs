//! payflow itself and its yardstick, as its own benchmark runs them, by their names there.

use payflow::bench::subject;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = arguments.first().and_then(|name| subject::named(name));
    let (Some((_, make)), Some(path)) = (named, arguments.get(1)) else {
        eprintln!("usage: reference SUBJECT PATH");
        std::process::exit(2);
    };
    let mut read = make();
    rivals::serve(path, |message| {
        std::hint::black_box(read(message));
        true
    })
}
