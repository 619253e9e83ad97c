//! What is wrong with a file, where, and how to put it right.

use crate::number::NumberError;
use jiff::civil::Date;
use std::fmt;

/// Characters of a faulty value that are shown.
const SHOWN_CHARS_MAX: usize = 40;

/// One fault of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The row as an editor or spreadsheet numbers it: the header is row 1. 0 if the fault is of the whole file.
    pub row: u64,
    /// The column's name; empty if the fault is of the whole row or file.
    pub column: String,
    /// What stands there, shortened to 40 characters, control characters escaped.
    pub value: String,
    /// What is wrong.
    pub kind: FaultKind,
}

impl Fault {
    pub(crate) fn new(row: u64, column: &str, value: &str, kind: FaultKind) -> Self {
        Self { row, column: column.to_owned(), value: shorten(value), kind }
    }

    /// What to do about it.
    pub fn fix(&self) -> String {
        self.kind.fix()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.row, self.column.is_empty()) {
            (0, _) => f.write_str("file")?,
            (row, true) => write!(f, "row {row}")?,
            (row, false) => write!(f, "row {row}, column {}", self.column)?,
        }
        if !self.value.is_empty() {
            write!(f, ", \"{}\"", self.value)?;
        }
        write!(f, ": {}; {}", self.kind, self.fix())
    }
}

