//! The tables of the register and what is asked of them. SQL in the subset that SQLite and PostgreSQL share, but for the migration.

use crate::fold;
use crate::person::{NameParts, Person, PersonName, Sex, Status, parse_day};
use crate::{Country, country::Script};
use jiff::civil::Date;
use mekong_ledger::LedgerError;
use mekong_store::{Database, Migration, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, SqliteConnection};
use std::sync::Arc;

/// The steps of the schema, for [`Database::open`].
pub const MIGRATIONS: &[Migration] =
    &[Migration { version: 1, name: "register of persons", sql: include_str!("schema.sql") }];

/// How to take away and make each index of persons in `schema.sql`. A first import does both, and so makes them from the whole at once, which costs half.
pub(crate) const INDEXES: [(&str, &str); 3] = [
    ("DROP INDEX person_by_name", "CREATE INDEX person_by_name ON person (name_key)"),
    (
        "DROP INDEX person_by_latin_name",
        "CREATE INDEX person_by_latin_name ON person (latin_key) WHERE latin_key IS NOT NULL",
    ),
    ("DROP INDEX person_by_birth", "CREATE INDEX person_by_birth ON person (born)"),
];

/// Columns of a person, in the order that [`person_of`] and [`bind_person`] rely on.
const COLUMNS: &str = "id, surname, middle_name, given_name, surname_latin, given_name_latin, sex, born, died, birth_place, \
                       residence, status, name_key, latin_key";
const N_COLUMNS: usize = 14;
/// Rows of one insert: 14 columns each, within SQLite's 32,766 parameters.
pub(crate) const ROWS_PER_INSERT: usize = 500;

/// A parameter without a name. SQLite looks names, and `$1` is one, up in a list, so that a statement of thousands of parameters takes
/// time in the square of their number.
const ANONYMOUS: &str = "?,";

/// The register of one country. Clones share the database.
#[derive(Debug, Clone)]
pub struct Register {
    pub(crate) database: Database,
    pub(crate) country: Arc<Country>,
}

/// Why the register cannot answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The database failed.
    #[error("the register's database failed")]
    Store(#[from] StoreError),
    /// The access log failed.
    #[error("the register's access log failed")]
    Log(#[from] LedgerError),
    /// A line of the access log that cannot be put into words.
    #[error("a line of the access log cannot be written")]
    Unwritable,
    /// A record of the access log is not what we write.
    #[error(
        "record {position} of the access log is no line of it: a newer release wrote it, or the ledger is of something else"
    )]
    Line {
        /// Its position in the ledger.
        position: u64,
    },
    /// A row is not what we write; the file was changed by another program or is damaged. The text names no person, as it is logged.
    #[error("a stored person has a {column} that is none: the database was changed by another program or is damaged")]
    Damaged {
        /// Identity number of the row.
        id: String,
        /// Which column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
}

impl From<sqlx::Error> for RegisterError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Without `born`: the beginning of the full name, in the order of the country. With `born`: words of the name or their
    /// beginnings, in any order. Marks and case do not matter in Latin letters; Lao names are found in both scripts.
    pub name: String,
    /// The day of birth.
    pub born: Option<Date>,
    /// Persons in one answer.
    pub limit: u32,
    /// Where the previous answer ended.
    pub after: Option<Place>,
}

/// The end of one page of a search: the key and number of its last person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The search key.
    pub key: String,
    /// The identity number.
    pub id: String,
}

/// One page of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// In the order of their names' search keys, then of their numbers.
    pub persons: Vec<Person>,
    /// Where to go on; `None` if nothing more was found.
    pub next: Option<Place>,
}

impl Register {
    /// A register over a database opened with [`MIGRATIONS`].
    pub fn new(database: Database, country: Arc<Country>) -> Self {
        Self { database, country }
    }

    /// The rules of its country.
    pub fn country(&self) -> &Country {
        &self.country
    }

    /// The database below it.
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// How many persons it holds. Reads the whole key: not for every request.
    ///
    /// # Errors
    /// [`RegisterError::Store`].
    pub async fn count(&self) -> Result<u64, RegisterError> {
        let n: i64 =
            sqlx::query_scalar("SELECT count(*) FROM person").fetch_one(&mut *self.database.reader().await?).await?;
        Ok(u64::try_from(n).unwrap_or(0))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`RegisterError::Store`].
    pub async fn check(&self) -> Result<(), RegisterError> {
        sqlx::query("SELECT id FROM person LIMIT 1").fetch_optional(&mut *self.database.reader().await?).await?;
        Ok(())
    }

