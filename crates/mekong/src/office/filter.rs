//! Which certificates are listed: by words, status and profile, page by page, newest first.

use super::failure::Failure;
use super::reader::Reader;
use mekong_authority::ca::Issued;
use mekong_base::Instant;
use mekong_pki::name;
use std::time::Duration;

/// Certificates on a page, unless somebody wants another number.
pub(super) const PER_PAGE: usize = 50;
/// Most certificates on a page.
pub(super) const PER_PAGE_MAX: usize = 500;
/// A certificate expires soon if it does within this time.
pub(super) const SOON: Duration = Duration::from_secs(30 * 86_400);

/// Where a certificate stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Expired,
    /// Valid, and expires soon.
    Expiring,
    NotYet,
    Revoked,
    Valid,
}

impl Status {
    pub(super) const ALL: [Self; 5] = [Self::Valid, Self::Expiring, Self::Revoked, Self::Expired, Self::NotYet];

    /// At a time. What was revoked stays so when it expires.
    pub(super) fn of(issued: &Issued, now: Instant) -> Self {
        let certificate = &issued.certificate;
        match issued.revoked {
            Some(_) => Self::Revoked,
            None if now > certificate.not_after() => Self::Expired,
            None if now < certificate.not_before() => Self::NotYet,
            None if certificate.not_after().since(now) < SOON => Self::Expiring,
            None => Self::Valid,
        }
    }

    /// As programs name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Expiring => "expiring",
            Self::NotYet => "not_yet_valid",
            Self::Revoked => "revoked",
            Self::Valid => "valid",
        }
    }
}

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Words that must all be in the subject or the serial number, in small letters.
    words: Vec<String>,
    status: Option<Status>,
    profile: Option<String>,
    /// From 1.
    pub(super) page: usize,
    pub(super) per_page: usize,
}

/// A page of what was found.
pub(super) struct Found {
    /// How many there are on all pages.
    pub(super) total: usize,
    /// The page, from 1.
    pub(super) page: usize,
    /// How many pages there are; at least 1.
    pub(super) pages: usize,
    /// Those of the page.
    pub(super) certificates: Vec<Issued>,
}

