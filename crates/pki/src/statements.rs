//! What the issuer of a qualified certificate states of it: the QcStatements extension (RFC 3739 §3.2.6, ETSI EN 319 412-5).

use crate::extensions::shortest;
use crate::tlv::{self, TlvError, Walker, wrap, wrap_all};
use const_oid::ObjectIdentifier;
use der::Encode;

/// `id-pe-qcStatements`.
pub const QC_STATEMENTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3");
/// `esi4-qcStatement-1`: the certificate is qualified.
pub const COMPLIANCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.1");
/// `esi4-qcStatement-2`: up to which value the certificate may be used.
pub const LIMIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.2");
/// `esi4-qcStatement-3`: for how many years the issuer keeps its records.
pub const RETENTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.3");
/// `esi4-qcStatement-4`: the private key is in a qualified signature creation device.
pub const DEVICE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.4");
/// `esi4-qcStatement-5`: where the disclosure statements are.
pub const DISCLOSURE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.5");
/// `esi4-qcStatement-6`: for signatures, seals or web sites.
pub const TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.6");
/// `esi4-qcStatement-7`: under the law of which countries.
pub const LEGISLATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.7");
/// For electronic signatures of persons.
pub const FOR_SIGNATURES: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.6.1");
/// For electronic seals of organisations.
pub const FOR_SEALS: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.6.2");
/// For web site authentication.
pub const FOR_WEB: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.1862.1.6.3");

/// Statements, most of which other countries can use too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statements {
    /// The certificate is qualified.
    pub compliance: bool,
    /// The key is in a qualified device.
    pub device: bool,
    /// For what; none means signatures, by older rules.
    pub types: Vec<ObjectIdentifier>,
    /// Countries whose law is meant, two letters; none means the European Union.
    pub legislation: Vec<String>,
    /// Disclosure statements: URL and language (ISO 639-1).
    pub disclosure: Vec<(String, String)>,
    /// Years for which records are kept after expiry.
    pub retention_years: Option<u8>,
    /// Up to which value of a transaction it may be used.
    pub limit: Option<Limit>,
    /// Other statements, by their identifiers.
    pub others: Vec<ObjectIdentifier>,
}

/// An amount of money: `amount` times ten to the power of `exponent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// ISO 4217, three letters or the number.
    pub currency: String,
    /// The amount.
    pub amount: i64,
    /// The exponent.
    pub exponent: i64,
}

impl Limit {
    fn read(info: &[u8]) -> Result<Self, TlvError> {
        let mut value = Walker::open(info, tlv::SEQUENCE, "MonetaryValue")?;
        let currency = value.next("currency")?;
        let currency = match currency.tag {
            tlv::INTEGER => integer(currency.value)?.to_string(),
            _ => text(currency.value)?,
        };
        let amount = integer(value.take(tlv::INTEGER, "amount")?.value)?;
        let exponent = integer(value.take(tlv::INTEGER, "exponent")?.value)?;
        value.finish("MonetaryValue")?;
        Ok(Self { currency, amount, exponent })
    }

    fn to_der(&self) -> Result<Vec<u8>, TlvError> {
        let currency = match self.currency.parse::<i64>() {
            Ok(number) => integer_der(number),
            Err(_) => ascii(PRINTABLE_STRING, &self.currency)?,
        };
        Ok(wrap_all(tlv::SEQUENCE, &[&currency, &integer_der(self.amount), &integer_der(self.exponent)]))
    }
}

impl Statements {
    /// From the value of the extension. Statements that are not known are kept by their identifiers.
    ///
    /// # Errors
    /// [`TlvError`] for anything that is not a sequence of statements.
    pub fn from_der(der: &[u8]) -> Result<Self, TlvError> {
        let mut list = Walker::open(der, tlv::SEQUENCE, "QCStatements")?;
        let mut statements = Self::default();
        while !list.is_empty() {
            let mut statement = list.enter(tlv::SEQUENCE, "QCStatement")?;
            let id = oid(statement.take(tlv::OID, "statementId")?.value)?;
            let info = if statement.is_empty() { None } else { Some(statement.next("statementInfo")?.whole) };
            statements.add(id, info)?;
        }
        Ok(statements)
    }

    fn add(&mut self, id: ObjectIdentifier, info: Option<&[u8]>) -> Result<(), TlvError> {
        match (id, info) {
            (COMPLIANCE, _) => self.compliance = true,
            (DEVICE, _) => self.device = true,
            (TYPE, Some(info)) => {
                let mut types = Walker::open(info, tlv::SEQUENCE, "QcType")?;
                while !types.is_empty() {
                    self.types.push(oid(types.take(tlv::OID, "QcType")?.value)?);
                }
            }
            (LEGISLATION, Some(info)) => {
                let mut countries = Walker::open(info, tlv::SEQUENCE, "QcCClegislation")?;
                while !countries.is_empty() {
                    self.legislation.push(text(countries.next("CountryName")?.value)?);
                }
            }
            (DISCLOSURE, Some(info)) => {
                let mut locations = Walker::open(info, tlv::SEQUENCE, "QcEuPDS")?;
                while !locations.is_empty() {
                    let mut location = locations.enter(tlv::SEQUENCE, "PdsLocation")?;
                    self.disclosure.push((text(location.next("url")?.value)?, text(location.next("language")?.value)?));
                }
            }
            (RETENTION, Some(info)) => {
                let years = Walker::new(info).take(tlv::INTEGER, "QcEuRetentionPeriod")?.value;
                self.retention_years = match years {
                    [years] | [0, years] => Some(*years),
                    _ => None,
                };
            }
            (LIMIT, Some(info)) => self.limit = Some(Limit::read(info)?),
            (other, _) => self.others.push(other),
        }
        Ok(())
    }

