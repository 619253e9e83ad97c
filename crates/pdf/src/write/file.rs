//! A new file (ISO 32000-2 §7.5): header, objects, one table of cross-references, trailer.

use super::objects::Objects;
use super::serialize::object_bytes;
use crate::object::{Dictionary, Object, PdfString, Reference};

impl Objects {
    /// Those of a new file.
    pub const fn of_new_file() -> Self {
        Self::from(1)
    }

    /// The file: `root` is its catalog, `information` its information dictionary, `id` tells it from others (§14.4).
    pub fn into_file(mut self, root: Reference, information: Reference, id: &[u8]) -> Vec<u8> {
        let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let (places, _) = self.write(0, &mut bytes);
        let start = bytes.len();
        // One section from 0 on, as §7.5.4 wants of files that were never updated; numbers that nothing was set for are free.
        bytes.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f\r\n", self.size()).as_bytes());
        for number in 1..self.size() {
            let place = places.get(&Reference { number, generation: 0 });
            let entry = place.map_or_else(|| "0000000000 65535 f\r\n".into(), |at| format!("{at:010} 00000 n\r\n"));
            bytes.extend_from_slice(entry.as_bytes());
        }
        let mut id = PdfString::new(id);
        id.hexadecimal = true;
        let trailer = Dictionary::default()
            .with("Root", root.into())
            .with("Info", information.into())
            .with("ID", Object::Array(vec![id.clone().into(), id.into()]))
            .with("Size", Object::Integer(self.size().into()));
        bytes.extend_from_slice(b"trailer\n");
        bytes.extend_from_slice(&object_bytes(&trailer.into()));
        bytes.extend_from_slice(format!("\nstartxref\n{start}\n%%EOF\n").as_bytes());
        bytes
    }
}
