//! The languages of pages and reports, and which of them a reader gets.

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Vietnamese.
    Vietnamese,
    /// Lao.
    Lao,
    /// English.
    English,
}

/// How many pieces of an `Accept-Language` header are looked at.
const ACCEPTED_MAX: usize = 20;

impl Language {
    /// All of them, in the order of the language switch.
    pub const ALL: [Self; 3] = [Self::Vietnamese, Self::Lao, Self::English];

    /// BCP 47 code: `vi`, `lo`, `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::Lao => "lo",
            Self::English => "en",
        }
    }

    /// What its speakers call it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Vietnamese => "Tiếng Việt",
            Self::Lao => "ພາສາລາວ",
            Self::English => "English",
        }
    }

    /// From a code, with or without region, in any case: `vi`, `vi-VN`, `LO`.
    pub fn from_code(code: &str) -> Option<Self> {
        let primary = code.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(primary))
    }

    /// The language of a request: the one asked for (`?lang=`), else the best of `Accept-Language` (RFC 9110 §12.5.4), else English.
    pub fn choose(asked: Option<&str>, accept_language: Option<&str>) -> Self {
        asked.and_then(Self::from_code).or_else(|| accept_language.and_then(Self::accepted)).unwrap_or(Self::English)
    }

    fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',').take(ACCEPTED_MAX) {
            let (code, parameters) = range.split_once(';').unwrap_or((range, ""));
            let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse::<f32>().ok());
            let (Some(language), Some(weight)) = (Self::from_code(code), weight) else { continue };
            if weight > 0.0 && best.is_none_or(|(other, _)| weight > other) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_decides_then_the_browser() {
        let choose = Language::choose;
        assert_eq!(choose(Some("lo"), Some("vi")), Language::Lao);
        assert_eq!(choose(Some("fr"), Some("vi-VN,vi;q=0.9,en;q=0.8")), Language::Vietnamese);
        assert_eq!(choose(None, Some("fr, en;q=0.3, lo;q=0.7")), Language::Lao);
        assert_eq!(choose(None, Some("vi;q=0, *;q=0.1")), Language::English);
        assert_eq!(choose(None, Some(";;q=,,q=x")), Language::English);
        assert_eq!(choose(None, None), Language::English);
    }
}
