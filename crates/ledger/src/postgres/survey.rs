//! What stands in the tables of a ledger, read without opening the ledger and whatever its state: for audits, which must see
//! what is there and not what should be. Nothing is written. Blocks: for a thread of its own.

use super::row::Rows;
use super::{PAGE, patiently, place, tables};
use crate::LedgerError;
use crate::at_rest::Keys;
use crate::audit::{Found, Placed};
use crate::merkle::Hash;
use crate::tree::{TILE_WIDTH, TileAt, Tree, from_bytes};
use mekong_store::Postgres;
use tokio::runtime::Handle;

/// The tables of one ledger.
pub(crate) struct Survey {
    database: Postgres,
    runtime: Handle,
    name: String,
    keys: Keys,
    number: i64,
    id: [u8; 16],
    first: u64,
    edge: Tree,
}

impl Survey {
    /// Looks at the ledger of this name; `None` if there is none.
    pub(crate) fn open(
        database: &Postgres,
        name: &str,
        keys: Keys,
        runtime: Handle,
    ) -> Result<Option<Self>, LedgerError> {
        let Some(head) = runtime.block_on(patiently(|| tables::find(database, name)))? else { return Ok(None) };
        let edge = head.edge.and_then(|bytes| Tree::decode(&bytes, &head.id)).unwrap_or_default();
        let (database, name) = (database.clone(), name.to_owned());
        Ok(Some(Self { database, runtime, name, keys, number: head.number, id: head.id, first: head.first, edge }))
    }

    /// Position of the first record that was not removed.
    pub(crate) const fn first(&self) -> u64 {
        self.first
    }

    /// The hashes of a tile as its row has them, or the edge; nothing if neither does.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if the row is not of the length of a full tile.
    pub(crate) fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<Hash>>, LedgerError> {
        let tile = TileAt { level, index };
        if let Some(hashes) = self.edge.partial(tile).filter(|hashes| !hashes.is_empty()) {
            return Ok(Some(hashes.to_vec()));
        }
        let read = self.runtime.block_on(patiently(|| tables::tile(&self.database, self.number, tile)))?;
        let Some(bytes) = read else { return Ok(None) };
        let hashes = from_bytes(&bytes).filter(|hashes| hashes.len() == TILE_WIDTH);
        hashes.map(Some).ok_or_else(|| LedgerError::Damaged {
            place: format!("{}, {}", place(&self.database, &self.name), tile.path()),
            offset: 0,
            position: tile.leaves().map_or(0, |leaves| leaves.start),
            reason: format!("it has {} bytes, not {}", bytes.len(), TILE_WIDTH * 32),
        })
    }

    /// Every row, by its position.
    pub(crate) fn records(&self, visit: &mut dyn FnMut(Found)) -> Result<(), LedgerError> {
        let rows = Rows { place: place(&self.database, &self.name), id: &self.id, keys: &self.keys };
        let mut next = self.first;
        loop {
            let read = || tables::read(&self.database, self.number, next..u64::MAX, PAGE);
            let page = self.runtime.block_on(patiently(read))?;
            if page.is_empty() {
                return Ok(());
            }
            for row in page {
                let position = Rows::position(&row)?;
                next = position.saturating_add(1);
                visit(match rows.entry(&row) {
                    Ok(entry) => Found::Record(Placed { position, leaf: entry.leaf() }),
                    Err(LedgerError::KeyMissing { .. }) => Found::Sealed(position),
                    Err(error @ LedgerError::Damaged { .. }) => Found::Damaged(position..next, error.to_string()),
                    Err(error) => return Err(error),
                });
            }
        }
    }
}
