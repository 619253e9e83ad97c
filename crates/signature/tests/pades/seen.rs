//! Visible signatures: text of both countries shaped, embedded, searchable; pictures; drawn by another program.

use super::documents::form;
use super::peers;
use super::small_country::Country;
use mekong_crypto::KeyType;
use mekong_pki::testing::TestResult;
use mekong_signature::pades::appearance::Appearance;
use mekong_signature::pades::make::{self, Options};
use std::process::Command;

const NOTO: &str = "/usr/share/fonts/truetype/noto";

/// Noto Sans and Noto Sans Lao of the system (Debian: fonts-noto-core).
fn fonts() -> Option<Vec<Vec<u8>>> {
    let names = ["NotoSans-Regular.ttf", "NotoSansLao-Regular.ttf"];
    let fonts: Option<Vec<Vec<u8>>> = names.iter().map(|name| std::fs::read(format!("{NOTO}/{name}")).ok()).collect();
    if fonts.is_none() {
        println!("skipped: no Noto fonts in {NOTO}");
    }
    fonts
}

/// A seal: a red ring on nothing.
fn seal() -> Vec<u8> {
    let size = 96i32;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size as u32, size as u32);
    encoder.set_color(png::ColorType::Rgba);
    let mut pixels = Vec::new();
    for y in 0..size {
        for x in 0..size {
            let distance = ((x - 48).pow(2) + (y - 48).pow(2)) as f64;
            let is_ring = (34.0..46.0).contains(&distance.sqrt());
            pixels.extend([200, 20, 30, if is_ring { 255 } else { 0 }]);
        }
    }
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

#[test]
fn both_countries_read_who_signed() -> TestResult {
    let Some(fonts) = fonts() else { return Ok(()) };
    let country = Country::new(KeyType::P256)?;
    let picture = seal();
    let lines = [
        "Ký bởi: Trưởng phòng Đăng ký đất đai, Bộ Tư pháp (Ễ ữ ặ)",
        "ລົງນາມໂດຍ: ຫົວໜ້າພະແນກທະບຽນທີ່ດິນ, ກະຊວງຍຸຕິທຳ (ຫຼ້ ກຸ້ງ ຊື່)",
        "2026-01-31 16:59 UTC — ກຸງວຽງຈັນ / Viêng Chăn",
    ];
    let look = Appearance {
        page: 1,
        rectangle: [50.0, 380.0, 400.0, 460.0],
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        fonts: fonts.iter().map(Vec::as_slice).collect(),
        picture: Some(&picture),
    };
    let document = form();
    let options = Options { appearance: Some(look.clone()), ..Options::default() };
    let prepared = make::prepare(&document, &country.signing(), &options)?;
    let value = country.signer.key.sign(country.signing().algorithm, &prepared.to_be_signed)?;
    let signed = prepared.finish(&value)?;
    assert!(signed.len() < document.len() + 120_000, "{} bytes", signed.len());
    // The same in the empty field of the document, which keeps its place, without picture.
    let look = Appearance { picture: None, ..look };
    let options = Options { appearance: Some(look), field: Some("approval".into()), ..Options::default() };
    let prepared = make::prepare(&signed, &country.signing(), &options)?;
    let value = country.signer.key.sign(country.signing().algorithm, &prepared.to_be_signed)?;
    let signed = prepared.finish(&value)?;

    let folder = tempfile::tempdir()?;
    let path = peers::written(folder.path(), "seen.pdf", &signed);
    peers::check_structure(&path);
    peers::check_signatures(&path, 2);
    if let Some(kept) = std::env::var_os("MEKONG_TEST_KEEP") {
        std::fs::copy(&path, kept)?;
    }
    match Command::new("pdftotext").args(["-layout"]).arg(&path).arg("-").output() {
        Ok(output) => {
            let text = String::from_utf8(output.stdout)?;
            let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            for line in lines {
                assert!(plain(&text).contains(&plain(line)), "{line} is not in {text}");
            }
        }
        Err(error) => println!("skipped: pdftotext: {error}"),
    }
    Ok(())
}

#[test]
fn what_is_not_on_the_page_is_refused_with_the_size_of_the_page() -> TestResult {
    let country = Country::new(KeyType::P256)?;
    let document = form();
    let prepare = |rectangle: [f64; 4]| {
        let options = Options {
            appearance: Some(Appearance { page: 2, rectangle, ..Appearance::default() }),
            ..Options::default()
        };
        make::prepare(&document, &country.signing(), &options).map(|_| ()).map_err(|error| error.to_string())
    };
    for off in [[900.0, 900.0, 1100.0, 960.0], [500.0, 10.0, 700.0, 70.0], [-20.0, 10.0, 100.0, 70.0]] {
        let Err(said) = prepare(off) else { panic!("{off:?}") };
        assert!(said.contains("page 2") && said.contains("from 0,0 to 595,842"), "{said}");
    }
    for on in [[0.0, 0.0, 595.0, 842.0], [100.0, 70.0, 10.0, 10.0], [395.0, 10.0, 595.3, 70.0]] {
        assert_eq!(prepare(on), Ok(()), "{on:?}");
    }
    Ok(())
}
