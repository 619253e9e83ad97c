//! Lists made and edited. Every edit reads the published list, changes it with its history, and issues it anew, signed.

use super::super::verify::time;
use super::{CommandError, CommandResult, Context, Signer, now, read_list};
use clap::Args;
use mekong_base::Instant;
use mekong_pki::Certificate;
use mekong_recognition::agreement::Agreement;
use mekong_recognition::definition::{self, Resolve};
use mekong_recognition::list::TrustedList;
use mekong_recognition::uri::status as status_uri;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Options of `mekong list new`.
#[derive(Args)]
pub(crate) struct NewOptions {
    /// The definition (TOML); those of definitions/trust/lists are examples.
    #[arg(value_name = "DEFINITION")]
    definition: PathBuf,
    /// Folder with the certificates that the definition names: NAME.pem, NAME.cer or NAME.crt.
    #[arg(long, value_name = "DIR")]
    certificates: PathBuf,
    /// Folder with the agreements that the definition names: NAME.toml.
    #[arg(long, value_name = "DIR")]
    agreements: Option<PathBuf>,
    #[command(flatten)]
    signer: Signer,
}

pub(super) fn new(options: &NewOptions) -> CommandResult {
    refuse_existing(&options.signer.out)?;
    let text = std::fs::read_to_string(&options.definition);
    let text = text.context(|| format!("read {}", options.definition.display()))?;
    let broken = RefCell::new(None);
    let kept = |error: String| *broken.borrow_mut() = Some(error);
    let certificate = |name: &str| find_certificate(&options.certificates, name).map_err(kept).ok();
    let agreement = |name: &str| find_agreement(options.agreements.as_deref()?, name).map_err(kept).ok();
    let resolve = Resolve { certificate: &certificate, agreement: &agreement };
    let list = definition::list(&text, &resolve);
    if let Some(reason) = broken.take() {
        return Err(CommandError::new(reason));
    }
    let mut list = list.context(|| options.definition.display())?;
    let at = now();
    list.issue(at, options.signer.next_update(at)).context(|| "issue the list")?;
    options.signer.publish(&list, at)
}

/// A new list has number 1 and no history: it must not take the place of one that was published.
fn refuse_existing(out: &Path) -> Result<(), CommandError> {
    match out.try_exists() {
        Ok(false) => Ok(()),
        Ok(true) => Err(CommandError::new(format!(
            "{}: is there already, and a new list would begin again at number 1 without its history. To issue it again take \
             mekong list renew, to change it mekong list status, enact, repeal or close; else name another --out",
            out.display()
        ))),
        Err(error) => Err(CommandError::because(format!("look for {}", out.display()), &error)),
    }
}

