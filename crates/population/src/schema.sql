-- Persons, found by number, by name and by day of birth.
CREATE TABLE person (
    id TEXT NOT NULL PRIMARY KEY,
    surname TEXT NOT NULL,
    middle_name TEXT NOT NULL,
    given_name TEXT NOT NULL,
    surname_latin TEXT,              -- only where the country's script is not Latin
    given_name_latin TEXT,
    sex TEXT NOT NULL CHECK (sex IN ('F', 'M')),
    born TEXT NOT NULL,              -- YYYY-MM-DD
    died TEXT,
    birth_place TEXT NOT NULL,
    residence TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('deceased', 'living', 'missing')),
    name_key TEXT NOT NULL,          -- the full name as searched
    latin_key TEXT,
    CHECK ((status = 'deceased') = (died IS NOT NULL))
) WITHOUT ROWID;
CREATE INDEX person_by_name ON person (name_key);
CREATE INDEX person_by_latin_name ON person (latin_key) WHERE latin_key IS NOT NULL;
CREATE INDEX person_by_birth ON person (born);

-- What was imported, and when.
CREATE TABLE import (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,              -- microseconds since 1970, UTC
    rows BIGINT NOT NULL,
    added BIGINT NOT NULL,
    unchanged BIGINT NOT NULL
);

-- Which lines of the access log (a ledger beside this file) are about a person, and how far the ledger was read; made anew
-- from the ledger where it is lost.
CREATE TABLE shown (
    person TEXT NOT NULL,
    access BIGINT NOT NULL,          -- position in the ledger
    PRIMARY KEY (person, access)
) WITHOUT ROWID;
CREATE TABLE access_index (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    indexed_to BIGINT NOT NULL       -- lines before this position
);
INSERT INTO access_index (id, indexed_to) VALUES (1, 0);