fn shorten(value: &str) -> String {
    let mut shown: String = value
        .chars()
        .take(SHOWN_CHARS_MAX)
        .flat_map(|c| if is_invisible(c) { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect();
    if value.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Control characters, and those that change how text looks without being seen.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}')
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// The unit was abolished before the day that counts.
    #[error("the unit was abolished on {until}")]
    AbolishedUnit {
        /// First day without it.
        until: Date,
        /// Who took over.
        successor: Option<String>,
    },
    /// Born, or died, before a day that makes sense.
    #[error("is {years} years ago, for a person said to be living")]
    TooLongAgo {
        /// How many years.
        years: i16,
    },
    /// A control or invisible character.
    #[error("has the invisible character U+{:04X}", u32::from(*.0))]
    Character(char),
    /// The number is in the register already, with other data.
    #[error("is in the register already with another {0}")]
    Conflict(&'static str),
    /// The number stands in an earlier row.
    #[error("is the number of row {0} already")]
    Duplicate(u64),
    /// The header has the same column twice.
    #[error("is twice in the header")]
    DuplicateColumn,
    /// Died before birth.
    #[error("is before the day of birth, {0}")]
    DiedBeforeBorn(Date),
    /// The file has no bytes, or no header.
    #[error("is empty")]
    EmptyFile,
    /// Bytes that are not UTF-8.
    #[error("byte {offset} of the file is not UTF-8")]
    Encoding {
        /// Offset of the first wrong byte, from 0.
        offset: u64,
    },
    /// The file as a whole is in another encoding.
    #[error("the file is in {0}, not in UTF-8")]
    EncodingOfFile(&'static str),
    /// A row has too few or too many fields.
    #[error("has {found} fields, the header has {expected}")]
    Fields {
        /// As many as the header.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// A day that has not come.
    #[error("is in the future; today is {0}")]
    FutureDate(Date),
    /// No header row, but data.
    #[error("the columns {0} are missing from the header")]
    MissingColumns(String),
    /// A value that must be there.
    #[error("is empty")]
    MissingValue,
    /// More rows than are taken at once.
    #[error("the file has more than {0} rows")]
    Rows(usize),
    /// The file separates by something else than commas.
    #[error("the header is separated by {0}, not by commas")]
    Separator(&'static str),
    /// Status and day of death contradict each other.
    #[error("{0}")]
    StatusAndDeath(&'static str),
    /// Longer than allowed.
    #[error("is {found} characters long, at most {most} are allowed")]
    TooLong {
        /// How long.
        found: usize,
        /// How long at most.
        most: usize,
    },
    /// A column that we do not know.
    #[error("is no column of this register")]
    UnknownColumn,
    /// A code that no unit has or had.
    #[error("is the code of no administrative unit")]
    UnknownUnit,
    /// A day in another form, or a day that does not exist.
    #[error("is not a day of the calendar written YYYY-MM-DD")]
    WrongDate,
    /// The number is none, or of another person.
    #[error("{0}")]
    WrongNumber(#[from] NumberError),
    /// A letter of another script.
    #[error("has {found:?}, which is not {script}")]
    WrongScript {
        /// The letter.
        found: char,
        /// What is expected.
        script: &'static str,
    },
    /// None of the allowed words.
    #[error("is none of {0}")]
    WrongWord(&'static str),
}

impl FaultKind {
    /// A stable word for programs: `wrong-date`, `duplicate`, ...
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AbolishedUnit { .. } => "abolished-unit",
            Self::Character(_) => "invisible-character",
            Self::Conflict(_) => "conflict",
            Self::DiedBeforeBorn(_) => "died-before-born",
            Self::Duplicate(_) => "duplicate",
            Self::DuplicateColumn => "duplicate-column",
            Self::EmptyFile => "empty-file",
            Self::Encoding { .. } | Self::EncodingOfFile(_) => "encoding",
            Self::Fields { .. } => "fields",
            Self::FutureDate(_) => "future-date",
            Self::MissingColumns(_) => "missing-columns",
            Self::MissingValue => "missing-value",
            Self::Rows(_) => "too-many-rows",
            Self::Separator(_) => "separator",
            Self::StatusAndDeath(_) => "status-and-death",
            Self::TooLong { .. } => "too-long",
            Self::TooLongAgo { .. } => "too-long-ago",
            Self::UnknownColumn => "unknown-column",
            Self::UnknownUnit => "unknown-unit",
            Self::WrongDate => "wrong-date",
            Self::WrongNumber(_) => "wrong-number",
            Self::WrongScript { .. } => "wrong-script",
            Self::WrongWord(_) => "wrong-word",
        }
    }

    fn fix(&self) -> String {
        let fixed = match self {
            Self::AbolishedUnit { successor: Some(code), .. } => return format!("write its successor, {code}"),
            Self::AbolishedUnit { successor: None, .. } => "write the unit that took over",
            Self::Character(_) => "delete it",
            Self::Conflict(_) => "correct the row, or leave it out: an import adds persons and changes none",
            Self::DiedBeforeBorn(_) => "correct one of the two days",
            Self::Duplicate(_) => "delete one of the two rows, or correct its number",
            Self::DuplicateColumn => "delete one of the two columns",
            Self::EmptyFile => "write a header row and a row for each person",
            Self::Encoding { .. } => "save the file as CSV UTF-8 (in a spreadsheet: Save as, CSV UTF-8)",
            Self::EncodingOfFile(_) => "save it as CSV UTF-8 (in a spreadsheet: Save as, CSV UTF-8)",
            Self::Fields { .. } => {
                "put as many commas as in the header, and quotes around values that have commas themselves"
            }
            Self::FutureDate(_) => "correct the day",
            Self::MissingColumns(_) => "add them to the first row, spelled exactly so, with their values below",
            Self::MissingValue => "fill it in",
            Self::Rows(_) => "split it into several files",
            Self::Separator(_) => "save it with commas between the values",
            Self::StatusAndDeath(_) => "correct the status or the day of death",
            Self::TooLong { .. } => "shorten it; if it holds several rows, a quotation mark before it is not closed",
            Self::TooLongAgo { .. } => "correct the day of birth or the status",
            Self::UnknownColumn => "delete the column, or correct its name",
            Self::UnknownUnit => "write a code from the country's list, as text, with its leading zeros",
            Self::WrongDate => "write it as year-month-day, such as 1990-05-31",
            Self::WrongNumber(error) => return number_fix(error).to_owned(),
            Self::WrongScript { .. } => "write the name in its script",
            Self::WrongWord(_) => "write one of these",
        };
        fixed.to_owned()
    }
}

const fn number_fix(error: &NumberError) -> &'static str {
    match error {
        NumberError::Character(_) => "write digits only, without blanks or dashes",
        NumberError::Length { expected, found } if *found < *expected && *found > 0 => {
            "write all digits; a spreadsheet drops leading zeros unless the column is text"
        }
        NumberError::Length { .. } | NumberError::LeadingZero => "write the number as it stands on the person's card",
        NumberError::Province(_) => {
            "write the number as it stands on the card; its first three digits are a province, 001 to 096"
        }
        NumberError::Year { .. } | NumberError::Sex { .. } => "correct the number, the date of birth or the sex",
    }
}
