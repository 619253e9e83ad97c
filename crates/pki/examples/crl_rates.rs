//! Measures revocation lists: one of a million entries, one of 100 MB. `cargo run --release --example crl_rates -p mekong-pki`.

use mekong_base::Instant;
use mekong_pki::crl::Crl;
use mekong_pki::crl::make::{Entry, Order, Scope, make};
use mekong_pki::issue::{self, Issuer, Profile, Serial, Urls};
use mekong_pki::name;
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let issuer = issuer()?;
    measure(&issuer, "a million entries", 1_000_000)?;
    // 35 bytes an entry.
    measure(&issuer, "100 MB", 100_000_000 / 35)
}

fn issuer() -> Fallible<Issuer> {
    let key = mekong_crypto::PrivateKey::generate(mekong_crypto::KeyType::P256)?;
    let start = Instant::from_unix_seconds(1_767_225_600);
    let certificate = issue::self_sign(
        &key,
        &issue::Order {
            profile: Profile::RootCa,
            subject: &name::build(&[(name::COUNTRY, "LA"), (name::COMMON_NAME, "Rates CA")])?,
            public_key: key.public_key(),
            serial: Serial::random()?,
            not_before: start,
            not_after: start + Duration::from_secs(86_400 * 365),
            urls: &Urls::default(),
            policies: &[],
        },
    )?;
    Ok(Issuer { certificate, key })
}

/// The serial number of an entry: 16 octets without order, as authorities draw them.
fn serial(i: u64) -> Vec<u8> {
    let mix = |x: u64| (x ^ (x >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1;
    [mix(i + 1).to_be_bytes(), (mix(i ^ 0x5555) | 1 << 62).to_be_bytes()].concat()
}

fn measure(issuer: &Issuer, what: &str, entries: usize) -> Fallible<()> {
    let start = issuer.certificate.not_before();
    let count = entries as u64;
    let entries: Vec<Entry> = (0..count).map(|i| Entry::new(serial(i), start)).collect();
    let order = Order {
        number: 1,
        this_update: start,
        next_update: start + Duration::from_secs(86_400),
        entries: &entries,
        scope: &Scope::default(),
        delta_base: None,
        expired_certs_on_crl: None,
    };
    let clock = Clock::now();
    let der: Arc<[u8]> = make(issuer, &order)?.into();
    println!("{what}: {count} entries, {:.1} MB, made in {:?}", der.len() as f64 / 1e6, clock.elapsed());
    drop(entries);
    let clock = Clock::now();
    let crl = Crl::parse(Arc::clone(&der))?;
    let index = crl.index_bytes() as f64;
    println!("  parsed in {:?}; {:.1} bytes an entry beside the DER", clock.elapsed(), index / count as f64);
    let clock = Clock::now();
    crl.verify(&issuer.certificate)?;
    println!("  signature verified in {:?}", clock.elapsed());
    lookups("revoked", &crl, count, 0)?;
    lookups("not revoked", &crl, count, count * 2)?;
    println!("  most memory of the process, the making included: {}", peak_memory());
    Ok(())
}

fn lookups(what: &str, crl: &Crl, count: u64, from: u64) -> Fallible<()> {
    const LOOKUPS: u64 = 100_000;
    let serials: Vec<Vec<u8>> = (0..LOOKUPS).map(|i| serial(from + i * 7919 % count)).collect();
    let clock = Clock::now();
    let found = serials.iter().filter(|serial| crl.lookup(serial).is_some()).count();
    let each = clock.elapsed().as_nanos() / u128::from(LOOKUPS);
    if found != if from == 0 { serials.len() } else { 0 } {
        return Err(format!("{found} of {LOOKUPS} found, {what}").into());
    }
    println!("  {what}: {each} ns a lookup");
    Ok(())
}

/// As Linux tells it.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "not known".to_owned(), |line| line.trim().to_owned())
}