/// A certificate by its name in the definition; else why not, in words.
fn find_certificate(folder: &Path, name: &str) -> Result<Certificate, String> {
    let read = |extension: &str| {
        let path = folder.join(format!("{name}.{extension}"));
        std::fs::read(&path).ok().map(|bytes| (path, bytes))
    };
    let found = ["pem", "cer", "crt"].into_iter().find_map(read);
    let (path, bytes) = found.ok_or_else(|| {
        format!("the definition names the certificate {name}: put {name}.pem, .cer or .crt into {}", folder.display())
    })?;
    Certificate::from_der_or_pem(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// An agreement by its name in the definition; else why not, in words.
fn find_agreement(folder: &Path, name: &str) -> Result<Agreement, String> {
    let path = folder.join(format!("{name}.toml"));
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("the definition names the agreement {name}: read {}: {error}", path.display()))?;
    definition::agreement(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// A status to be set.
#[derive(Args)]
struct Status {
    /// The new status, a URI of TS 119 612 or one that the list has already, as agreements name it:
    /// `http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn`.
    #[arg(long = "status", value_name = "URI")]
    uri: String,
    /// The status is one of our own scheme, and the list has none such yet.
    #[arg(long)]
    national: bool,
}

impl Status {
    /// The URI. A misspelt one would be written into the list and match nothing.
    fn of<'a>(&'a self, list: &TrustedList) -> Result<&'a str, CommandError> {
        let (uri, is_uri) = (self.uri.as_str(), |start| self.uri.starts_with(start));
        if !["http://", "https://", "urn:"].into_iter().any(is_uri) {
            let text = format!("{uri} is no URI: write it whole, as {}", status_uri::WITHDRAWN);
            return Err(CommandError::new(text));
        }
        let services = list.ids().into_iter().filter_map(|id| list.service(id));
        let has = services.flat_map(|service| &service.statuses).any(|status| status.status == uri);
        let is_etsi = uri.starts_with("http://uri.etsi.org/");
        if status_uri::ALL.contains(&uri) || has || (self.national && !is_etsi) {
            return Ok(uri);
        }
        let advice = if is_etsi { "see annex D there" } else { "give --national if it is one of your scheme" };
        let text = format!("{uri} is no status of TS 119 612, and the list has none such: {advice}");
        Err(CommandError::new(text))
    }
}

/// Options of `mekong list status`.
#[derive(Args)]
pub(crate) struct StatusOptions {
    /// The list as published.
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// The service: part of its name, or its type.
    #[arg(long)]
    service: String,
    #[command(flatten)]
    status: Status,
    /// From when on [default: now].
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Instant>,
    #[command(flatten)]
    signer: Signer,
}

pub(super) fn status(options: &StatusOptions) -> CommandResult {
    let mut list = read_list(&options.list)?;
    let at = next_issue(&list);
    let matching: Vec<_> = list
        .ids()
        .into_iter()
        .filter(|id| {
            list.service(*id).and_then(|service| service.statuses.first()).is_some_and(|now| {
                now.service_type == options.service || now.names.iter().any(|name| name.text.contains(&options.service))
            })
        })
        .collect();
    let [id] = matching.as_slice() else {
        let text =
            format!("{} services match {:?}; one is wanted: see mekong list show", matching.len(), options.service);
        return Err(CommandError::new(text));
    };
    let status = options.status.of(&list)?;
    list.set_status(*id, status, options.at.unwrap_or(at)).context(|| "set the status")?;
    issue(list, &options.signer, at)
}

/// Options of `mekong list enact` and `mekong list repeal`.
#[derive(Args)]
pub(crate) struct AgreementOptions {
    /// The list as published.
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// Territory of the other list, two letters.
    #[arg(long)]
    territory: String,
    /// Legal identifier of the equivalence, as `QCForESig`; all of them if left out.
    #[arg(long, value_name = "NAME")]
    equivalence: Option<String>,
    /// From when on [default: now].
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Instant>,
    #[command(flatten)]
    signer: Signer,
}

pub(super) fn agreement(options: &AgreementOptions, enact: bool) -> CommandResult {
    let mut list = read_list(&options.list)?;
    let (at, territory) = (next_issue(&list), Some(options.territory.as_str()));
    let effect = options.at.unwrap_or(at);
    let pointer = list.scheme.pointers.iter_mut().find(|pointer| pointer.territory.as_deref() == territory);
    let Some(agreement) = pointer.and_then(|pointer| pointer.agreement.as_mut()) else {
        let text = format!("the list has no agreement with {}: see mekong list show", options.territory);
        return Err(CommandError::new(text));
    };
    let names: Vec<String> = match &options.equivalence {
        Some(name) => vec![name.clone()],
        None => agreement.equivalences.iter().map(|e| e.legal_identifier.clone()).collect(),
    };
    for name in names {
        let changed = if enact { agreement.enact(&name, effect) } else { agreement.repeal(&name, effect) };
        changed.context(|| name)?;
    }
    issue(list, &options.signer, at)
}

/// Options of `mekong list renew`.
#[derive(Args)]
pub(crate) struct RenewOptions {
    /// The list as published.
    #[arg(value_name = "LIST")]
    list: PathBuf,
    #[command(flatten)]
    signer: Signer,
}

pub(super) fn renew(options: &RenewOptions) -> CommandResult {
    let list = read_list(&options.list)?;
    let at = next_issue(&list);
    issue(list, &options.signer, at)
}

/// Options of `mekong list close`.
#[derive(Args)]
pub(crate) struct CloseOptions {
    /// The list as published.
    #[arg(value_name = "LIST")]
    list: PathBuf,
    /// The status that all services get.
    #[command(flatten)]
    status: Status,
    #[command(flatten)]
    signer: Signer,
}

pub(super) fn close(options: &CloseOptions) -> CommandResult {
    let mut list = read_list(&options.list)?;
    let at = next_issue(&list);
    list.close(options.status.of(&list)?, at).context(|| "close the list")?;
    options.signer.publish(&list, at)
}

/// The time of the next issue: now, once the second of the last one is over.
fn next_issue(list: &TrustedList) -> Instant {
    let last = list.scheme.issued;
    if last == now() {
        std::thread::sleep(Duration::from_secs(1));
    }
    now()
}

fn issue(mut list: TrustedList, signer: &Signer, at: Instant) -> CommandResult {
    list.issue(at, signer.next_update(at)).context(|| "issue the list")?;
    signer.publish(&list, at)
}
