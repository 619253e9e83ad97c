//! Questions from outside, checked: who asks, for which number, for which name.

use super::refusal::Refusal;
use crate::fold;
use crate::person::parse_day;
use crate::register::{Place, Search};
use crate::{Asker, Country};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mekong_base::ClientId;
use percent_encoding::percent_decode_str;

/// Persons in one answer, unless the asker says otherwise, and at most.
const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;
/// Letters of a name that is searched.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=200;
/// Bytes of a header that is logged.
const HEADER_BYTES_MAX: usize = 1024;

/// Who asks. The gateway sets the headers; without the first there is nobody to log.
pub(super) fn asker(headers: &HeaderMap) -> Result<Asker, Refusal> {
    let text = |name: &'static str| match headers.get(name).map(|value| value.to_str()) {
        None => Ok(None),
        Some(Ok(text)) if text.len() <= HEADER_BYTES_MAX => Ok(Some(text.to_owned())),
        Some(_) => Err(Refusal::header(name, "is too long or not ASCII")),
    };
    let client = text("x-road-client")?.ok_or(Refusal::MissingClient)?;
    let client: ClientId =
        client.parse().map_err(|error| Refusal::header("x-road-client", &format!("is no client: {error}")))?;
    Ok(Asker { client: client.to_string(), message: text("x-road-id")?, request: text("x-road-request-id")? })
}

/// An identity number of good form.
pub(super) fn number(text: &str, country: &Country) -> Result<String, Refusal> {
    let checked = country.numbers().check_form(text, |code| country.units().is_known(code));
    match checked {
        Ok(()) => Ok(text.to_owned()),
        Err(error) => Err(Refusal::parameter(
            "id",
            &format!("the number {error}"),
            "write the identity number's 12 digits without blanks",
        )),
    }
}

/// A search from the query of a URL. Unknown and repeated parameters are refused: they would be ignored without anybody noticing.
pub(super) fn search(query: &str) -> Result<Search, Refusal> {
    let (mut name, mut born, mut limit, mut cursor) = (None, None, None, None);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let place = match key {
            "name" => &mut name,
            "born" => &mut born,
            "limit" => &mut limit,
            "cursor" => &mut cursor,
            other => {
                let shown: String = other.chars().take(40).collect();
                return Err(Refusal::parameter(&shown, "is no parameter", "use name, born, limit and cursor"));
            }
        };
        if place.replace(decoded(key, value)?).is_some() {
            return Err(Refusal::parameter(key, "is there twice", "write it once"));
        }
    }
    Ok(Search {
        name: checked_name(name)?,
        born: born.map(|text| checked_day(&text)).transpose()?,
        limit: limit.map_or(Ok(LIMIT_DEFAULT), |text| checked_limit(&text))?,
        after: cursor.map(|text| place(&text)).transpose()?,
    })
}

fn decoded(key: &str, value: &str) -> Result<String, Refusal> {
    let spaced = value.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(Refusal::parameter(key, "is not UTF-8", "percent-encode its UTF-8 bytes")),
    }
}

fn checked_name(name: Option<String>) -> Result<String, Refusal> {
    let name = name.ok_or_else(|| Refusal::parameter("name", "is missing", "write at least two letters of a name"))?;
    let key = if fold::has_lao(&name) { fold::lao(&name) } else { fold::latin(&name) };
    let letters = key.chars().filter(|c| !c.is_whitespace()).count();
    if name.chars().any(char::is_control) {
        return Err(Refusal::parameter("name", "has a control character", "write letters and spaces"));
    }
    if !NAME_CHARS.contains(&letters) {
        return Err(Refusal::parameter("name", &format!("has {letters} letters"), "write 2 to 200 letters"));
    }
    Ok(name)
}

fn checked_day(text: &str) -> Result<jiff::civil::Date, Refusal> {
    parse_day(text).ok_or_else(|| {
        Refusal::parameter("born", "is not a day of the calendar", "write it as year-month-day: 1990-05-31")
    })
}

fn checked_limit(text: &str) -> Result<u32, Refusal> {
    let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| Refusal::parameter("limit", "is not a number from 1 to 100", "write one, or leave it out"))
}

/// The text of a cursor.
pub(super) fn cursor(place: &Place) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}\n{}", place.key, place.id))
}

fn place(cursor: &str) -> Result<Place, Refusal> {
    let wrong =
        || Refusal::parameter("cursor", "is none of ours", "write next_cursor of the previous answer, or leave it out");
    if cursor.len() > 4096 {
        return Err(wrong());
    }
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let (key, id) = text.split_once('\n').ok_or_else(wrong)?;
    Ok(Place { key: key.to_owned(), id: id.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(query: &str, parameter: &str) {
        match search(query) {
            Err(Refusal::Parameter { name, .. }) => assert_eq!(name, parameter, "{query}"),
            other => unreachable!("{query}: {other:?}"),
        }
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        refused("", "name");
        refused("name=", "name");
        refused("name=a", "name");
        refused("name=a%CC%81", "name");
        refused("name=%FF%FE", "name");
        refused("name=ab%00", "name");
        refused(&format!("name={}", "a".repeat(201)), "name");
        refused("name=an&born=31/05/1990", "born");
        refused("name=an&born=1990-02-30", "born");
        refused("name=an&limit=0", "limit");
        refused("name=an&limit=101", "limit");
        refused("name=an&limit=-1", "limit");
        refused("name=an&cursor=%21", "cursor");
        refused("name=an&cursor=YWJj", "cursor");
        refused("name=an&name=binh", "name");
        refused("name=an&born_on=1990-01-01", "born_on");
    }

    #[test]
    fn a_cursor_comes_back() {
        let end = Place { key: "nguyen van an".into(), id: "001090000001".into() };
        let found = search(&format!("name=Nguy%E1%BB%85n+V%C4%83n&born=1990-05-31&limit=7&cursor={}", cursor(&end)));
        match found {
            Ok(search) => {
                assert_eq!((search.name.as_str(), search.limit), ("Nguyễn Văn", 7));
                assert_eq!(search.after, Some(end));
            }
            Err(refusal) => unreachable!("{refusal:?}"),
        }
    }
}
