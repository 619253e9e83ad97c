//! Message archives: ZIP files of containers, linked from one to the next by `linkinginfo`.
//!
//! Its first line is the last digest of the previous archive, that archive's name and the digest algorithm
//! (`- - SHA-512` for the first one); then a line for each container with its digest in the chain and its name. A
//! container's digest in the chain is the hexadecimal digest of the text made of the one before it and of the digest of
//! the container, both hexadecimal.

use super::{OK, SIGNER_NOT_CHECKED, Trust, Verdict, verify_container};
use crate::asic::{AsicError, Container};
use crate::names;
use mekong_base::Source;
use mekong_base::limits::ContainerLimits;
use mekong_crypto::DigestAlgorithm;
use mekong_signature::zip::{self, Entry, Rules, ZipError, unpack};
use std::collections::BTreeMap;

const LINKING_INFO: &str = "linkinginfo";
const CONTAINER: &str = ".asice";
const META: &str = "META-INF/";

/// What an archive shows.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchiveVerdict {
    /// The verdict on the archive: linking and integrity of all containers.
    pub verdict: Verdict,
    /// The verdict on each container, by its name, in the order of the linking information.
    pub containers: Vec<(String, Verdict)>,
    /// The digest that the next archive starts from.
    pub last_digest: Option<String>,
}

/// Whether a ZIP file is an archive rather than a container.
pub fn is_archive(bytes: &[u8], limits: &ContainerLimits) -> bool {
    zip::directory(&bytes, &archive_rules(limits)).is_ok_and(|found| holds_containers(&found.entries))
}

/// Whether a ZIP file is a message of the exchange or an archive of them, rather than any other signed container.
pub(super) fn is_of_the_exchange(source: &dyn Source, limits: &ContainerLimits) -> bool {
    let is_ours = |entries: &[Entry]| holds_containers(entries) || holds_message(entries);
    zip::directory(source, &archive_rules(limits)).is_ok_and(|found| is_ours(&found.entries))
}

/// It has linking information or containers, and is no container itself: there they are documents like any other.
fn holds_containers(entries: &[Entry]) -> bool {
    let is_container = entries.iter().any(|e| is(&e.name, names::MIMETYPE) || e.name.starts_with(META));
    !is_container && entries.iter().any(|e| e.name == LINKING_INFO || e.name.ends_with(CONTAINER))
}

/// It has a hash chain, or a message where a message's container has it: beside a list of files and no signature but the
/// message's own. Elsewhere `message.xml` is a document like any other.
fn holds_message(entries: &[Entry]) -> bool {
    let has = |name: &str| entries.iter().any(|e| is(&e.name, name));
    let is_other_signature = |e: &Entry| {
        let file = e.name.strip_prefix(META).is_some_and(|file| file.contains("signature"));
        file && !is(&e.name, names::SIGNATURE)
    };
    has(names::SIG_HASH_CHAIN_RESULT)
        || has(names::TS_HASH_CHAIN_RESULT)
        || (has(names::MESSAGE) && has(names::MANIFEST) && !entries.iter().any(is_other_signature))
}

/// Whether an entry is the file that references write with a slash before it.
fn is(entry: &str, name: &str) -> bool {
    name.strip_prefix('/') == Some(entry)
}

/// An archive of small messages has more entries than any container; its directory bounds them.
fn archive_rules(limits: &ContainerLimits) -> Rules {
    Rules::narrow(ContainerLimits { entries: usize::from(u16::MAX), ..*limits })
}