    /// The value of the extension.
    ///
    /// # Errors
    /// [`TlvError`] for texts that are not ASCII.
    pub fn to_der(&self) -> Result<Vec<u8>, TlvError> {
        let mut list = Vec::new();
        let mut put = |id: ObjectIdentifier, info: &[u8]| list.extend(wrap_all(tlv::SEQUENCE, &[&oid_der(id), info]));
        if self.compliance {
            put(COMPLIANCE, &[]);
        }
        if let Some(limit) = &self.limit {
            put(LIMIT, &limit.to_der()?);
        }
        if let Some(years) = self.retention_years {
            put(RETENTION, &tlv::unsigned(&[years]));
        }
        if self.device {
            put(DEVICE, &[]);
        }
        if !self.disclosure.is_empty() {
            let mut locations = Vec::new();
            for (url, language) in &self.disclosure {
                let (url, language) = (ascii(IA5_STRING, url)?, ascii(PRINTABLE_STRING, language)?);
                locations.extend(wrap_all(tlv::SEQUENCE, &[&url, &language]));
            }
            put(DISCLOSURE, &wrap(tlv::SEQUENCE, &locations));
        }
        if !self.types.is_empty() {
            let types: Vec<u8> = self.types.iter().flat_map(|id| oid_der(*id)).collect();
            put(TYPE, &wrap(tlv::SEQUENCE, &types));
        }
        if !self.legislation.is_empty() {
            let mut countries = Vec::new();
            for country in &self.legislation {
                countries.extend(ascii(PRINTABLE_STRING, country)?);
            }
            put(LEGISLATION, &wrap(tlv::SEQUENCE, &countries));
        }
        for id in &self.others {
            put(*id, &[]);
        }
        Ok(wrap(tlv::SEQUENCE, &list))
    }
}

const IA5_STRING: u8 = 0x16;
const PRINTABLE_STRING: u8 = 0x13;

fn oid(content: &[u8]) -> Result<ObjectIdentifier, TlvError> {
    ObjectIdentifier::from_bytes(content).map_err(|e| TlvError(format!("object identifier: {e}")))
}

fn oid_der(id: ObjectIdentifier) -> Vec<u8> {
    id.to_der().unwrap_or_default()
}

fn integer(octets: &[u8]) -> Result<i64, TlvError> {
    let first = octets.first().filter(|_| octets.len() <= 8);
    let first = first.ok_or_else(|| TlvError(format!("a number of {} octets", octets.len())))?;
    let sign = if *first >= 0x80 { -1 } else { 0 };
    Ok(octets.iter().fold(sign, |number, octet| (number << 8) | i64::from(*octet)))
}

fn integer_der(number: i64) -> Vec<u8> {
    wrap(tlv::INTEGER, shortest(&number.to_be_bytes()))
}

fn ascii(tag: u8, value: &str) -> Result<Vec<u8>, TlvError> {
    match value.is_ascii() {
        true => Ok(wrap(tag, value.as_bytes())),
        false => Err(TlvError(format!("{value:?} is not ASCII"))),
    }
}

fn text(content: &[u8]) -> Result<String, TlvError> {
    let text = std::str::from_utf8(content).map_err(|_| TlvError("a text that is not UTF-8".to_owned()))?;
    Ok(text.chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read_as_they_were_written() -> Result<(), TlvError> {
        let statements = Statements {
            compliance: true,
            device: true,
            types: vec![FOR_SIGNATURES],
            legislation: vec!["VN".into(), "LA".into()],
            disclosure: vec![("https://ca.example/pds".into(), "vi".into())],
            retention_years: Some(200),
            limit: Some(Limit { currency: "LAK".into(), amount: 500, exponent: 6 }),
            others: vec![ObjectIdentifier::new_unwrap("1.2.3.4")],
        };
        assert_eq!(Statements::from_der(&statements.to_der()?)?, statements);
        assert_eq!(Statements::from_der(&Statements::default().to_der()?)?, Statements::default());
        for (amount, exponent) in [(0, 0), (-1, -128), (128, -129), (i64::MAX, i64::MIN)] {
            let limit = Limit { currency: "418".into(), amount, exponent };
            assert_eq!(Limit::read(&limit.to_der()?)?, limit);
        }
        assert!(Statements::from_der(&[0x30, 0x02, 0x30, 0x01]).is_err());
        Ok(())
    }
}
