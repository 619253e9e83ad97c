//! The tables of the index. Nothing in them is original: they are made from the ledger, and made again when they are lost.
//!
//! Rows come in the order of the ledger, so that the primary keys, the times and the ends of stamps only ever grow at one
//! end. Hashes of identifiers do not; they are kept in buckets of neighbouring positions, so that a new row touches the
//! few pages of the newest bucket however many rows there are, and a look-up asks each bucket once.

use mekong_store::Migration;

/// Positions of one bucket, as a power of two.
pub(super) const BUCKET_BITS: u32 = 18;

pub(super) const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "index of the message log",
        sql: "
CREATE TABLE name (                       -- identifiers of clients, services and gateways; subjects of certificates
    id            INTEGER PRIMARY KEY,
    name          TEXT NOT NULL UNIQUE
);

CREATE TABLE bucket (id INTEGER PRIMARY KEY);

CREATE TABLE exchange (                   -- a record of the ledger with one or two messages
    position      INTEGER PRIMARY KEY,
    recorded_at   BIGINT NOT NULL,        -- microseconds since 1970
    side          SMALLINT NOT NULL,      -- 0 consumer, 1 provider
    parts         SMALLINT NOT NULL,      -- 1 request, 2 response, 3 both
    status        SMALLINT,
    duration      BIGINT,                 -- microseconds
    client        BIGINT NOT NULL REFERENCES name (id),
    service       BIGINT NOT NULL REFERENCES name (id),
    peer          BIGINT REFERENCES name (id),
    request_signer  BIGINT REFERENCES name (id),
    response_signer BIGINT REFERENCES name (id),
    request_body  BIGINT NOT NULL,        -- bytes
    response_body BIGINT NOT NULL,
    bucket        BIGINT NOT NULL,        -- position >> 18
    message_hash  BIGINT NOT NULL,        -- first 8 bytes of SHA-256
    request_hash  BIGINT NOT NULL,        -- of client and request id
    message_id    TEXT NOT NULL,
    request_id    TEXT NOT NULL,
    operation     TEXT NOT NULL
);
CREATE INDEX exchange_by_message ON exchange (bucket, message_hash);
CREATE INDEX exchange_by_request ON exchange (bucket, request_hash);
CREATE INDEX exchange_by_time ON exchange (recorded_at);

CREATE TABLE stamp (                      -- a time-stamp covers the messages from first to last
    position      INTEGER PRIMARY KEY,
    stamped_at    BIGINT NOT NULL,
    first         BIGINT NOT NULL,        -- numbers of messages: 2 * position + 1 for a request, + 2 for a response
    last          BIGINT NOT NULL
);
CREATE INDEX stamp_by_last ON stamp (last);

CREATE TABLE archive (
    position      INTEGER PRIMARY KEY,
    made_at       BIGINT NOT NULL,
    grouped       TEXT NOT NULL,          -- member or subsystem; empty without grouping
    file          TEXT NOT NULL,
    last_digest   TEXT NOT NULL,
    sha256        BLOB NOT NULL,
    containers    BIGINT NOT NULL,
    archived_to   BIGINT NOT NULL,        -- number of the group's first message that is not archived
    all_archived_to BIGINT NOT NULL       -- of any group's
);
CREATE INDEX archive_by_group ON archive (grouped, position);

CREATE TABLE blob (                       -- the last record that needs a blob
    id            BLOB PRIMARY KEY,
    position      BIGINT NOT NULL
);
CREATE INDEX blob_by_position ON blob (position);

CREATE TABLE progress (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    indexed_to    BIGINT NOT NULL,        -- position: all records before it are here
    messages      BIGINT NOT NULL,        -- recorded ever
    stamped       BIGINT NOT NULL,        -- of them, stamped
    stamped_to    BIGINT NOT NULL,        -- number of the last message that is stamped
    stamped_at    BIGINT,
    failing_since BIGINT,
    archived_to   BIGINT NOT NULL         -- number of the first message that is not archived
);
INSERT INTO progress (id, indexed_to, messages, stamped, stamped_to, archived_to) VALUES (1, 0, 0, 0, 0, 0);
",
    },
    Migration {
        version: 2,
        name: "why exchanges failed",
        sql: "
CREATE TABLE failure (                    -- exchanges that have no answer
    request       INTEGER PRIMARY KEY,    -- position of the record of the request
    position      BIGINT NOT NULL,        -- of the record that says so
    code          TEXT NOT NULL           -- of the fault
);
",
    },
];
