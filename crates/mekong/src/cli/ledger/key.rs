//! `mekong ledger key` and `sign`: keys of logs and witnesses, and a checkpoint signed by hand.

use super::{CHECKPOINT, VERIFIERS};
use crate::cli::{CommandError, CommandResult, Context};
use crate::node::config::read_passphrase;
use clap::Args;
use mekong_authority::token::Token;
use mekong_base::Clock;
use mekong_crypto::KeyType;
use mekong_ledger::checkpoint::{Checkpoint, SignedCheckpoint};
use mekong_ledger::note::{Algorithm, KeyName, Signer};
use mekong_ledger::{Disk, Ledger, Options};
use mekong_store::file;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Which key.
#[derive(Args, Clone)]
pub(super) struct Chosen {
    /// Folder of keys.
    #[arg(long, value_name = "DIR")]
    keys: PathBuf,
    /// Label of the key in the folder.
    #[arg(long, default_value = "ledger")]
    label: String,
    /// File with the passphrase of the keys; its line end does not count.
    #[arg(long, value_name = "FILE", env = "MEKONG_PASSPHRASE_FILE")]
    passphrase_file: PathBuf,
    /// Name of the log or witness: best a URL without scheme, such as mps.gov.example/audit.
    #[arg(long)]
    name: KeyName,
}

impl Chosen {
    fn token(&self) -> Result<Token, CommandError> {
        let passphrase = read_passphrase(&self.passphrase_file)?;
        Token::open(&self.keys, passphrase).context(|| format!("open the keys in {}", self.keys.display()))
    }

    fn signer(&self, token: &Token, algorithm: Algorithm) -> Result<Signer, CommandError> {
        let key = token.key(&self.label).context(|| format!("open the key {}", self.label))?;
        Signer::new(self.name.clone(), algorithm, key).context(|| format!("key {}", self.label))
    }
}

/// Options of `mekong ledger key`.
#[derive(Args)]
pub(crate) struct KeyOptions {
    #[command(flatten)]
    chosen: Chosen,
    /// The key of a witness, which cosigns the checkpoints of others. A log and a witness must not share a key.
    #[arg(long)]
    witness: bool,
}

pub(super) fn show(options: &KeyOptions) -> CommandResult {
    let token = options.chosen.token()?;
    let label = &options.chosen.label;
    if !token.has(label) {
        token.generate(label, KeyType::Ed25519).context(|| format!("make the key {label}"))?;
        eprintln!("mekong: made the key {label} in {}", options.chosen.keys.display());
    }
    let algorithm = if options.witness { Algorithm::Cosignature } else { Algorithm::Ed25519 };
    println!("{}", options.chosen.signer(&token, algorithm)?.verifier());
    Ok(ExitCode::SUCCESS)
}

/// Options of `mekong ledger sign`.
#[derive(Args)]
pub(crate) struct SignOptions {
    #[command(flatten)]
    chosen: Chosen,
    /// Folder of the ledger.
    #[arg(value_name = "LEDGER")]
    folder: PathBuf,
}

pub(super) async fn sign(options: SignOptions) -> CommandResult {
    let signer = options.chosen.signer(&options.chosen.token()?, Algorithm::Ed25519)?;
    let folder = &options.folder;
    if !folder.join("segments").is_dir() {
        return Err(CommandError::new(format!("{} is no folder of a ledger: it has no segments", folder.display())));
    }
    let opened = Ledger::open_files(folder, Options::default(), Disk::real(), Clock::system()).await;
    let ledger = opened.context(|| format!("open the ledger in {}", folder.display()))?;
    let made = make(&ledger, folder, &signer).await;
    ledger.close().await;
    let made = made?;
    let checkpoint = made.unverified();
    println!("{}: {} records, root {}", checkpoint.origin, checkpoint.size, checkpoint.root);
    println!("Next: have it witnessed, or keep {} where nobody changes it.", folder.join(CHECKPOINT).display());
    Ok(ExitCode::SUCCESS)
}

/// Signs the ledger as it is now, unless it does not continue what was signed before.
async fn make(ledger: &Ledger, folder: &Path, signer: &Signer) -> Result<SignedCheckpoint, CommandError> {
    let (size, name) = (ledger.end(), signer.verifier().name().as_str());
    let path = folder.join(CHECKPOINT);
    if path.exists() {
        let old = super::newest_checkpoint(folder)?;
        let old = old.unverified();
        let root = ledger.root(old.size.min(size)).await.context(|| "compute the root")?;
        if old.size > size || root != old.root || old.origin != name {
            return Err(CommandError::new(format!(
                "{} does not go with the ledger: it was signed over {} records of {} with the root {}; mekong ledger check \
                 says what happened",
                path.display(),
                old.size,
                old.origin,
                old.root
            )));
        }
    }
    let root = ledger.root(size).await.context(|| "compute the root")?;
    let checkpoint = Checkpoint::new(name, size, root).context(|| "make the checkpoint")?;
    let signed = checkpoint.sign(signer).context(|| "sign the checkpoint")?;
    file::write(&folder.join(VERIFIERS), format!("{}\n", signer.verifier()).as_bytes()).context(|| "write the key")?;
    file::write(&path, signed.to_string().as_bytes()).context(|| "write the checkpoint")?;
    Ok(signed)
}