/// Verifies an archive: the linking information covers exactly its containers, every digest in the chain is right, and no
/// container is invalid.
///
/// `previous` is the last digest of the previous archive; `None` takes the one in the linking information as given.
pub fn verify(
    bytes: &[u8],
    limits: &ContainerLimits,
    previous: Option<&str>,
    trust: Option<&Trust<'_>>,
) -> ArchiveVerdict {
    let bad = |(reason, detail): (&'static str, String), containers| ArchiveVerdict {
        verdict: Verdict::invalid(reason, detail),
        containers,
        last_digest: None,
    };
    let archive = match Archive::read(bytes, limits) {
        Ok(archive) => archive,
        Err(error) => return bad(error, Vec::new()),
    };
    let last_digest = match archive.check_linking(previous) {
        Ok(last) => last,
        Err(error) => return bad(error, Vec::new()),
    };
    let mut left = *limits;
    let judge = |(name, zip): (&str, &[u8])| (name.to_owned(), container(zip, &mut left, trust));
    let containers: Vec<(String, Verdict)> = archive.linked().map(judge).collect();
    if let Some((name, verdict)) = containers.iter().find(|(_, v)| v.valid == Some(false)) {
        let error = (verdict.reason, format!("{name}: {}", verdict.detail));
        return bad(error, containers);
    }
    let verdict = summary(&archive, &containers);
    ArchiveVerdict { verdict, containers, last_digest: Some(last_digest) }
}

/// The verdict on one container; what it unpacks to counts against the limit for all of them.
fn container(zip: &[u8], left: &mut ContainerLimits, trust: Option<&Trust<'_>>) -> Verdict {
    match Container::read(zip, left) {
        Ok(container) => {
            left.total_bytes = left.total_bytes.saturating_sub(container.unpacked_bytes());
            verify_container(&container, trust)
        }
        Err(error) => Verdict::invalid(error.code(), error.to_string()),
    }
}

fn summary(archive: &Archive, containers: &[(String, Verdict)]) -> Verdict {
    let mut verdict = Verdict::invalid(OK, "");
    verdict.valid = Some(true);
    let start = match archive.info.previous.as_str() {
        "" => "the first of its chain".to_owned(),
        previous => format!("the chain continues from {previous}"),
    };
    verdict.detail = format!("linking holds over {} containers, {start}; no container is invalid", containers.len());
    let open = containers.iter().filter(|(_, v)| v.valid.is_none()).count();
    if open > 0 {
        let why = if containers.iter().any(|(_, v)| v.reason == SIGNER_NOT_CHECKED) {
            "no global configuration was given (--global-conf DIR)"
        } else {
            "the global configuration does not have their instance"
        };
        verdict.detail.push_str(&format!(". Not checked: the signers of {open} containers, because {why}"));
    }
    verdict.timestamp = containers.iter().filter_map(|(_, v)| v.timestamp).max();
    verdict
}

