//! Persons from CSV: everything checked, everything wrong reported with its place, all stored or nothing.
//!
//! The file: CSV (RFC 4180) in UTF-8, with or without byte order mark; a header row with the names below, in any order.
//! Viet Nam: `id,surname,middle_name,given_name,sex,born,birth_place,residence,status,died`. Lao PDR:
//! `id,given_name,surname,given_name_latin,surname_latin,sex,born,birth_place,residence,status,died`. `sex` is `M` or `F`, days are
//! `YYYY-MM-DD`, `status` is `living`, `deceased` or `missing`; without the columns `status` and `died` everybody lives.
//!
//! An import adds; it never changes a person. Who is there already with the same data is counted and left alone, so the same file
//! can be imported again.

mod columns;
mod fault;
mod rows;
mod write;

pub(crate) use columns::Column;
use columns::Header;
pub use fault::{Fault, FaultKind};
use rows::RowReader;

use crate::{Country, Person, Register, RegisterError};
use mekong_base::Instant;
use std::fmt;
use std::io::Read;

/// How much is read, and how many faults are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportLimits {
    /// Bytes of the file. It is held in memory.
    pub bytes: u64,
    /// Rows of the file. Their persons are held in memory, about half a kilobyte each.
    pub rows: usize,
    /// Faults that are reported in full; the others are counted.
    pub faults: usize,
}

impl Default for ImportLimits {
    fn default() -> Self {
        Self { bytes: 512 << 20, rows: 2_000_000, faults: 100 }
    }
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Bytes of the file checked.
    Checking {
        /// So many.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// Persons compared with the register, and written if they are new.
    Writing {
        /// So many.
        done: u64,
        /// Of so many.
        total: u64,
    },
}

/// What an import found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows of persons in the file.
    pub rows: u64,
    /// Persons added. 0 if there is any fault.
    pub added: u64,
    /// Persons that were there before with the same data.
    pub unchanged: u64,
    /// Values whose Unicode form (NFC) or white space was put in order.
    pub normalised: u64,
    /// The first faults, by row.
    pub faults: Vec<Fault>,
    /// All faults, also those beyond the limit.
    pub faults_total: u64,
}

impl ImportReport {
    /// Whether the file was imported: nothing is, if there is any fault.
    pub const fn is_clean(&self) -> bool {
        self.faults_total == 0
    }

    fn finish(mut self, mut faults: Vec<Fault>, limits: &ImportLimits) -> Self {
        faults.sort_by_key(|fault| fault.row);
        self.faults_total = self.faults_total.max(faults.len() as u64);
        faults.truncate(limits.faults);
        self.faults = faults;
        self
    }
}

impl fmt::Display for ImportReport {
    /// A line with the numbers, then a line for each fault that is reported in full.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, added, unchanged, normalised, faults_total, .. } = self;
        if self.is_clean() {
            write!(f, "{rows} rows: {added} persons added, {unchanged} already there")?;
        } else {
            write!(f, "{rows} rows: nothing imported, {faults_total} fault(s)")?;
        }
        if *normalised > 0 {
            write!(f, "; {normalised} values put into Unicode NFC and single spaces")?;
        }
        for fault in &self.faults {
            write!(f, "\n{fault}")?;
        }
        let more = faults_total.saturating_sub(self.faults.len() as u64);
        if more > 0 { write!(f, "\nand {more} more") } else { Ok(()) }
    }
}

