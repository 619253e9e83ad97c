//! The frame of a page.

use crate::asset;
use crate::catalogue::WORDS;
use crate::{Language, Markup};
use askama::Template;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// Nothing is loaded but our own style sheet and pictures; nothing may frame the page; there is no script.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// One entry of the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    href: String,
    text: String,
}

impl NavItem {
    /// A path of our own, or a fragment such as `#messages`, and its text.
    pub fn new(href: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), text: text.into() }
    }
}

/// A page: skip link, name, navigation, language switch, heading, picture, main part, footer.
#[derive(Debug, Clone, Template)]
#[template(path = "page.html")]
pub struct Page {
    language: Language,
    title: String,
    path: String,
    section: String,
    nav: Vec<NavItem>,
    picture: Markup,
    lead: String,
    footer: String,
    refresh_seconds: Option<u32>,
    body: Markup,
}

impl Page {
    /// A page of a language and title at a path such as `/messages`; the language switch leads to the same path.
    pub fn new(language: Language, title: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            language,
            title: title.into(),
            path: path.into(),
            section: String::new(),
            nav: Vec::new(),
            picture: Markup::default(),
            lead: String::new(),
            footer: String::new(),
            refresh_seconds: None,
            body: Markup::default(),
        }
    }

    /// With navigation; the entry whose address is the page's path is marked as the current one.
    #[must_use]
    pub fn nav(mut self, nav: Vec<NavItem>) -> Self {
        self.nav = nav;
        self
    }

    /// Belongs to this entry of the navigation, though it is not its address.
    #[must_use]
    pub fn section(mut self, href: impl Into<String>) -> Self {
        self.section = href.into();
        self
    }

    /// With a picture beside the heading, such as [`crate::countries::picture`].
    #[must_use]
    pub fn picture(mut self, picture: Markup) -> Self {
        self.picture = picture;
        self
    }

    /// With a sentence below the heading.
    #[must_use]
    pub fn lead(mut self, lead: impl Into<String>) -> Self {
        self.lead = lead.into();
        self
    }

    /// With a line at the end of the page.
    #[must_use]
    pub fn footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = footer.into();
        self
    }

    /// Loaded again by the browser every so many seconds. Only for pages that nobody reads to the end: it is hard on screen readers.
    #[must_use]
    pub fn refresh_seconds(mut self, seconds: u32) -> Self {
        self.refresh_seconds = Some(seconds);
        self
    }

    /// With its main part.
    #[must_use]
    pub fn body(mut self, body: Markup) -> Self {
        self.body = body;
        self
    }

    /// The HTML document.
    pub fn html(&self) -> String {
        self.render().unwrap_or_default()
    }

    /// The HTML document as an answer that browsers keep to themselves and load nothing foreign for.
    pub fn response(&self) -> Response {
        let headers: [(HeaderName, HeaderValue); 6] = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::CONTENT_LANGUAGE, HeaderValue::from_static(self.language.code())),
        ];
        (headers, self.html()).into_response()
    }

    fn word(&self, key: &'static str) -> &'static str {
        WORDS.text(self.language, key)
    }

    /// An entry's address, with the language kept.
    fn address(&self, item: &NavItem) -> String {
        if item.href.starts_with('#') {
            return item.href.clone();
        }
        let (path, fragment) =
            item.href.split_once('#').map_or((item.href.as_str(), ""), |(path, fragment)| (path, fragment));
        let joint = if path.contains('?') { '&' } else { '?' };
        let fragment = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
        format!("{path}{joint}lang={}{fragment}", self.language.code())
    }

    fn stylesheet(&self) -> String {
        asset::stylesheet_path()
    }

    fn icon(&self) -> String {
        asset::icon_path()
    }
}
