//! Shares of a root as custodians type them: a share that is read is written as the same line, slips are caught, and fewer
//! or foreign shares open nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_authority::AuthorityError;
use mekong_authority::ceremony::{Root, Share};
use mekong_crypto::DigestAlgorithm;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The folder of a root whose key is not there.
fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("mekong-fuzz-share-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("room for a folder");
        let files = [
            ("root.json", &include_bytes!("../fixtures/share/root.json")[..]),
            ("root.cer", include_bytes!("../fixtures/share/root.cer")),
        ];
        files.iter().for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes).expect("room for a file"));
        folder
    })
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut shares = Vec::new();
    for line in text.lines().take(40) {
        let typed = Share::from_line(line);
        if let Ok(share) = &typed {
            let mut slip = share.to_line().to_string();
            slip.replace_range(slip.len() - 1.., if slip.ends_with('0') { "1" } else { "0" });
            assert!(Share::from_line(&slip).is_err(), "{slip}");
        }
        // The check digits put right, to come further.
        let right = Share::from_line(&checked(line));
        shares.extend(typed.or(right));
    }
    for share in &shares {
        let line = share.to_line();
        let again = Share::from_line(&line).expect("what was printed is read");
        assert_eq!((again.to_line().as_str(), again.number()), (line.as_str(), share.number()));
        assert!(share.number() > 0, "{share:?}");
    }
    match Root::open(folder(), &shares) {
        Err(AuthorityError::Quorum(_) | AuthorityError::Token(_)) => {}
        other => panic!("{other:?}"),
    }
});

/// The line with the check digits that belong to it.
fn checked(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, numbers, rest @ .., _] = words.as_slice() else { return line.to_owned() };
    let body = format!("MEKONG-SHARE-1 {numbers} {}", rest.join(" ").to_ascii_lowercase());
    let digest = DigestAlgorithm::Sha256.digest(body.as_bytes());
    format!("{body} {}", mekong_fuzz::judged::hex(&digest.as_ref()[..2]))
}