/// Why a file could not even be checked, or not be stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file could not be read.
    #[error("the file cannot be read")]
    Read(#[source] std::io::Error),
    /// The file is larger than the limit.
    #[error("the file is larger than {0} bytes: split it, or raise the limit")]
    TooLarge(u64),
    /// The register failed; nothing is stored.
    #[error("the register failed; nothing of the file is stored")]
    Register(#[from] RegisterError),
}

impl From<mekong_store::StoreError> for ImportError {
    fn from(error: mekong_store::StoreError) -> Self {
        Self::Register(error.into())
    }
}

/// A file that has been checked.
#[derive(Debug)]
pub struct Checked {
    /// What was found; `added` and `unchanged` are still 0.
    pub report: ImportReport,
    /// The persons with their rows, by number; empty if there is any fault.
    pub persons: Vec<(u64, Person)>,
}

/// Checks a file and stores its persons: all or, if there is any fault, none. `now` is when the import takes place; no day in the
/// file may be later.
///
/// Checking is plain computation of about half a second for 100,000 rows in a debug build: call it from a task of its own.
///
/// # Errors
/// [`ImportError`]. Faults of the file are no error: they are in the report, see [`ImportReport::is_clean`].
pub async fn import(
    register: &Register,
    reader: impl Read,
    limits: &ImportLimits,
    now: Instant,
    mut progress: impl FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    let checked = check(register.country(), reader, limits, now, &mut progress)?;
    if !checked.report.is_clean() || checked.persons.is_empty() {
        return Ok(checked.report);
    }
    write::store(register, checked, limits, now, progress).await
}

/// Checks a file against the rules of a country, without a register.
///
/// # Errors
/// [`ImportError::Read`], [`ImportError::TooLarge`].
pub fn check(
    country: &Country,
    reader: impl Read,
    limits: &ImportLimits,
    now: Instant,
    progress: impl FnMut(Progress),
) -> Result<Checked, ImportError> {
    let mut bytes = Vec::new();
    reader.take(limits.bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(ImportError::Read)?;
    if bytes.len() as u64 > limits.bytes {
        return Err(ImportError::TooLarge(limits.bytes));
    }
    let file_fault = |kind| Checked {
        report: ImportReport::default().finish(vec![Fault::new(0, "", "", kind)], limits),
        persons: Vec::new(),
    };
    if let Some(encoding) = other_encoding(&bytes) {
        return Ok(file_fault(FaultKind::EncodingOfFile(encoding)));
    }
    let bom = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    let data = bytes.get(bom..).unwrap_or_default();
    if data.iter().all(u8::is_ascii_whitespace) {
        return Ok(file_fault(FaultKind::EmptyFile));
    }
    Ok(CsvFile { data, bom, country, limits, today: country.day(now) }.check(progress))
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Encodings that betray themselves: a byte order mark, or zero bytes where letters are expected.
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] => Some("UTF-16 (little endian)"),
        [0xfe, 0xff, ..] => Some("UTF-16 (big endian)"),
        [_, 0, _, 0, ..] => Some("UTF-16 (little endian)"),
        [0, _, 0, _, ..] => Some("UTF-16 (big endian)"),
        _ => None,
    }
}

/// A file in memory, after its byte order mark.
struct CsvFile<'a> {
    data: &'a [u8],
    bom: usize,
    country: &'a Country,
    limits: &'a ImportLimits,
    today: jiff::civil::Date,
}

