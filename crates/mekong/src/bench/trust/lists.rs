//! Trusted lists of many countries, loaded with their signatures checked.

use super::country::Country;
use super::timing;
use crate::bench::rounded;
use crate::cli::{CommandError, Context};
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey};
use mekong_pki::issue::{self, Order, Profile, Serial, Urls};
use mekong_pki::{Certificate, name};
use mekong_recognition::definition::{self, Resolve};
use mekong_recognition::list;
use mekong_recognition::snapshot::{Fetched, Snapshot};
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Duration;

/// How many countries.
const LISTS: usize = 30;
/// Services of one provider.
const SERVICES: usize = 20;
/// Bytes of XML that a service comes to, about.
const SERVICE_BYTES: usize = 2_300;
const DAY: Duration = Duration::from_secs(86_400);

/// What was measured.
#[derive(Serialize)]
pub(super) struct Lists {
    pub(super) lists: usize,
    pub(super) services: usize,
    /// XML, a million bytes each.
    pub(super) megabytes: f64,
    /// All of them read and their signatures checked, on one thread.
    pub(super) seconds: f64,
}

/// Makes lists of about so many megabytes of XML together, and loads them; `None` with 0.
///
/// # Errors
/// In words, if one cannot be made or is not accepted.
pub(super) fn measure(country: &Country, megabytes: u32) -> Result<Option<Lists>, CommandError> {
    if megabytes == 0 {
        return Ok(None);
    }
    let services = (megabytes as usize * 1_000_000 / LISTS / SERVICE_BYTES).max(1);
    let mut fetched = Vec::new();
    for number in 0..LISTS {
        let bytes = made(country, number, services)?;
        fetched.push(Fetched { bytes, from: format!("list-{number}.xml"), at: country.now });
    }
    let bytes: usize = fetched.iter().map(|one| one.bytes.len()).sum();
    let signers = [country.signer.certificate.clone()];
    let started = std::time::Instant::now();
    let (snapshot, rejected) = Snapshot::assemble(fetched, &signers);
    let seconds = timing::milliseconds(started.elapsed()) / 1_000.0;
    if let Some(first) = rejected.first() {
        return Err(CommandError::because(&first.from, &first.reason));
    }
    let services = snapshot.entries().iter().map(|entry| entry.verified.list.services().count()).sum();
    Ok(Some(Lists {
        lists: snapshot.entries().len(),
        services,
        megabytes: rounded(bytes as f64 / 1e6),
        seconds: rounded(seconds),
    }))
}

/// A list of its own territory, defined, issued, written and signed.
fn made(country: &Country, number: usize, services: usize) -> Result<Vec<u8>, CommandError> {
    let what = || format!("list {number}");
    let text = defined(number, services);
    let certificate = |common_name: &str| listed(common_name, country.now).ok();
    let resolve = Resolve { certificate: &certificate, agreement: &|_| None };
    let mut list = definition::list(&text, &resolve).context(what)?;
    list.issue(country.now, country.now + 90 * DAY).context(what)?;
    let xml = list::write(&list).context(what)?;
    let (signer, algorithm) = (&country.signer, country.signer.key.default_algorithm());
    let prepared = list::sign::prepare(&xml, &signer.certificate, algorithm, country.now).context(what)?;
    let value = country.sign(&prepared.to_be_signed)?;
    prepared.finish(&value).context(what)
}

/// The definition: providers with services, each with a key of its own.
fn defined(number: usize, services: usize) -> String {
    let territory: String = [b'A' + (number / 26) as u8, b'A' + (number % 26) as u8].map(char::from).iter().collect();
    let site = format!("{}.example", territory.to_ascii_lowercase());
    let address = format!(
        "electronic = {{ en = [\"mailto:info@{site}\", \"https://{site}/\"] }}\n\
         postal = [{{ lang = \"en\", street = \"Example street 1\", locality = \"Example\", country = \"{territory}\" }}]\n"
    );
    let mut text = format!(
        "version = 6\ntype = \"http://{site}/TSLType/list\"\nterritory = \"{territory}\"\n\
         names = {{ en = \"{territory}: trusted list of an example\" }}\ninformation = {{ en = \"https://{site}/scheme\" }}\n\
         status_determination = \"http://{site}/StatusDetn\"\nrules = {{ en = \"http://{site}/rules\" }}\n\
         legal_notice = {{ en = \"The legal framework of this list is an example.\" }}\nhistorical_period_days = 65535\n\
         distribution_points = [\"https://{site}/list.xml\"]\n\
         [operator]\nnames = {{ en = \"Operator of {territory}\" }}\n[operator.address]\n{address}"
    );
    for service in 0..services {
        if service % SERVICES == 0 {
            let _ = write!(
                text,
                "[[provider]]\nnames = {{ en = \"Provider {service}\" }}\n\
                 trade_names = {{ en = \"NTR{territory}-{service:010}\" }}\n\
                 information = {{ en = \"https://{site}/{service}\" }}\n[provider.address]\n{address}"
            );
        }
        let _ = write!(
            text,
            "[[provider.service]]\ntype = \"http://uri.etsi.org/TrstSvc/Svctype/CA/QC\"\n\
             names = {{ en = \"Certificates for electronic signatures, {service}\" }}\n\
             certificates = [\"{territory} {service}\"]\n\
             status = \"http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted\"\nsince = \"2026-01-01T00:00:00Z\"\n\
             additional = [\"http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/ForeSignatures\"]\n\
             [[provider.service.qualification]]\n\
             qualifiers = [\"http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/QCWithQSCD\"]\n\
             criteria = {{ assert = \"all\", policies = [[\"1.3.6.1.4.1.99999.85.{service}\"]], description = \"Keys in a device\" }}\n"
        );
    }
    text
}

/// The certificate of a listed service.
fn listed(common_name: &str, now: Instant) -> Result<Certificate, Box<dyn std::error::Error>> {
    let key = PrivateKey::generate(KeyType::P256)?;
    let organisation = "An organisation that provides trust services";
    let subject = name::build(&[(name::ORGANIZATION, organisation), (name::COMMON_NAME, common_name)])?;
    let order = Order {
        profile: Profile::RootCa,
        subject: &subject,
        public_key: key.public_key(),
        serial: Serial::random()?,
        not_before: now - 180 * DAY,
        not_after: now + 180 * DAY,
        urls: &Urls::default(),
        policies: &[],
    };
    Ok(issue::self_sign(&key, &order)?)
}
