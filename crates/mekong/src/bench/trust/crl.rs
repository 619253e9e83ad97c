//! A revocation list of many entries: read once, asked often.

use super::country::Country;
use super::timing;
use crate::bench::rounded;
use crate::cli::{CommandError, Context};
use mekong_pki::crl::Crl;
use mekong_pki::crl::make::{self, Entry};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Serial numbers that are asked for, there and not there.
const ASKED: u64 = 1_000;

/// What was measured.
#[derive(Serialize)]
pub(super) struct RevocationList {
    pub(super) entries: u32,
    /// Size, 1,048,576 bytes each.
    pub(super) megabytes: f64,
    /// One pass over it, with the index made.
    pub(super) parse_ms: f64,
    /// Its signature verified.
    pub(super) verify_ms: f64,
    /// One answer, in microseconds; half of those asked for are listed.
    pub(super) lookup_us: f64,
}

/// Makes, reads and asks a list; `None` with 0 entries.
///
/// # Errors
/// In words, if it cannot be made or gives a wrong answer.
pub(super) fn measure(
    country: &Country,
    entries: u32,
    budget: Duration,
) -> Result<Option<RevocationList>, CommandError> {
    if entries == 0 {
        return Ok(None);
    }
    let der: Arc<[u8]> = made(country, entries)?.into();
    let started = Instant::now();
    let list = Crl::parse(Arc::clone(&der)).context(|| "read the CRL")?;
    let parse_ms = timing::milliseconds(started.elapsed());
    let started = Instant::now();
    list.verify(&country.root.certificate).context(|| "verify the CRL")?;
    let verify_ms = timing::milliseconds(started.elapsed());
    let step = (2 * u64::from(entries) / ASKED).max(1) | 1;
    let serials: Vec<Vec<u8>> = (0..ASKED).map(|i| serial(i * step % (2 * u64::from(entries)))).collect();
    let found = serials.iter().filter(|serial| list.lookup(serial).is_some()).count();
    if found == 0 || found == serials.len() || list.len() != entries as usize {
        return Err(CommandError::new(format!("{found} of {} serial numbers are listed", serials.len())));
    }
    let all = timing::best(budget, || {
        for serial in &serials {
            std::hint::black_box(list.lookup(serial));
        }
    });
    Ok(Some(RevocationList {
        entries,
        megabytes: rounded(der.len() as f64 / f64::from(1 << 20)),
        parse_ms: rounded(parse_ms),
        verify_ms: rounded(verify_ms),
        lookup_us: rounded(all * 1_000.0 / ASKED as f64),
    }))
}

fn made(country: &Country, entries: u32) -> Result<Vec<u8>, CommandError> {
    let entries: Vec<Entry> = (0..u64::from(entries)).map(|i| Entry::new(serial(2 * i), country.now)).collect();
    let order = make::Order {
        number: 2,
        this_update: country.now,
        next_update: country.now + Duration::from_secs(86_400),
        entries: &entries,
        scope: &make::Scope::default(),
        delta_base: None,
        expired_certs_on_crl: None,
    };
    make::make(&country.root, &order).context(|| "make the CRL")
}

/// A serial number of 17 octets that looks random, always the same for the same number.
fn serial(number: u64) -> Vec<u8> {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    [[0x40].as_slice(), &mixed.to_be_bytes(), &number.to_be_bytes()].concat()
}
