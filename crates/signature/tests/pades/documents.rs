//! Plain documents to be signed.

#[path = "../../../pdf/tests/file/mod.rs"]
mod pdf;

/// A file of these objects, numbered from 1, with an identifier; the first is the catalog.
pub(crate) fn file(objects: &[&str]) -> Vec<u8> {
    let id = "<00112233445566778899aabbccddeeff>";
    pdf::file(objects, &format!("/ID[{id}{id}]"))
}

/// Two pages; a text field `note` and an empty signature field `approval` on the first.
pub(crate) fn form() -> Vec<u8> {
    file(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R 6 0 R]/DA(/Helv 10 Tf 0 g)/DR<</Font<</Helv 7 0 R>>>>>>>>",
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 595 842]/Resources<</Font<</F 7 0 R>>>>>>",
        "<</Type/Page/Parent 2 0 R/Contents 8 0 R/Annots[5 0 R 6 0 R]>>",
        "<</Type/Page/Parent 2 0 R>>",
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(note)/F 4/Rect[50 600 300 620]/P 3 0 R/V(before)>>",
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(approval)/F 4/Rect[50 500 300 560]/P 3 0 R>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        "<</Length 42>>\nstream\nBT /F 18 Tf 50 750 Td (Contract 1) Tj ET  \nendstream",
    ])
}
