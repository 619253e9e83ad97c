//! The countries of the demo witness each other's ledgers: who signs what is told to the operator of the other country.

use super::prepare::{NODE_FILE, OPERATOR, PASSPHRASE_FILE, Plan, write_toml};
use crate::cli::{CommandError, Context};
use crate::node::NodeConfig;
use crate::node::config::{WitnessSection, WitnessedSection};
use crate::node::ledgers::{ADMINISTRATION, DIRECTORY, LedgerSection, LedgerWitnessSection, MESSAGES};
use crate::node::register::ACCESSES;
use crate::node::witness::Witness;
use std::path::PathBuf;

/// Folder of a node's ledger key, beside its configuration.
const KEYS: &str = "ledger-keys";
/// Folder of an operator's witness.
const WITNESS: &str = "witness";

/// What one country tells the other.
struct Introduced {
    /// The nodes' folders, and what each signs.
    nodes: Vec<(PathBuf, LedgerSection)>,
    /// Verifier keys of their ledgers.
    logs: Vec<String>,
    witness: WitnessSection,
    /// Verifier key of its witness.
    witness_key: String,
}

/// Each country's operator witnesses the ledgers of the other one. Blocks for the keys' encryption.
///
/// # Errors
/// In words, if keys or files cannot be written.
pub(super) fn introduce(plans: &[Plan; 2]) -> Result<(), CommandError> {
    let [first, second] = plans;
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| introduced(second));
        let one = introduced(first);
        other.join().map(|other| (one, other)).map_err(|_| CommandError::new("the witnesses could not be made"))
    })?;
    let (one, other) = (one?, other?);
    write(first, &one, &other)?;
    write(second, &other, &one)
}

fn introduced(plan: &Plan) -> Result<Introduced, CommandError> {
    let country = plan.spec.instance.to_lowercase();
    let mut nodes = Vec::new();
    let mut logs = Vec::new();
    let kept = [
        (plan.spec.keeper.folder, &[MESSAGES, ADMINISTRATION, ACCESSES][..]),
        (plan.spec.asker.folder, &[MESSAGES, ADMINISTRATION]),
        (OPERATOR, &[DIRECTORY]),
    ];
    for (node, ledgers) in kept {
        let folder = plan.folder.join(node);
        let section = LedgerSection {
            name: format!("{node}.{country}.example"),
            keys: KEYS.into(),
            passphrase_file: PASSPHRASE_FILE.into(),
            every_seconds: Some(1),
            witnesses: Vec::new(),
        };
        let mut found = section.clone();
        (found.keys, found.passphrase_file) = (folder.join(KEYS), folder.join(PASSPHRASE_FILE));
        std::fs::create_dir_all(&found.keys).context(|| format!("make {}", found.keys.display()))?;
        for ledger in ledgers {
            logs.push(found.signer(ledger)?.verifier().to_string());
        }
        nodes.push((folder, section));
    }
    let operator = plan.folder.join(OPERATOR);
    let witness = WitnessSection {
        name: format!("{OPERATOR}.{country}.example/witness"),
        folder: WITNESS.into(),
        passphrase_file: PASSPHRASE_FILE.into(),
        listen: plan.addresses.witness(),
        logs: Vec::new(),
    };
    let mut found = witness.clone();
    (found.folder, found.passphrase_file) = (operator.join(WITNESS), operator.join(PASSPHRASE_FILE));
    let witness_key = Witness::key(&found)?.to_string();
    Ok(Introduced { nodes, logs, witness, witness_key })
}

fn write(plan: &Plan, own: &Introduced, other: &Introduced) -> Result<(), CommandError> {
    for (folder, section) in &own.nodes {
        let path = folder.join(NODE_FILE);
        let text = std::fs::read_to_string(&path).context(|| format!("read {}", path.display()))?;
        let mut config: NodeConfig = toml::from_str(&text).context(|| format!("understand {}", path.display()))?;
        let witness =
            LedgerWitnessSection { url: format!("http://{}", other.witness.listen), key: other.witness_key.clone() };
        config.ledger = Some(LedgerSection { witnesses: vec![witness], ..section.clone() });
        if *folder == plan.folder.join(OPERATOR) {
            let witnessed = |key: &String| WitnessedSection { origin: None, keys: vec![key.clone()] };
            let logs = other.logs.iter().map(witnessed).collect();
            config.witness = Some(WitnessSection { logs, ..own.witness.clone() });
        }
        write_toml(&path, &config)?;
    }
    Ok(())
}
