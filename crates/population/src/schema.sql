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

-- Who asked what and who was shown; nothing here is ever changed or removed.
CREATE TABLE access (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,              -- microseconds since 1970, UTC
    client TEXT NOT NULL,
    message TEXT,
    request TEXT,
    operation TEXT NOT NULL,
    subject TEXT NOT NULL
);
CREATE TABLE access_person (
    person TEXT NOT NULL,
    access BIGINT NOT NULL REFERENCES access (id),
    PRIMARY KEY (person, access)
) WITHOUT ROWID;
CREATE INDEX access_person_by_access ON access_person (access);
CREATE TRIGGER access_is_kept BEFORE DELETE ON access BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER access_is_fixed BEFORE UPDATE ON access BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER access_person_is_kept BEFORE DELETE ON access_person BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
CREATE TRIGGER access_person_is_fixed BEFORE UPDATE ON access_person BEGIN SELECT RAISE(ABORT, 'the access log is append-only'); END;
