//! Files made to keep a reader busy, and updates as another program sees them.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::ptr_arg, reason = "tests; a `Source` is a `Vec`")]

mod file;

use file::file;
use mekong_pdf::{Append, Dictionary, Limits, Object, Pdf, PdfError, PdfString, Reference, Update};
use std::process::Command;

const PLAIN: [&str; 3] = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>",
];

fn open(bytes: &Vec<u8>) -> Pdf<'_> {
    Pdf::open(bytes, Limits::default()).expect("opens")
}

const fn one(number: u32) -> Reference {
    Reference { number, generation: 0 }
}

#[test]
fn chains_of_sections_that_lead_back_end() {
    let bytes = file(&PLAIN, "");
    let start = String::from_utf8_lossy(&bytes).rfind("xref\n0").expect("a table");
    let looped = file(&PLAIN, &format!("/Prev {start}"));
    assert_eq!(open(&looped).pages().map(|pages| pages.len()), Ok(1));
}

#[test]
fn page_trees_that_lead_back_are_refused() {
    let bytes = file(&[PLAIN[0], "<</Type/Pages/Kids[2 0 R]/Count 1>>"], "");
    assert!(matches!(open(&bytes).pages(), Err(PdfError::Malformed { .. })));
}

#[test]
fn lengths_that_need_themselves_end() {
    let bytes = file(&[PLAIN[0], "<</Length 2 0 R>>\nstream\nabc\nendstream"], "");
    let pdf = open(&bytes);
    assert!(matches!(pdf.get(one(2)), Err(PdfError::Limit { .. })));
    let bytes = file(&[PLAIN[0], "2 0 R", "3 0 R"], "");
    assert!(matches!(open(&bytes).resolve(&Object::Reference(one(2))), Err(PdfError::Limit { .. })));
}

#[test]
fn depth_has_a_limit() {
    let deep = "[".repeat(100_000);
    let bytes = file(&[PLAIN[0], &deep], "");
    assert!(matches!(open(&bytes).get(one(2)), Err(PdfError::Limit { .. })));
}

#[test]
fn a_wrong_length_gives_what_stands_before_endstream() {
    let bytes = file(&[PLAIN[0], "<</Length 1>>\nstream\nabc\nendstream"], "");
    let pdf = open(&bytes);
    let object = pdf.get(one(2)).expect("read");
    assert_eq!(object.stream().map(|stream| pdf.decode(stream)), Some(Ok(b"abc".to_vec())));
}

#[test]
fn strings_know_their_place() {
    let bytes = file(&[PLAIN[0], r"<</A<48 656c6C>/B(a\(b\)\\\101\n(c))/A 1>>"], "");
    let object = open(&bytes).get(one(2)).expect("read");
    let dictionary = object.dictionary().expect("a dictionary");
    let place = |key: &str| dictionary.get(key).and_then(Object::string).map(|string| string.place.clone());
    assert_eq!(dictionary.twice.as_deref(), Some(b"A".as_slice()));
    assert_eq!(dictionary.get("B").and_then(Object::string).map(PdfString::to_text).as_deref(), Some("a(b)\\A\n(c)"));
    let place = place("B").expect("a string");
    assert_eq!(&bytes[place.start as usize..place.end as usize], br"(a\(b\)\\\101\n(c))");
}

#[test]
fn broken_cross_references_are_searched_for_and_reported() {
    let mut bytes = file(&PLAIN, "");
    assert_eq!(open(&bytes).repair(), None);
    let at = bytes.windows(9).position(|window| window == b"startxref").expect("there");
    bytes.splice(at.., *b"startxref\n7\n%%EOF");
    let pdf = open(&bytes);
    assert_eq!(pdf.repair().map(|repair| repair.objects), Some(3));
    assert_eq!(pdf.pages().map(|pages| pages.len()), Ok(1));
    assert!(Update::new(&pdf).is_err());
}

#[test]
fn encrypted_files_are_recognised() {
    let bytes = file(&PLAIN, "/Encrypt<</Filter/Standard>>");
    let pdf = open(&bytes);
    assert!(pdf.is_encrypted() && matches!(Update::new(&pdf), Err(PdfError::Encrypted(_))));
}

/// Updates a file: a new title, a stream, a string of any bytes.
fn update(bytes: &Vec<u8>) -> Vec<u8> {
    let pdf = open(bytes);
    let mut update = Update::new(&pdf).expect("can be updated");
    let stream = update.add(Append::Stream(Dictionary::default(), b"0 0 m".to_vec()));
    let text = update.add(Append::Object(PdfString::text("ສະບາຍດີ (xin chào)").into()));
    let mut page = update.current(one(3)).expect("read").dictionary().cloned().expect("a dictionary");
    page.set("Contents", stream.into());
    page.set("Odd name/#", text.into());
    update.set(one(3), Append::Object(page.into()));
    let written = update.write().expect("in memory");
    [bytes.as_slice(), &written.bytes].concat()
}

#[test]
fn updates_keep_what_was_and_are_read_by_qpdf() {
    let bytes = file(&PLAIN, "");
    let mut updated = update(&update(&bytes));
    check_update(&bytes, &updated);
    // The same over a stream of cross-references: qpdf writes such a file.
    let folder = std::env::temp_dir().join(format!("mekong-pdf-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (plain, packed) = (folder.join("plain.pdf"), folder.join("packed.pdf"));
    std::fs::write(&plain, &bytes).expect("written");
    let done = Command::new("qpdf").arg("--object-streams=generate").arg(&plain).arg(&packed).status();
    if done.is_ok_and(|status| status.success()) {
        let packed = std::fs::read(&packed).expect("readable");
        let pdf = open(&packed);
        assert!(pdf.uses_xref_streams());
        let page = pdf.pages().expect("pages")[0].reference().expect("a reference");
        let mut change = Update::new(&pdf).expect("can be updated");
        let contents = change.add(Append::Stream(Dictionary::default(), b"0 0 m".to_vec()));
        let page_now = change.current(page).expect("read").dictionary().cloned().expect("a dictionary");
        change.set(page, Append::Object(page_now.with("Contents", contents.into()).into()));
        updated = [packed.as_slice(), &change.write().expect("in memory").bytes].concat();
        check_update(&packed, &updated);
    } else {
        println!("skipped: no qpdf");
    }
    let _ = std::fs::remove_dir_all(folder);
}

fn check_update(before: &[u8], after: &Vec<u8>) {
    assert!(after.starts_with(before));
    let pdf = open(after);
    assert_eq!(pdf.repair(), None);
    let page = pdf.pages().expect("pages")[0].dictionary(&pdf).expect("read");
    let contents = pdf.value(&page, "Contents").expect("read");
    assert_eq!(contents.stream().map(|stream| pdf.decode(stream)), Some(Ok(b"0 0 m".to_vec())));
    let revisions = pdf.revisions().expect("in memory");
    assert!(revisions.len() > 1 && revisions.last().map(|r| r.end) == Some(after.len() as u64), "{revisions:?}");
    let first = Pdf::open_prefix(after, revisions[0].end, Limits::default()).expect("opens");
    assert!(!first.pages().expect("pages")[0].dictionary(&first).expect("read").has("Contents"));
    let path = std::env::temp_dir().join(format!("mekong-pdf-{}-{}.pdf", std::process::id(), after.len()));
    std::fs::write(&path, after).expect("written");
    if let Ok(output) = Command::new("qpdf").arg("--check").arg(&path).output() {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let _ = std::fs::remove_file(path);
}
