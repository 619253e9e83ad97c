//! Forms that are sent to the validator: at most so many parts, each inside the form and in its order, and no part goes on
//! past a delimiter.
#![no_main]

#[path = "../../crates/mekong/src/serving/multipart.rs"]
mod form;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (head, body) = data.iter().position(|b| *b == b'\n').map_or((data, &[][..]), |at| data.split_at(at));
    let body = body.get(1..).unwrap_or_default().to_vec();
    let media_type = String::from_utf8_lossy(head);
    let Ok(Some(boundary)) = form::boundary(&media_type) else { return };
    let parts = match form::parts(&body, &boundary) {
        Ok(parts) => parts,
        Err(form::FormError::Malformed(reason)) => return assert!(!reason.is_empty()),
        Err(form::FormError::Unreadable(error)) => panic!("{error}: these bytes are in memory"),
    };
    let delimiter = format!("\r\n--{boundary}");
    let mut end = 0;
    for part in &parts {
        assert!(end <= part.content.start && part.content.start <= part.content.end, "{parts:?}");
        end = part.content.end;
        let content = &body[part.content.start as usize..end as usize];
        let mut windows = content.windows(delimiter.len());
        assert!(!windows.any(|window| window == delimiter.as_bytes()), "{parts:?}");
        let _ = (&part.name, &part.file_name);
    }
    assert!(parts.len() <= 16 && end <= body.len() as u64);
});
