//! The corpus of the fuzz targets, and what fuzzing found, played once each.

use std::fs;
use std::path::Path;

#[allow(unreachable_pub, clippy::expect_used, reason = "it is a crate of its own elsewhere")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

use targets::TARGETS;

#[test]
fn what_the_fuzz_targets_begin_with_harms_nobody() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, target) in TARGETS {
        let folder = corpus.join(name);
        let mut inputs: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(inputs.len() >= 2, "{} has nothing to begin with", folder.display());
        for input in inputs {
            // What fails here is shown by its panic; the name says which it was.
            println!("{}", input.display());
            target(&fs::read(&input).unwrap());
        }
    }
}
