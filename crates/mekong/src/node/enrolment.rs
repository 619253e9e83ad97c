//! What registration leans on at the operator's node: the authority that issues, and the key that signs the answers.

use super::config::{NodeConfig, RegistrationSection, read_passphrase};
use crate::cli::{CommandError, Context};
use mekong_authority::ca::CertificateAuthority;
use mekong_authority::token::Token;
use mekong_base::Clock;
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey};
use mekong_directory::publish::{Definition, Publisher};
use mekong_directory::registration::{Journal, Registrar};
use std::sync::Arc;

/// Label of the key that signs the answers.
const KEY: &str = "registration";

/// The key that signs the answers to registrations, made if there is none.
///
/// # Errors
/// In words, if it cannot be opened or made.
pub(crate) fn key(token: &Token) -> Result<PrivateKey, CommandError> {
    let key = if token.has(KEY) { token.key(KEY) } else { token.generate(KEY, KeyType::P256) };
    key.context(|| format!("open the key {KEY}"))
}

/// SHA-256 of the public key: what invitations and `[gateway.operator]` name, so that its answers are believed.
///
/// # Errors
/// None that is known; in words.
pub(crate) fn fingerprint(key: &PrivateKey) -> Result<[u8; 32], CommandError> {
    let digest = DigestAlgorithm::Sha256.digest(key.public_key().spki());
    digest.as_ref().try_into().map_err(|_| CommandError::new("the key has no fingerprint"))
}

/// The authority that issues: the one that the section names, else the one that runs in this node.
///
/// # Errors
/// In words, if there is none or it does not open.
pub(crate) fn authority(
    section: &RegistrationSection,
    running: Option<CertificateAuthority>,
) -> Result<CertificateAuthority, CommandError> {
    match (&section.authority, &section.passphrase_file) {
        (Some(folder), Some(passphrase_file)) => CertificateAuthority::open(folder, read_passphrase(passphrase_file)?)
            .context(|| format!("open the certification authority in {}", folder.display())),
        (None, None) => running.ok_or_else(|| {
            let text = "[directory.registration] names no authority and this node runs none: write \
                        authority = \"FOLDER\" and passphrase_file = \"FILE\" into it, or a section [trust]";
            CommandError::new(text)
        }),
        _ => Err(CommandError::new("[directory.registration] needs both authority and passphrase_file, or neither")),
    }
}

/// A registrar for a publisher.
///
/// # Errors
/// In words, if gateways would not believe certificates of this authority.
pub(crate) fn registrar(
    publisher: &Arc<Publisher>,
    authority: CertificateAuthority,
    key: PrivateKey,
    journal: Journal,
    clock: Clock,
) -> Result<Arc<Registrar>, CommandError> {
    let issuing = authority.issuing().der();
    let definition = publisher.definition();
    let mut approved =
        definition.shared.authorities.iter().flat_map(|a| std::iter::once(&a.top).chain(&a.intermediates));
    if !approved.any(|certificate| certificate.cert == issuing) {
        let name = authority.name();
        let text = format!(
            "the authority {name} is not in the members file: add it as [[authority]] (or [[authority.intermediate]]), \
             or its certificates are good for nothing"
        );
        return Err(CommandError::new(text));
    }
    Ok(Registrar::new(Arc::clone(publisher), authority, key, journal, clock))
}

/// What invitations name as the address of this operator.
///
/// # Errors
/// In words, if nothing says what it is.
pub(crate) fn address(section: &RegistrationSection, definition: &Definition) -> Result<String, CommandError> {
    if let Some(address) = &section.address {
        return Ok(address.clone());
    }
    let source = definition.sources.first();
    let source = source.ok_or_else(|| {
        CommandError::new(
            "the members file names no source: write address = \"http://HOST:PORT\" into [directory.registration]",
        )
    })?;
    Ok(format!("http://{source}"))
}

/// The directory and registration sections of a node, or what to write into its file.
///
/// # Errors
/// In words.
pub(crate) fn sections(
    config: &NodeConfig,
) -> Result<(&super::config::DirectorySection, &RegistrationSection), CommandError> {
    let directory = config.directory.as_ref();
    let directory = directory
        .ok_or_else(|| CommandError::new("this node has no [directory]: name the operator's file with --config"))?;
    let none = || {
        CommandError::new(
            "nobody can register here: write [directory.registration] into the node's file and start it anew",
        )
    };
    Ok((directory, directory.registration.as_ref().ok_or_else(none)?))
}
