//! `mekong list`: trusted lists read, checked, fetched, made and published, and agreements enacted and repealed.

mod edit;
mod fetch;
mod page;
mod show;

use super::sign::KeyOptions;
use super::{CommandError, CommandResult, Context, all_certificates, read_certificates};
use crate::file::write_whole;
use clap::{Args, Subcommand};
use mekong_base::{Clock, Instant};
use mekong_pki::Certificate;
use mekong_recognition::list::{self, TrustedList};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The commands.
#[derive(Subcommand)]
pub(crate) enum ListCommand {
    /// Show lists: services with their history, pointers, agreements.
    Show(show::ShowOptions),
    /// Check the signature of lists, and whether they are still current. Exit 0: all good, 1: some not, 2: could not be checked.
    Verify(show::VerifyOptions),
    /// Write a readable page of a list.
    Page(page::PageOptions),
    /// Fetch a list and those that it points to, check them, and keep them as a snapshot that is never changed.
    Fetch(fetch::FetchOptions),
    /// Make a list from its definition, signed: number 1. One that is there already is changed by the commands below, never replaced.
    New(edit::NewOptions),
    /// Give a service another status from a time on; the present one moves into the history.
    Status(edit::StatusOptions),
    /// Put an equivalence of an agreement into force.
    Enact(edit::AgreementOptions),
    /// End an equivalence of an agreement: what was signed before still counts.
    Repeal(edit::AgreementOptions),
    /// Issue a list again, with a later next update.
    Renew(edit::RenewOptions),
    /// Issue a list for the last time.
    Close(edit::CloseOptions),
}

/// Runs one of them.
pub(crate) fn run(command: ListCommand) -> CommandResult {
    match command {
        ListCommand::Show(options) => show::show(&options),
        ListCommand::Verify(options) => show::verify(&options),
        ListCommand::Page(options) => page::write(&options),
        ListCommand::Fetch(options) => super::block_on(fetch::run(options)),
        ListCommand::New(options) => edit::new(&options),
        ListCommand::Status(options) => edit::status(&options),
        ListCommand::Enact(options) => edit::agreement(&options, true),
        ListCommand::Repeal(options) => edit::agreement(&options, false),
        ListCommand::Renew(options) => edit::renew(&options),
        ListCommand::Close(options) => edit::close(&options),
    }
}

/// Who signs a list, and until when it is current.
#[derive(Args)]
struct Signer {
    #[command(flatten)]
    key: KeyOptions,
    /// The certificate of the list's signer.
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// Days until the next update is due (TS 119 612 allows six months).
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=183))]
    next_update_days: u32,
    /// The signed list.
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

impl Signer {
    /// When the next update is due.
    fn next_update(&self, at: Instant) -> Instant {
        at + Duration::from_secs(86_400) * self.next_update_days
    }

    /// Signs a list and writes it; one that does not verify is not written.
    fn publish(&self, list: &TrustedList, at: Instant) -> CommandResult {
        let Some(key) = self.key.open()? else {
            return Err(CommandError::new("no key: give --key FILE, or --pkcs11 MODULE --key-label LABEL"));
        };
        let certificates = read_certificates(&self.certificate)?;
        let Some(certificate) = certificates.first() else {
            return Err(CommandError::new(format!("{}: no certificate in it", self.certificate.display())));
        };
        if key.public_key().spki() != certificate.public_key().spki() {
            let subject = certificate.subject();
            return Err(CommandError::new(format!("the certificate of {subject} is not for this key")));
        }
        refuse_foreign(certificate, list)?;
        let xml = list::write(list).context(|| "write the list")?;
        let prepared =
            list::sign::prepare(&xml, certificate, key.default_algorithm(), at).context(|| "sign the list")?;
        let value = key.sign(prepared.algorithm, &prepared.to_be_signed).context(|| "sign the list")?;
        let signed = prepared.finish(&value).context(|| "sign the list")?;
        write_whole(&self.out, &signed).context(|| format!("write {}", self.out.display()))?;
        println!("{}: number {}", self.out.display(), list.scheme.sequence_number);
        Ok(std::process::ExitCode::SUCCESS)
    }
}

/// Refuses a signer of another country than the list's (TS 119 612 clause 5.7.1). The European Union has no certificates of its
/// own country.
fn refuse_foreign(certificate: &Certificate, list: &TrustedList) -> Result<(), CommandError> {
    let (Some(territory), Some(country)) = (
        list.scheme.territory.as_deref().filter(|territory| *territory != "EU"),
        mekong_pki::name::attribute(certificate.subject_name(), mekong_pki::name::COUNTRY),
    ) else {
        return Ok(());
    };
    match country.eq_ignore_ascii_case(territory) {
        true => Ok(()),
        false => {
            let subject = certificate.subject();
            Err(CommandError::new(format!(
                "{subject} may not sign the list of {territory}: take a certificate of {territory}"
            )))
        }
    }
}

/// Now, in whole seconds.
fn now() -> Instant {
    Clock::system().now().whole_seconds()
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    std::fs::read(path).context(|| format!("read {}", path.display()))
}

fn read_list(path: &Path) -> Result<TrustedList, CommandError> {
    list::read(&read(path)?).context(|| path.display())
}