type Error = (&'static str, String);

struct Archive {
    containers: BTreeMap<String, Vec<u8>>,
    info: LinkingInfo,
}

struct LinkingInfo {
    previous: String,
    algorithm: DigestAlgorithm,
    /// Digest and name, in order.
    lines: Vec<(String, String)>,
}

impl Archive {
    fn read(bytes: &[u8], limits: &ContainerLimits) -> Result<Self, Error> {
        let coded = |error: ZipError| {
            let error = AsicError::from(error);
            (error.code(), error.to_string())
        };
        let entries = zip::directory(&bytes, &archive_rules(limits)).map_err(coded)?.entries;
        let mut containers = BTreeMap::new();
        let mut info = None;
        for entry in entries {
            if entry.name != LINKING_INFO && !entry.name.ends_with(CONTAINER) {
                return Err((
                    "archive_files_differ",
                    format!("{:?} is neither a container nor linking information", entry.name),
                ));
            }
            let mut content = Vec::new();
            unpack(&bytes, &entry, &mut |piece| content.extend_from_slice(piece)).map_err(coded)?;
            match entry.name == LINKING_INFO {
                true => info = Some(LinkingInfo::read(&content)?),
                false => drop(containers.insert(entry.name, content)),
            }
        }
        let info =
            info.ok_or(("archive_linking_info_not_found", "there is no linkinginfo in the archive".to_owned()))?;
        Ok(Self { containers, info })
    }

    /// The containers in the order of the linking information.
    fn linked(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.info.lines.iter().filter_map(|(_, name)| Some((name.as_str(), self.containers.get(name)?.as_slice())))
    }

    /// Recalculates the chain; the last digest.
    fn check_linking(&self, previous: Option<&str>) -> Result<String, Error> {
        let info = &self.info;
        if self.containers.is_empty() {
            return Err((
                "archive_no_containers",
                "there are no containers in the archive, at least one is expected".into(),
            ));
        }
        if let Some(given) = previous
            && !given.eq_ignore_ascii_case(&info.previous)
        {
            let stated = if info.previous.is_empty() { "nothing" } else { &info.previous };
            return Err((
                "archive_previous_digest_differs",
                format!("the previous archive ends with {given}, linkinginfo continues from {stated}"),
            ));
        }
        self.check_names()?;
        let mut last = info.previous.clone();
        for (digest, name) in &info.lines {
            let Some(zip) = self.containers.get(name) else { continue };
            let found = link(info.algorithm, &last, zip);
            if !found.eq_ignore_ascii_case(digest) {
                return Err((
                    "archive_digest_mismatch",
                    format!(
                        "{name} does not match the linking information: its digest in the chain is {found}, linkinginfo says {digest}"
                    ),
                ));
            }
            last = found;
        }
        Ok(last)
    }

    fn check_names(&self) -> Result<(), Error> {
        let differ = |what: String| Err(("archive_files_differ", what));
        let mut listed = BTreeMap::new();
        for (_, name) in &self.info.lines {
            if listed.insert(name.as_str(), ()).is_some() {
                return differ(format!("linkinginfo names {name} twice"));
            }
            if !self.containers.contains_key(name) {
                return differ(format!("linkinginfo names {name}, which is not in the archive"));
            }
        }
        match self.containers.keys().find(|name| !listed.contains_key(name.as_str())) {
            Some(name) => differ(format!("{name} is in the archive, but not in linkinginfo")),
            None => Ok(()),
        }
    }
}

/// The digest of a container in the chain, after `last`.
pub fn link(algorithm: DigestAlgorithm, last: &str, container: &[u8]) -> String {
    let own = format!("{:?}", algorithm.digest(container));
    format!("{:?}", algorithm.digest(format!("{last}{own}").as_bytes()))
}

impl LinkingInfo {
    fn read(bytes: &[u8]) -> Result<Self, Error> {
        let malformed = |what: &str| ("archive_linking_info_malformed", format!("linkinginfo is malformed: {what}"));
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let mut lines = text.lines();
        let first: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
        let [previous, _, algorithm] = first.as_slice() else {
            return Err(malformed("its first line is not a digest, a file name and an algorithm"));
        };
        let algorithm = DigestAlgorithm::from_name(algorithm).map_err(|e| malformed(&e.to_string()))?;
        if algorithm.output_len() < 32 {
            return Err(malformed("its algorithm is none of SHA-256, SHA-384 and SHA-512"));
        }
        let mut contents = Vec::new();
        for line in lines {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [digest, name] = fields.as_slice() else {
                return Err(malformed("a line is not a digest and a file name"));
            };
            contents.push(((*digest).to_owned(), (*name).to_owned()));
        }
        let previous = if *previous == "-" { String::new() } else { (*previous).to_owned() };
        Ok(Self { previous, algorithm, lines: contents })
    }
}

/// Writes the linking information of an archive.
///
/// `previous` is the last digest and the file name of the previous archive. Returns the text and the last digest, from
/// which the next archive continues.
pub fn linking_info<'c>(
    algorithm: DigestAlgorithm,
    previous: Option<(&str, &str)>,
    containers: impl IntoIterator<Item = (&'c str, &'c [u8])>,
) -> (String, String) {
    let (mut last, file) = previous.map_or_else(Default::default, |(digest, file)| (digest.to_owned(), file));
    let shown = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let mut out = format!("{} {} {}\n", shown(&last), shown(file), algorithm.name());
    for (name, zip) in containers {
        last = link(algorithm, &last, zip);
        out.push_str(&format!("{last} {name}\n"));
    }
    (out, last)
}
