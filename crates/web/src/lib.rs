//! The design system: pages made on the server, in Vietnamese, Lao and English, that work without scripts, on a phone, in light and
//! dark, for everybody (WCAG 2.2 AA). It knows nothing of what the pages say.
//!
//! - [`Language`]: which language a reader gets; [`catalogue`]: the words; [`mod@format`]: numbers and times.
//! - [`Page`]: the frame of a page: title, navigation, language switch, main part.
//! - [`component`]: badges, tiles, tables, notices, facts, links, forms.
//! - [`plot`] and [`countries`]: pictures drawn as inline SVG.
//! - [`asset`]: the style sheet and the icon, served with their digests in their names.
//!
//! Text becomes [`Markup`] only by escaping it or by a component, so that no foreign text is ever read as HTML.
//!
//! ```
//! use mekong_web::component::{Badge, Tone};
//! use mekong_web::{Language, Markup, Page};
//!
//! let body = Markup::text("3 < 4 ").and(Badge::new(Tone::Good, "valid").markup());
//! let html = Page::new(Language::English, "Overview", "/").body(body).html();
//! assert!(html.contains("3 &lt; 4"));
//! ```
//!
//! A whole page with everything on it is in `tests/example.rs`.

pub mod asset;
pub mod catalogue;
pub mod component;
pub mod countries;
pub mod format;
pub mod markup;
pub mod page;
pub mod plot;

pub use markup::Markup;
pub use mekong_base::Language;
pub use page::{NavItem, Page};
