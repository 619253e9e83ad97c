//! Containers and JSON web signatures taken apart, so that what is inside is mutated, and put together again, so that neither
//! check sums nor base64 keep a mutation from the readers behind them.
//!
//! A container is `z`, then for each member the length of its name (1 byte), the name, the length of its content (3 bytes,
//! big-endian) and the content. A signature is `j`, then lines that end in a zero byte: protected header, value, payload, each
//! unsigned component.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mekong_base::Instant;
use mekong_base::limits::ContainerLimits;
use mekong_signature::zip::{Packing, Rules, Writer, directory, read};
use serde_json::{Value, json};

/// Between lines; no seed has it in a line.
const LINE_END: &[u8] = b"\0\n";

/// Puts together what was taken apart; none if it cannot be put together.
pub fn pack(data: &[u8]) -> Option<Vec<u8>> {
    match data.split_first()? {
        (b'z', members) => container(members),
        (b'j', lines) => Some(signature(lines)),
        _ => None,
    }
}

/// Takes a file apart; none if it is neither of both.
pub fn unpack(file: &[u8]) -> Option<Vec<u8>> {
    match file.first()? {
        b'P' => members(file),
        b'{' => lines(file),
        _ => None,
    }
}

fn container(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut writer = Writer::new(Vec::new(), Instant::from_unix_seconds(0));
    while let Some((length, after)) = rest.split_first() {
        let (name, after) = after.split_at_checked(usize::from(*length))?;
        let ([a, b, c], after) = after.split_first_chunk()?;
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let (content, after) = after.split_at(length.min(after.len()));
        writer.add(&String::from_utf8_lossy(name), content, Packing::Stored).ok()?;
        rest = after;
    }
    writer.finish("").ok()
}

fn members(file: &[u8]) -> Option<Vec<u8>> {
    let found = directory(&file, &Rules { limits: ContainerLimits::default(), narrow: false }).ok()?;
    let mut out = vec![b'z'];
    for entry in &found.entries {
        let content = read(&file, entry, 1 << 20).ok()?;
        out.push(u8::try_from(entry.name.len()).ok()?);
        out.extend(entry.name.as_bytes());
        out.extend(&u32::try_from(content.len()).ok()?.to_be_bytes()[1..]);
        out.extend(content);
    }
    Some(out)
}

fn signature(mut lines: &[u8]) -> Vec<u8> {
    let mut fields = Vec::new();
    while let Some(end) = lines.windows(2).position(|pair| pair == LINE_END) {
        fields.push(URL_SAFE_NO_PAD.encode(&lines[..end]));
        lines = &lines[end + 2..];
    }
    fields.push(URL_SAFE_NO_PAD.encode(lines));
    let mut fields = fields.into_iter();
    let [protected, value, payload] = [(); 3].map(|()| fields.next().unwrap_or_default());
    let components: Vec<String> = fields.collect();
    let mut signature = json!({"protected": protected, "signature": value});
    if !components.is_empty() {
        signature["header"] = json!({"etsiU": components});
    }
    json!({"payload": payload, "signatures": [signature]}).to_string().into_bytes()
}

/// Lines of one signature.
fn lines(file: &[u8]) -> Option<Vec<u8>> {
    let read: Value = serde_json::from_slice(file).ok()?;
    let signature = read.pointer("/signatures/0")?;
    let components = signature.pointer("/header/etsiU").and_then(Value::as_array);
    let fields = [&signature["protected"], &signature["signature"], &read["payload"]];
    let texts = fields.into_iter().chain(components.into_iter().flatten());
    let lines: Option<Vec<Vec<u8>>> = texts.map(|text| URL_SAFE_NO_PAD.decode(text.as_str()?).ok()).collect();
    Some([b"j".to_vec(), lines?.join(LINE_END)].concat())
}
