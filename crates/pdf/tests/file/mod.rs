//! A PDF from the text of its objects.

use std::fmt::Write as _;

/// A file of these objects, numbered from 1, with a table of cross-references and more in its trailer; the first object is
/// the catalog.
pub(crate) fn file(objects: &[&str], trailer: &str) -> Vec<u8> {
    let mut text = String::from("%PDF-1.7\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f\r\n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        let _ = write!(table, "{:010} 00000 n\r\n", text.len());
        let _ = write!(text, "{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let (start, size) = (text.len(), objects.len() + 1);
    let _ = write!(text, "{table}trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n");
    text.into_bytes()
}