    /// The person of a number.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn person(&self, id: &str) -> Result<Option<Person>, RegisterError> {
        let row = sqlx::query(AssertSqlSafe(format!("SELECT {COLUMNS} FROM person WHERE id = $1")))
            .bind(id)
            .fetch_optional(&mut *self.database.reader().await?)
            .await?;
        row.map(|row| person_of(&row, self.country.script())).transpose()
    }

    /// Persons by name, or by name and day of birth. Both ways go through an index; neither reads the whole register.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn search(&self, search: &Search) -> Result<Page, RegisterError> {
        let in_lao = fold::has_lao(&search.name);
        let (column, name) = match self.country.script() {
            Script::Lao if !in_lao => ("latin_key", fold::latin(&search.name)),
            Script::Lao => ("name_key", fold::lao(&search.name)),
            Script::Latin => ("name_key", fold::latin(&search.name)),
        };
        let fetch = i64::from(search.limit) + 1;
        let after = search.after.clone().unwrap_or_else(|| Place { key: String::new(), id: String::new() });
        let rows = match search.born {
            None => {
                let query =
                    sqlx::query(AssertSqlSafe(by_name(column))).bind(name.clone()).bind(format!("{name}\u{10ffff}"));
                query.bind(after.key).bind(after.id).bind(fetch).fetch_all(&mut *self.database.reader().await?).await?
            }
            Some(born) => {
                let query =
                    sqlx::query(AssertSqlSafe(by_birth(column))).bind(born.to_string()).bind(after.key).bind(after.id);
                query.fetch_all(&mut *self.database.reader().await?).await?
            }
        };
        self.page(&rows, column, &name, search)
    }

    fn page(&self, rows: &[SqliteRow], column: &str, name: &str, search: &Search) -> Result<Page, RegisterError> {
        let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
        let mut page = Page { persons: Vec::new(), next: None };
        let mut last = None;
        for row in rows {
            let key: String = row.try_get(column)?;
            if search.born.is_some() && !has_words(&key, name) {
                continue;
            }
            if page.persons.len() == limit {
                page.next = last;
                break;
            }
            let person = person_of(row, self.country.script())?;
            last = Some(Place { key, id: person.id.clone() });
            page.persons.push(person);
        }
        Ok(page)
    }
}

/// Persons whose key is from `$1` to before `$2`, after key and number `$3` and `$4`.
fn by_name(column: &str) -> String {
    format!(
        "SELECT {COLUMNS} FROM person WHERE {column} >= $1 AND {column} < $2 AND ({column}, id) > ($3, $4) ORDER BY {column}, id LIMIT $5"
    )
}

/// All persons of a day of birth, after a key and number: some thousands in a country of a hundred million.
fn by_birth(column: &str) -> String {
    format!("SELECT {COLUMNS} FROM person WHERE born = $1 AND ({column}, id) > ($2, $3) ORDER BY {column}, id")
}

/// Whether every word of `asked` begins a word of `key`, no word of the key serving twice.
fn has_words(key: &str, asked: &str) -> bool {
    let mut words: Vec<&str> = key.split(' ').collect();
    let mut asked: Vec<&str> = asked.split(' ').collect();
    asked.sort_by_key(|word| std::cmp::Reverse(word.len()));
    asked.into_iter().all(|prefix| match words.iter().position(|word| word.starts_with(prefix)) {
        Some(at) => {
            words.swap_remove(at);
            true
        }
        None => false,
    })
}

/// Persons of these numbers, at most [`ROWS_PER_INSERT`]; in no order.
pub(crate) async fn stored(
    connection: &mut SqliteConnection,
    ids: impl ExactSizeIterator<Item = &str>,
    script: Script,
) -> Result<Vec<Person>, RegisterError> {
    let sql =
        format!("SELECT {COLUMNS} FROM person WHERE id IN ({})", ANONYMOUS.repeat(ids.len()).trim_end_matches(','));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for id in ids {
        query = query.bind(id.to_owned());
    }
    query.fetch_all(connection).await?.iter().map(|row| person_of(row, script)).collect()
}