impl Filter {
    /// As the query says: `q`, `status`, `profile`, `page`, `per_page`.
    ///
    /// # Errors
    /// [`Failure::Parameter`].
    pub(super) fn asked(reader: &Reader) -> Result<Self, Failure> {
        let status = match reader.asked("status") {
            "" => None,
            name => Some(Status::ALL.into_iter().find(|status| status.name() == name).ok_or_else(|| {
                let known = Status::ALL.map(Status::name).join(", ");
                Failure::Parameter("status", format!("{name:?} is no status; there are {known}"))
            })?),
        };
        let number = |name: &'static str, usual: usize, most: usize| match reader.asked(name) {
            "" => Ok(usual),
            text => text
                .parse()
                .ok()
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| Failure::Parameter(name, format!("{text:?} is no whole number from 1 to {most}"))),
        };
        let words = reader.asked("q").chars().take(200).collect::<String>().to_lowercase();
        Ok(Self {
            words: words.split_whitespace().map(str::to_owned).collect(),
            status,
            profile: Some(reader.asked("profile")).filter(|profile| !profile.is_empty()).map(str::to_owned),
            page: number("page", 1, 1_000_000)?,
            per_page: number("per_page", PER_PAGE, PER_PAGE_MAX)?,
        })
    }

    /// Those that match, newest first. A page beyond the last is the last.
    pub(super) fn find(&self, all: Vec<Issued>, now: Instant) -> Found {
        let mut found: Vec<Issued> = all.into_iter().filter(|issued| self.matches(issued, now)).collect();
        found.reverse();
        let (total, per_page) = (found.len(), self.per_page.max(1));
        let pages = total.div_ceil(per_page).max(1);
        let page = self.page.clamp(1, pages);
        let certificates = found.into_iter().skip((page - 1) * per_page).take(per_page).collect();
        Found { total, page, pages, certificates }
    }

    fn matches(&self, issued: &Issued, now: Instant) -> bool {
        let status = |wanted: Status| match (wanted, Status::of(issued, now)) {
            (Status::Valid, Status::Expiring) => true,
            (wanted, is) => wanted == is,
        };
        if !self.status.is_none_or(status) || self.profile.as_ref().is_some_and(|profile| *profile != issued.profile) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let mut text = issued.certificate.serial_hex();
        for (_, value) in name::attributes(issued.certificate.subject_name()) {
            text.push('\n');
            text.push_str(&value.to_lowercase());
        }
        self.words.iter().all(|word| text.contains(word.as_str()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::extract::FromRequestParts;
    use mekong_authority::ca::RevocationReason;
    use mekong_crypto::{KeyType, PrivateKey};
    use mekong_pki::issue::{Order, Profile, Serial, Urls, self_sign};

    const NOW: Instant = Instant::from_unix_seconds(1_790_000_000);
    const DAY: Duration = Duration::from_secs(86_400);

    fn issued(name: &str, profile: &str, days: u32, revoked: bool) -> Issued {
        let key = PrivateKey::generate(KeyType::P256).unwrap();
        let order = Order {
            profile: Profile::RootCa,
            subject: &mekong_pki::name::build(&[(mekong_pki::name::COMMON_NAME, name)]).unwrap(),
            public_key: key.public_key(),
            serial: Serial::random().unwrap(),
            not_before: NOW - DAY * 2,
            not_after: NOW - DAY + DAY * days,
            urls: &Urls::default(),
            policies: &[],
        };
        let revoked = revoked.then_some((NOW, RevocationReason::Superseded));
        Issued { certificate: self_sign(&key, &order).unwrap(), profile: profile.to_owned(), at: NOW, revoked }
    }

    async fn filter(query: &str) -> Result<Filter, Failure> {
        let request = axum::http::Request::builder().uri(format!("/?{query}")).body(()).unwrap();
        let reader = Reader::from_request_parts(&mut request.into_parts().0, &()).await.unwrap();
        Filter::asked(&reader)
    }

    #[tokio::test]
    async fn certificates_are_found_by_words_status_and_profile() {
        let all = vec![
            issued("Công ty Mẫu", "a", 100, false),
            issued("ບໍລິສັດ ຕົວຢ່າງ", "a", 100, true),
            issued("Cũ", "b", 0, false),
            issued("Sắp hết hạn", "b", 10, false),
        ];
        let names = async |query: &str| {
            let found = filter(query).await.unwrap().find(all.clone(), NOW).certificates;
            let name = |issued: &Issued| name::attributes(issued.certificate.subject_name()).remove(0).1;
            found.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(names("q=").await, "Sắp hết hạn, Cũ, ບໍລິສັດ ຕົວຢ່າງ, Công ty Mẫu", "newest first");
        assert_eq!(names("q=m%E1%BA%AAu+c%C3%B4ng").await, "Công ty Mẫu");
        assert_eq!(names("q=%E0%BA%95%E0%BA%BB%E0%BA%A7").await, "ບໍລິສັດ ຕົວຢ່າງ");
        assert_eq!(names(&format!("q={}", all.first().unwrap().certificate.serial_hex())).await, "Công ty Mẫu");
        assert_eq!(names("status=valid").await, "Sắp hết hạn, Công ty Mẫu");
        assert_eq!(names("status=expiring&profile=b").await, "Sắp hết hạn");
        assert_eq!(names("status=expired").await, "Cũ");
        assert_eq!(names("status=revoked&profile=b").await, "");
        assert_eq!(names("per_page=3&page=2").await, "Công ty Mẫu");
        assert_eq!(names("per_page=3&page=99").await, "Công ty Mẫu", "the last page");
        for wrong in ["status=x", "page=0", "page=x", "per_page=501", "per_page=-1"] {
            assert!(matches!(filter(wrong).await, Err(Failure::Parameter(..))), "{wrong}");
        }
    }
}
