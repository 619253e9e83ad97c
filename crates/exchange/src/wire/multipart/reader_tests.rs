//! The reader, fed whole, byte by byte, and with what hostile or odd senders write.

use super::*;
use crate::wire::multipart::Writer;

const LIMITS: Limits = Limits { margin_bytes: 100, header_bytes: 200, headers: 4, parts: 4, total_bytes: 10_000 };

fn read(input: &[u8], step: usize) -> Result<String, MultipartError> {
    let mut reader = Reader::new("b", LIMITS)?;
    let mut told = String::new();
    let mut in_data = false;
    for chunk in input.chunks(step) {
        reader.push(Bytes::copy_from_slice(chunk))?;
        while let Some(event) = reader.event()? {
            if let Event::Data(data) = &event {
                if !in_data {
                    told.push('[');
                }
                in_data = true;
                told.push_str(&String::from_utf8_lossy(data));
                continue;
            }
            if in_data {
                told.push(']');
                in_data = false;
            }
            match event {
                Event::Part(headers) => {
                    let list: Vec<_> = headers.list.iter().map(|h| format!("{}={}", h.name, h.value)).collect();
                    told.push_str(&format!("({})", list.join(",")));
                }
                Event::PartEnd => told.push(';'),
                Event::End => told.push('.'),
                Event::Data(_) => {}
            }
        }
    }
    reader.finish()?;
    Ok(told)
}

#[track_caller]
fn check(input: &str, expected: Result<&str, MultipartError>) {
    for step in [1, 2, 3, 7, 10_000] {
        assert_eq!(read(input.as_bytes(), step), expected.clone().map(str::to_owned), "step {step}");
    }
}

#[test]
fn reads_parts_however_they_arrive() {
    check("--b\r\na: 1\r\n\r\nhello\r\n--b\r\nc:2\r\n\r\n\r\n--b--\r\n", Ok("(a=1)[hello];(c=2);."));
    check("--b\r\na: 1\r\n\r\none\r\n\r\n--b--", Ok("(a=1)[one\r\n];."));
}

#[test]
fn bare_line_feeds_are_line_ends() {
    check("--b\na: 1\n\nhello\n--b\n\nx\n--b--\n", Ok("(a=1)[hello];()[x];."));
}

#[test]
fn preamble_and_epilogue_are_skipped() {
    check("before\r\n--bee\r\n--b\r\n\r\nx\r\n--b--\r\nafter --b\r\n", Ok("()[x];."));
    check("\r\n--b\r\n\r\nx\r\n--b--after", Ok("()[x];."));
}

#[test]
fn blanks_after_a_boundary_are_allowed() {
    check("--b \t\r\n\r\nx\r\n--b  \r\n\r\ny\r\n--b--", Ok("()[x];()[y];."));
    let padded = format!("--b{}\r\n\r\nx\r\n--b--", " ".repeat(300));
    check(&padded, Err(MultipartError::Limit { what: "blanks after a boundary", part: 0, limit: 256 }));
}

#[test]
fn a_longer_boundary_and_a_boundary_inside_a_line_are_content() {
    check("--b\r\n\r\nx\r\n--bb\r\n--b-\r\ny--b--\r\n--b--", Ok("()[x\r\n--bb\r\n--b-\r\ny--b--];."));
    check("--b\r\n\r\n--bb\r\r\n\r\n--b--", Ok("()[--bb\r\r\n];."));
}

#[test]
fn a_boundary_right_after_the_headers_is_an_empty_part() {
    check("--b\r\na:1\r\n\r\n--b\r\n\r\n--b--", Ok("(a=1);();."));
}

#[test]
fn folded_headers_are_one_value() {
    check("--b\r\na: 1;\r\n\tx=2\r\n\r\nz\r\n--b--", Ok("(a=1;\tx=2)[z];."));
}

