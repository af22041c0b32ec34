//! What the fuzzer found worth keeping, once more: every input of `fuzz/corpus` through the check of its target.

#![cfg(all(feature = "cli", feature = "sqlite"))]

#[path = "../fuzz/checks.rs"]
mod checks;

use std::fs;
use std::path::Path;

#[test]
fn every_kept_input_passes_its_check() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, check) in checks::CHECKS {
        let folder = corpus.join(name);
        let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut count = 0;
        for file in files {
            let file = file.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
            let input = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            println!("{name} {}", file.display());
            check(&input);
            count += 1;
        }
        assert!(count > 0, "{} is empty", folder.display());
    }
}