impl CsvFile<'_> {
    fn check(&self, mut progress: impl FnMut(Progress)) -> Checked {
        let mut csv = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(self.data);
        let mut record = csv::ByteRecord::new();
        let mut report = ImportReport::default();
        let header = match self.header(&mut csv, &mut record) {
            Ok(header) => header,
            Err(faults) => return Checked { report: report.finish(faults, self.limits), persons: Vec::new() },
        };
        let mut rows = RowReader { country: self.country, header: &header, today: self.today, normalised: 0 };
        let mut found = Found::default();
        let total = self.data.len() as u64;
        while matches!(csv.read_byte_record(&mut record), Ok(true)) {
            report.rows += 1;
            if report.rows > self.limits.rows as u64 {
                found.faults.push(Fault::new(0, "", "", FaultKind::Rows(self.limits.rows)));
                break;
            }
            self.row(&mut record, &csv, &mut rows, &mut found);
            found.bound(self.limits.faults);
            if report.rows % 2_000 == 0 {
                progress(Progress::Checking { done: csv.position().byte(), total });
            }
        }
        progress(Progress::Checking { done: total, total });
        found.duplicates();
        report.normalised = rows.normalised;
        report.faults_total = found.dropped + found.faults.len() as u64;
        let report = report.finish(found.faults, self.limits);
        let persons = if report.is_clean() { found.persons } else { Vec::new() };
        Checked { report, persons }
    }

    fn header(&self, csv: &mut csv::Reader<&[u8]>, record: &mut csv::ByteRecord) -> Result<Header, Vec<Fault>> {
        if !matches!(csv.read_byte_record(record), Ok(true)) {
            return Err(vec![Fault::new(0, "", "", FaultKind::EmptyFile)]);
        }
        let fields: Vec<String> = record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        if let Some(fault) = self.encoding_fault(record, csv.position().byte(), 1, &fields) {
            return Err(vec![fault]);
        }
        Header::read(&fields, self.country.script())
    }

    fn row(&self, record: &mut csv::ByteRecord, csv: &csv::Reader<&[u8]>, rows: &mut RowReader<'_>, found: &mut Found) {
        let number = self.row_number(record);
        if record.len() != rows.header.len() {
            let kind = FaultKind::Fields { expected: rows.header.len(), found: record.len() };
            let start = String::from_utf8_lossy(record.get(0).unwrap_or_default()).into_owned();
            found.faults.push(Fault::new(number, "", &start, kind));
            return;
        }
        match csv::StringRecord::from_byte_record(std::mem::take(record)) {
            Ok(fields) => {
                if let Some(id) =
                    rows.header.at(Column::Id).and_then(|at| fields.get(at)).and_then(|id| id.trim().parse().ok())
                {
                    found.numbers.push((id, number));
                }
                if let Some(person) = rows.person(number, &fields, &mut found.faults) {
                    found.persons.push((number, person));
                }
                *record = fields.into_byte_record();
            }
            Err(error) => {
                *record = error.into_byte_record();
                let names: Vec<String> = (0..rows.header.len()).map(|at| rows.header.name(at).to_owned()).collect();
                found.faults.extend(self.encoding_fault(record, csv.position().byte(), number, &names));
            }
        }
    }

    /// The first byte of a record that is not UTF-8, and the column it stands in.
    fn encoding_fault(&self, record: &csv::ByteRecord, end: u64, row: u64, columns: &[String]) -> Option<Fault> {
        let position = record.iter().position(|field| std::str::from_utf8(field).is_err())?;
        let start = usize::try_from(record.position().map_or(0, csv::Position::byte)).unwrap_or(0);
        let raw = self.data.get(start..usize::try_from(end).unwrap_or(start)).unwrap_or_default();
        let valid = std::str::from_utf8(raw).err().map_or(0, |error| error.valid_up_to());
        let kind = FaultKind::Encoding { offset: (self.bom + start + valid) as u64 };
        let value = String::from_utf8_lossy(record.get(position).unwrap_or_default()).into_owned();
        let column = if row == 1 { "" } else { columns.get(position).map_or("", String::as_str) };
        Some(Fault::new(row, column, &value, kind))
    }

    /// The line on which a record begins; the reader's position is before the empty lines that it skips.
    fn row_number(&self, record: &csv::ByteRecord) -> u64 {
        let Some(position) = record.position() else { return 0 };
        let start = usize::try_from(position.byte()).unwrap_or(0);
        let blank = self.data.get(start..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        position.line() + blank.filter(|byte| **byte == b'\n').count() as u64
    }
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    persons: Vec<(u64, Person)>,
    /// Identity numbers as integers, with their rows.
    numbers: Vec<(u64, u64)>,
    faults: Vec<Fault>,
    dropped: u64,
}

impl Found {
    /// Keeps a hostile file from filling the memory with faults.
    fn bound(&mut self, most: usize) {
        if self.faults.len() > most {
            self.dropped += (self.faults.len() - most) as u64;
            self.faults.truncate(most);
            self.persons = Vec::new();
        }
    }

    fn duplicates(&mut self) {
        self.numbers.sort_unstable();
        let mut first = None;
        for (number, row) in &self.numbers {
            match first {
                Some((same, first_row)) if same == *number => {
                    let value = number.to_string();
                    self.faults.push(Fault::new(
                        *row,
                        Column::Id.name(),
                        &format!("{value:0>12}"),
                        FaultKind::Duplicate(first_row),
                    ));
                }
                _ => first = Some((*number, *row)),
            }
        }
    }
}