#[test]
fn nested_multiparts_come_raw() {
    let mut out = BytesMut::new();
    let mut writer = Writer::new("b");
    writer.start_nested(&mut out, "n");
    let mut inner = Writer::new("n");
    inner.start_part(&mut out, "text/plain", &[]);
    out.extend_from_slice(b"inside");
    writer.end(&mut out);
    writer.end(&mut out);
    let expected = "(content-type=multipart/mixed; charset=UTF-8; boundary=n)\
                    [--n\r\ncontent-type: text/plain\r\n\r\ninside\r\n--n--\r\n];.";
    check(&String::from_utf8_lossy(&out), Ok(expected));
}

#[test]
fn truncation_is_told_with_its_place() {
    check("", Err(MultipartError::Truncated { part: 0 }));
    check("--b", Err(MultipartError::Truncated { part: 0 }));
    check("--b\r\na: 1\r\n", Err(MultipartError::Truncated { part: 1 }));
    check("--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b", Err(MultipartError::Truncated { part: 2 }));
    check("--b\r\n\r\nx\r\n--b-", Err(MultipartError::Truncated { part: 1 }));
}

#[test]
fn limits_hold() {
    let limit = |what, part, limit| Err(MultipartError::Limit { what, part, limit });
    check(&"x".repeat(400), limit("bytes outside the parts", 0, 100));
    check(&format!("--b\r\na: {}", "x".repeat(400)), limit("header bytes", 1, 200));
    let just = format!("a: {}", "x".repeat(195));
    check(&format!("--b\r\n{just}\r\n\r\nx\r\n--b--"), Ok(&format!("(a={})[x];.", "x".repeat(195))));
    check(&format!("--b\r\n{just}x\r\n\r\nx\r\n--b--"), limit("header bytes", 1, 200));
    check(&format!("--b\r\n{}\r\nx\r\n--b--", "a:1\r\n".repeat(5)), limit("headers", 1, 4));
    check(&format!("{}--b--", "--b\r\n\r\nx\r\n".repeat(5)), limit("parts", 5, 4));
    check(
        &format!("--b\r\n\r\n{}", "x".repeat(20_000)),
        limit("bytes", 1, 10_000).map_err(|e| match e {
            MultipartError::Limit { what, limit, .. } => MultipartError::Limit { what, part: 1, limit },
            e => e,
        }),
    );
}

/// A sender that writes single bytes costs as much as any.
#[test]
fn long_headers_in_single_bytes_are_read_once() -> Result<(), MultipartError> {
    let size = 1 << 20;
    let limits = Limits { header_bytes: size + 100, total_bytes: u64::MAX, ..LIMITS };
    let mut reader = Reader::new("b", limits)?;
    let started = std::time::Instant::now();
    reader.push(Bytes::from_static(b"--b\r\nx: "))?;
    for _ in 0..size {
        assert_eq!(reader.event()?, None);
        reader.push(Bytes::from_static(b"a"))?;
    }
    reader.push(Bytes::from_static(b"\r\n\r\n"))?;
    assert!(matches!(reader.event()?, Some(Event::Part(headers)) if headers.list[0].value.len() == size));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    Ok(())
}

#[test]
fn a_part_ends_inside_its_headers() {
    check("--b\r\na: 1\r\n--b\r\n\r\nx\r\n--b--", Err(MultipartError::NoBody { part: 1 }));
}

#[test]
fn one_part_may_have_its_own_limit() -> Result<(), MultipartError> {
    let mut reader = Reader::new("b", LIMITS)?;
    reader.push(Bytes::from_static(b"--b\r\n\r\nhello\r\n--b--"))?;
    assert!(matches!(reader.event()?, Some(Event::Part(_))));
    reader.limit_part(4);
    assert_eq!(reader.event(), Err(MultipartError::Limit { what: "content bytes", part: 1, limit: 4 }));
    Ok(())
}

#[test]
fn boundaries_are_checked() {
    for bad in ["", " ", "a b ", "ü", "a\r\nb", &"x".repeat(71)] {
        assert!(Reader::new(bad, LIMITS).is_err(), "{bad:?}");
    }
}
