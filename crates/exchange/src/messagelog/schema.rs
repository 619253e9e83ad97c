//! Tables of the message log. Messages are written once and never changed: what comes later (stamps) has its own table.

use mekong_store::Migration;

/// `message` has its small columns first, so that lists do not read the large ones.
pub(super) const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "message log",
    sql: "
CREATE TABLE message (
    id                INTEGER PRIMARY KEY AUTOINCREMENT, -- rising, never used again
    message_id        TEXT NOT NULL,
    request_id        TEXT NOT NULL,
    part              SMALLINT NOT NULL,                 -- 0 request, 1 response
    side              SMALLINT NOT NULL,                 -- 0 consumer, 1 provider
    client            TEXT NOT NULL,
    service           TEXT NOT NULL,
    peer              TEXT,
    operation         TEXT NOT NULL,
    recorded_at       BIGINT NOT NULL,                   -- microseconds since 1970
    status            SMALLINT,
    duration          BIGINT,                            -- microseconds
    signer            TEXT NOT NULL,
    signature_digest  BLOB NOT NULL,                     -- SHA-512 of `signature`
    body_size         BIGINT NOT NULL,
    body_file         TEXT,                              -- name of the file, if the body is not in `body`
    body_digest       BLOB,                              -- SHA-512 of that file
    message           BLOB NOT NULL,
    body              BLOB,
    signature         TEXT NOT NULL,
    hash_chain_result TEXT,
    hash_chain        TEXT
);
CREATE INDEX message_by_message_id ON message (message_id);
CREATE INDEX message_by_body_file ON message (body_file) WHERE body_file IS NOT NULL;

CREATE TABLE timestamp (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    stamped_at        BIGINT NOT NULL,                   -- this gateway's clock; the token has the authority's
    token             BLOB NOT NULL,                     -- DER, with the authority's certificate
    hash_chain_result TEXT                               -- what the token is over; NULL: over one signature value
);

CREATE TABLE stamp (
    message           BIGINT NOT NULL PRIMARY KEY REFERENCES message (id),
    timestamp         BIGINT NOT NULL REFERENCES timestamp (id),
    hash_chain        TEXT                               -- from the result to the message's signature
);

CREATE TABLE progress (
    id                INTEGER PRIMARY KEY CHECK (id = 1),
    stamped_to        BIGINT NOT NULL,                   -- all messages up to this one are stamped
    failing_since     BIGINT                             -- first failure after the last success
);
INSERT INTO progress (id, stamped_to) VALUES (1, 0);
",
}];
