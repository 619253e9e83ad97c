//! Containers and JSON web signatures with bytes changed at random places: nothing panics, and nothing that was signed can
//! change unnoticed.

use crate::made::{container, facts, signed_jws};
use crate::small_country::Country;
use crate::vectors::is_sound;
use mekong_crypto::KeyType;
use mekong_pki::testing::TestResult;
use mekong_signature::asic::augment;
use mekong_signature::asic::make::{Form, Kind};
use mekong_signature::making::Selection;
use mekong_signature::zip::{Packing, Rules, Writer, directory, read};
use mekong_signature::{Reading, jades};

/// Numbers that look random and are the same in every run (Knuth's generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

fn mutate(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(bytes.len());
        match numbers.below(4) {
            0 => bytes[at] ^= 1 << numbers.below(8),
            1 => bytes[at] = u8::try_from(numbers.below(256)).unwrap(),
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, b"\0<\">{}[],A0"[numbers.below(11)]),
        }
        if bytes.is_empty() {
            bytes.push(b'x');
        }
    }
}

#[test]
fn containers() -> TestResult {
    let (country, mut numbers) = (Country::new(KeyType::P256)?, Numbers(1));
    for (kind, form) in [
        (Kind::Simple, Form::Xades),
        (Kind::Simple, Form::Cades),
        (Kind::Extended, Form::Xades),
        (Kind::Extended, Form::Cades),
    ] {
        let all = Selection::All;
        let made = augment::add_timestamp(&container(&country, kind, form)?, &all, &country)?;
        let made = augment::add_archive_timestamp(&augment::add_material(&made, &all, &country)?, &all, &country)?;
        let entries = directory(&made, &Rules::CONTAINER)?.entries;
        for _ in 0..150 {
            let chosen = numbers.below(entries.len());
            let mut writer = Writer::new(Vec::new(), Country::now());
            let mut is_data = false;
            for (n, entry) in entries.iter().enumerate() {
                let mut content = read(&made, entry, 1 << 20)?;
                let before = content.clone();
                if n == chosen {
                    mutate(&mut content, &mut numbers);
                    is_data = !entry.name.starts_with("META-INF/") && entry.name != "mimetype" && content != before;
                }
                writer.add(&entry.name, &content, Packing::Stored)?;
            }
            let mut zip = writer.finish("")?;
            if let Ok(document) = facts(&zip) {
                let sound = document.signatures.iter().all(|s| is_sound(&document, s));
                assert!(!(is_data && sound && !document.signatures.is_empty()), "{kind:?} {form:?}");
            }
            mutate(&mut zip, &mut numbers);
            let _ = facts(&zip);
        }
    }
    Ok(())
}

#[test]
fn json_web_signatures() -> TestResult {
    let (country, mut numbers) = (Country::new(KeyType::P256)?, Numbers(2));
    for made in signed_jws(&country)? {
        for _ in 0..1_000 {
            let mut changed = made.clone();
            mutate(&mut changed, &mut numbers);
            let _ = jades::looks_like(&changed);
            let _ = jades::read(&changed, &Reading::default());
        }
    }
    Ok(())
}
