//! ZIP files of others: by Python's `zipfile`, and changed by hand until nobody should read them.

use mekong_base::limits::ContainerLimits;
use mekong_base::{Instant, Source};
use mekong_pki::testing::TestResult;
use mekong_signature::zip::{Budget, Member, NameEncoding, Packing, Rules, Writer, ZipError, directory, read};
use std::process::Command;

/// A ZIP file made by a few lines of Python, with `z` to be written to.
fn python(lines: &str) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("a.zip");
    let script = format!("import sys, zipfile\nP = sys.argv[1]\n{lines}\n");
    let output = Command::new("python3").args(["-X", "utf8", "-c", &script]).arg(&path).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(std::fs::read(path)?)
}

fn contents(zip: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ZipError> {
    let found = directory(&zip, &Rules::CONTAINER)?;
    found.entries.iter().map(|e| Ok((e.name.clone(), read(&zip, e, 1 << 20)?))).collect()
}

fn refused(zip: &[u8], expected: &str) {
    match contents(zip) {
        Ok(found) => panic!("accepted {:?}; expected {expected}", found.len()),
        Err(error) => assert!(error.to_string().contains(expected), "{error}; expected {expected}"),
    }
}

#[test]
fn zip64_and_streamed_entries_are_read() -> TestResult {
    let zip64 = python(
        "with zipfile.ZipFile(P, 'w', zipfile.ZIP_DEFLATED) as z:\n \
         z.comment = b'mimetype=application/vnd.etsi.asic-e+zip'\n \
         with z.open('large.txt', 'w', force_zip64=True) as f: f.write(b'a' * 1000)",
    )?;
    assert_eq!(contents(&zip64)?, [("large.txt".to_owned(), vec![b'a'; 1000])]);
    assert_eq!(directory(&zip64, &Rules::CONTAINER)?.comment, b"mimetype=application/vnd.etsi.asic-e+zip");
    assert!(directory(&zip64, &Rules::narrow(ContainerLimits::default())).is_err(), "not in the narrow form");
    // An output that cannot seek: crc and sizes follow the content.
    let streamed = python(
        "class Pipe:\n  def __init__(self, f): self.f = f\n  def write(self, b): return self.f.write(b)\n  \
         def flush(self): self.f.flush()\nwith open(P, 'wb') as f:\n  \
         with zipfile.ZipFile(Pipe(f), 'w', zipfile.ZIP_DEFLATED) as z:\n    z.writestr('a.txt', 'x' * 500)\n    \
         z.writestr('b.txt', 'y')",
    )?;
    assert_eq!(contents(&streamed)?, [("a.txt".to_owned(), vec![b'x'; 500]), ("b.txt".to_owned(), b"y".to_vec())]);
    // The end records of ZIP64 are believed only together.
    let many = python("with zipfile.ZipFile(P, 'w') as z:\n for n in range(66000): z.writestr(str(n), b'')")?;
    assert!(matches!(directory(&many, &Rules::CONTAINER), Err(ZipError::Limit { .. })));
    let more = Rules { limits: ContainerLimits { entries: 70_000, ..Rules::CONTAINER.limits }, narrow: false };
    assert_eq!(directory(&many, &more)?.entries.len(), 66_000);
    let mut lying = many.clone();
    let record = lying.windows(4).rposition(|w| w == b"PK\x06\x06").ok_or("no record")?;
    lying[record + 32] ^= 1;
    assert!(directory(&lying, &more).is_err_and(|e| e.to_string().contains("several disks")));
    Ok(())
}

#[test]
fn names_of_old_programs_are_read() -> TestResult {
    let zip = python(
        "class Old(zipfile.ZipInfo):\n  raw = b''\n  def _encodeFilenameFlags(self): return self.raw, 0\n\
         i = Old('x'); i.raw = 'ü.txt'.encode('cp437')\nj = Old('y'); j.raw = 'ສັນຍາ.txt'.encode()\n\
         with zipfile.ZipFile(P, 'w') as z:\n z.writestr(i, 'a')\n z.writestr(j, 'b')\n z.writestr('hợp đồng.txt', 'c')",
    )?;
    let found = directory(&zip, &Rules::CONTAINER)?;
    let names: Vec<_> = found.entries.iter().map(|e| (e.name.as_str(), e.encoding)).collect();
    let expected =
        [("ü.txt", NameEncoding::Cp437), ("ສັນຍາ.txt", NameEncoding::Utf8Unsaid), ("hợp đồng.txt", NameEncoding::Utf8)];
    assert_eq!(names, expected);
    Ok(())
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() -> TestResult {
    let twice = python(
        "import warnings; warnings.simplefilter('ignore')\n\
         with zipfile.ZipFile(P, 'w') as z:\n z.writestr('a', 'one')\n z.writestr('a', 'two')",
    )?;
    refused(&twice, "the name is there twice");
    for (one, other) in [("a.txt", "A.TXT"), ("é", "e\u{301}"), ("ﬁ", "FI"), ("a", "A/"), ("ກຳ", "ກ\u{ecd}າ")]
    {
        let script =
            format!("with zipfile.ZipFile(P, 'w') as z:\n z.writestr('{one}', '')\n z.writestr('{other}', '')");
        refused(&python(&script)?, "twice but for case or the form of its letters");
    }
    for name in ["../a", "/etc/passwd", "a/../../b", "a\\\\..\\\\b", "C:/a", "./a", "a\\nb"] {
        let script = format!(
            "i = zipfile.ZipInfo('x'); i.filename = '{name}'\nwith zipfile.ZipFile(P, 'w') as z: z.writestr(i, 'a')"
        );
        assert!(contents(&python(&script)?).is_err(), "{name}");
    }
    let good = python("with zipfile.ZipFile(P, 'w') as z:\n z.writestr('a', 'one')\n z.writestr('b', 'two')")?;
    assert_eq!(contents(&good)?.len(), 2);
    refused(&[b"x".as_slice(), &good].concat(), "something lies between");
    refused(&[good.as_slice(), b"x"].concat(), "there is no end record");
    let at = |signature: &[u8], offset: usize, byte: u8| {
        let mut changed = good.clone();
        let place = changed.windows(4).rposition(|w| w == signature).unwrap_or(0) + offset;
        changed[place] = byte;
        changed
    };
    refused(&at(b"PK\x03\x04", 30, b'c'), "differs from the directory");
    refused(&at(b"PK\x03\x04", 8, 8), "differs from the directory");
    refused(&at(b"PK\x03\x04", 18, 9), "differs from the directory");
    refused(&at(b"PK\x01\x02", 42, 0), "overlap");
    refused(&at(b"PK\x01\x02", 8, 1), "encrypted");
    refused(&at(b"PK\x01\x02", 34, 1), "several disks");
    refused(&at(b"PK\x05\x06", 4, 1), "several disks");
    refused(&at(b"PK\x01\x02", 20, 200), "differs from the directory");
    Ok(())
}

#[test]
fn entries_end_where_the_directory_says() -> TestResult {
    let announced = |size: usize| {
        python(&format!(
            "with zipfile.ZipFile(P, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('a', b'one, two, three')\n\
             b = bytearray(open(P, 'rb').read())\n\
             for at in (b.rindex(b'PK\\1\\2') + 24, b.index(b'PK\\3\\4') + 22): b[at:at + 4] = ({size}).to_bytes(4, 'little')\n\
             open(P, 'wb').write(b)"
        ))
    };
    for (size, sound) in [(15, true), (3, false), (14, false)] {
        let zip = announced(size)?;
        let entry = directory(&zip, &Rules::CONTAINER)?.entries.remove(0);
        let member = Member::new(&zip, entry, Budget::new(1 << 20));
        let read = member.read(0..member.len(), 1 << 10);
        assert_eq!(read.is_ok(), sound, "{size}: {read:?}");
    }
    let error = directory(&announced(0)?, &Rules::CONTAINER).map(|found| found.entries.len());
    assert!(error.is_err_and(|e| e.to_string().contains("longer than the directory says")));
    Ok(())
}

#[test]
fn bombs_and_endless_reading_stop() -> TestResult {
    let bomb = python("with zipfile.ZipFile(P, 'w', zipfile.ZIP_DEFLATED) as z: z.writestr('a', b'\\0' * (64 << 20))")?;
    assert!(bomb.len() < 100_000);
    refused(&bomb, "more than 300 times its size");
    let mut writer = Writer::new(Vec::new(), Instant::from_unix_seconds(0));
    writer.add("a", &[7; 1000], Packing::Deflated)?;
    let zip = writer.finish("")?;
    let entry = directory(&zip, &Rules::CONTAINER)?.entries.remove(0);
    let member = Member::new(&zip, entry, Budget::new(2_500));
    let mut buffer = [0; 1000];
    assert!(member.read_at(0, &mut buffer).is_ok() && member.read_at(0, &mut buffer).is_ok());
    assert!(member.read_at(0, &mut buffer).is_err_and(|e| e.0.contains("too often")));
    Ok(())
}

#[test]
fn what_is_written_is_read_by_others() -> TestResult {
    let mut writer = Writer::new(Vec::new(), "2026-11-22T05:14:00Z".parse()?);
    writer.add("mimetype", b"application/vnd.etsi.asic-e+zip", Packing::Stored)?;
    writer.add("ສັນຍາ.txt", "ສະບາຍດີ".repeat(100).as_bytes(), Packing::Deflated)?;
    writer.add("empty", b"", Packing::Deflated)?;
    let zip = writer.finish("a comment")?;
    assert_eq!(zip.get(30..38), Some(b"mimetype".as_slice()));
    assert_eq!(zip.get(38..42), Some(b"appl".as_slice()));
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("ours.zip");
    std::fs::write(&path, &zip)?;
    let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
                  i = z.infolist()[1]\nprint(z.comment.decode(), i.filename, i.date_time, len(z.read(i)))";
    let output = Command::new("python3").args(["-X", "utf8", "-c", script]).arg(&path).output()?;
    let said = String::from_utf8(output.stdout)?;
    assert_eq!(said.trim(), "a comment ສັນຍາ.txt (2026, 11, 22, 5, 14, 0) 2100");
    Ok(())
}
