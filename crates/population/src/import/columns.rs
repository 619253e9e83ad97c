//! The header of a file: which columns there are, and where.

use super::fault::{Fault, FaultKind};
use crate::country::Script;

/// A column of a file of persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Id,
    Surname,
    MiddleName,
    GivenName,
    SurnameLatin,
    GivenNameLatin,
    Sex,
    Born,
    BirthPlace,
    Residence,
    Status,
    Died,
}

const N_COLUMNS: usize = 12;

impl Column {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Surname => "surname",
            Self::MiddleName => "middle_name",
            Self::GivenName => "given_name",
            Self::SurnameLatin => "surname_latin",
            Self::GivenNameLatin => "given_name_latin",
            Self::Sex => "sex",
            Self::Born => "born",
            Self::BirthPlace => "birth_place",
            Self::Residence => "residence",
            Self::Status => "status",
            Self::Died => "died",
        }
    }

    /// The columns of a country, in the order that we write them.
    pub(crate) const fn of(script: Script) -> &'static [Self] {
        use Column::{
            BirthPlace, Born, Died, GivenName, GivenNameLatin, Id, MiddleName, Residence, Sex, Status, Surname,
            SurnameLatin,
        };
        match script {
            Script::Latin => &[Id, Surname, MiddleName, GivenName, Sex, Born, BirthPlace, Residence, Status, Died],
            Script::Lao => {
                &[Id, GivenName, Surname, GivenNameLatin, SurnameLatin, Sex, Born, BirthPlace, Residence, Status, Died]
            }
        }
    }

    /// Whether a file may lack it: then everybody lives.
    const fn may_lack(self) -> bool {
        matches!(self, Self::Status | Self::Died)
    }
}

/// Where the columns stand.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    at: [Option<usize>; N_COLUMNS],
    names: Vec<String>,
}

impl Header {
    /// Reads the first row. In any order; unknown, double and missing columns are faults.
    pub(crate) fn read(fields: &[String], script: Script) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut at = [None; N_COLUMNS];
        for (position, field) in fields.iter().enumerate() {
            let known = Column::of(script).iter().find(|column| column.name() == field.trim());
            let kind = match known.and_then(|column| at.get_mut(*column as usize)) {
                None => FaultKind::UnknownColumn,
                Some(Some(_)) => FaultKind::DuplicateColumn,
                Some(free) => {
                    *free = Some(position);
                    continue;
                }
            };
            faults.push(Fault::new(1, field.trim(), "", kind));
        }
        let header = Self { at, names: fields.iter().map(|field| field.trim().to_owned()).collect() };
        let missing: Vec<&str> =
            Column::of(script).iter().filter(|c| !c.may_lack() && header.at(**c).is_none()).map(|c| c.name()).collect();
        if !missing.is_empty() {
            if let Some(separator) = other_separator(fields) {
                return Err(vec![Fault::new(1, "", &fields.join(","), FaultKind::Separator(separator))]);
            }
            faults.push(Fault::new(1, "", &fields.join(","), FaultKind::MissingColumns(missing.join(", "))));
        }
        if faults.is_empty() { Ok(header) } else { Err(faults) }
    }

    pub(crate) fn at(&self, column: Column) -> Option<usize> {
        self.at.get(column as usize).copied().flatten()
    }

    pub(crate) fn name(&self, position: usize) -> &str {
        self.names.get(position).map_or("", String::as_str)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }
}

/// The separator that a one-field header seems to use.
fn other_separator(fields: &[String]) -> Option<&'static str> {
    match fields {
        [only] if only.contains(';') => Some("semicolons"),
        [only] if only.contains('\t') => Some("tabs"),
        _ => None,
    }
}