/// Inserts persons that are not there yet, at most [`ROWS_PER_INSERT`].
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    persons: &[&Person],
    country: &Country,
) -> Result<(), RegisterError> {
    let row = format!("({}),", ANONYMOUS.repeat(N_COLUMNS).trim_end_matches(','));
    let sql = format!("INSERT INTO person ({COLUMNS}) VALUES {}", row.repeat(persons.len()).trim_end_matches(','));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for person in persons {
        query = bind_person(query, person, country);
    }
    query.execute(connection).await?;
    Ok(())
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;

fn bind_person<'q>(query: Query<'q>, person: &Person, country: &Country) -> Query<'q> {
    let native = &person.name.native;
    let full = native.full(country.name_order());
    let (latin, name_key, latin_key) = match country.script() {
        Script::Latin => (None, fold::latin(&full), None),
        Script::Lao => {
            let latin = &person.name.latin;
            let key = fold::latin(&latin.full(country.name_order()));
            (Some((latin.surname.clone(), latin.given.clone())), fold::lao(&full), Some(key))
        }
    };
    let (surname_latin, given_latin) = latin.unzip();
    query
        .bind(person.id.clone())
        .bind(native.surname.clone())
        .bind(native.middle.clone())
        .bind(native.given.clone())
        .bind(surname_latin)
        .bind(given_latin)
        .bind(person.sex.letter())
        .bind(person.born.to_string())
        .bind(person.died.map(|day| day.to_string()))
        .bind(person.birth_place.clone())
        .bind(person.residence.clone())
        .bind(person.status.word())
        .bind(name_key)
        .bind(latin_key)
}

fn person_of(row: &SqliteRow, script: Script) -> Result<Person, RegisterError> {
    let id: String = row.try_get(0)?;
    let damaged = |column, value: String| RegisterError::Damaged { id: id.clone(), column, value };
    let native = NameParts { surname: row.try_get(1)?, middle: row.try_get(2)?, given: row.try_get(3)? };
    let latin = match script {
        Script::Latin => without_marks(&native),
        Script::Lao => NameParts { surname: row.try_get(4)?, middle: String::new(), given: row.try_get(5)? },
    };
    let sex: String = row.try_get(6)?;
    let born: String = row.try_get(7)?;
    let died: Option<String> = row.try_get(8)?;
    let status: String = row.try_get(11)?;
    Ok(Person {
        name: PersonName { native, latin },
        sex: Sex::from_letter(&sex).ok_or_else(|| damaged("sex", sex))?,
        born: parse_day(&born).ok_or_else(|| damaged("born", born))?,
        died: died.map(|died| parse_day(&died).ok_or_else(|| damaged("died", died))).transpose()?,
        birth_place: row.try_get(9)?,
        residence: row.try_get(10)?,
        status: Status::from_word(&status).ok_or_else(|| damaged("status", status))?,
        id,
    })
}

/// The Latin form of a name whose script is Latin with marks.
pub(crate) fn without_marks(native: &NameParts) -> NameParts {
    NameParts {
        surname: fold::without_marks(&native.surname),
        middle: fold::without_marks(&native.middle),
        given: fold::without_marks(&native.given),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_search_reads_the_whole_register() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("population.db"), MIGRATIONS).await.unwrap();
        for (sql, index) in [
            (by_name("name_key"), "USING INDEX person_by_name (name_key>? AND name_key<?)"),
            (by_name("latin_key"), "USING INDEX person_by_latin_name (latin_key>? AND latin_key<?)"),
            (by_birth("name_key"), "USING INDEX person_by_birth (born=?)"),
            (by_birth("latin_key"), "USING INDEX person_by_birth (born=?)"),
        ] {
            let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
            let plan = plan.fetch_all(&mut *database.reader().await.unwrap()).await.unwrap();
            let first: String = plan.first().unwrap().try_get("detail").unwrap();
            assert!(first.contains(index), "{sql}: {first}");
        }
    }

    #[test]
    fn words_match_in_any_order_and_once() {
        assert!(has_words("nguyen van an", "an nguyen"));
        assert!(has_words("nguyen van an", "ng v"));
        assert!(!has_words("nguyen van an", "an an"));
        assert!(!has_words("nguyen van an", "anh"));
    }
}
