//! PDFs: every object is read, every stream decoded, each revision opened; a plain update is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_pdf::{Append, Limits, Location, Object, Pdf, PdfString, Reference, Update};

fuzz_target!(|data: &[u8]| {
    let bytes = data.to_vec();
    let limits = Limits { entries: 10_000, decoded_bytes: 1 << 20, kept_bytes: 1 << 20, ..Limits::default() };
    let Ok(pdf) = Pdf::open(&bytes, limits) else { return };
    for (number, location) in pdf.locations() {
        let generation = if let Location::At { generation, .. } = location { generation } else { 0 };
        if let Ok(object) = pdf.get(Reference { number, generation })
            && let Some(stream) = object.stream()
        {
            let _ = pdf.decode(stream);
        }
    }
    let _ = pdf.pages();
    for revision in pdf.revisions().unwrap_or_default() {
        assert!(revision.end <= bytes.len() as u64);
        let _ = Pdf::open_prefix(&bytes, revision.end, limits);
    }
    let Ok(mut update) = Update::new(&pdf) else { return };
    let text = Object::String(PdfString::text("ສະບາຍດີ"));
    let added = update.add(Append::Object(text.clone()));
    if added.number > 10_000_000 {
        return;
    }
    let Ok(written) = update.write() else { return };
    let updated = [bytes.as_slice(), &written.bytes].concat();
    if let Ok(again) = Pdf::open(&updated, Limits::default()) {
        assert!(again.repair().is_some() || again.get(added).is_ok_and(|found| *found == text));
    }
});
