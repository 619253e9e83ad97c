//! A page with everything on it: how the components are used, and what they must keep. With MEKONG_PAGES set to a folder it writes
//! the pages there, to be looked at in a browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use mekong_base::Instant;
use mekong_web::catalogue::WORDS;
use mekong_web::component::{Badge, Column, Table, Tile, Tone, button, facts, link, notice, tiles};
use mekong_web::plot::{Series, latency_plot};
use mekong_web::{Language, Markup, NavItem, Page, asset, countries, format};
use tower::ServiceExt;

fn now() -> Instant {
    "2026-11-22T05:14:05Z".parse().unwrap()
}

/// The console as it may look; every text of a table comes from outside.
fn example(language: Language) -> Page {
    let word = |key| WORDS.text(language, key);
    let nav = [
        ("/", "nav.overview"),
        ("/#messages", "nav.messages"),
        ("/#members", "nav.members"),
        ("/#certificates", "nav.certificates"),
    ];
    let body = Markup::section("overview", word("nav.overview"), overview(language))
        .and(Markup::section("messages", word("nav.messages"), messages(language)))
        .and(Markup::section("members", word("nav.members"), members(language)))
        .and(Markup::section("certificates", word("nav.certificates"), certificates(language)))
        .and(Markup::section("evidence", word("evidence.title"), evidence(language)));
    Page::new(language, word("map.title"), "/")
        .nav(nav.map(|(href, key)| NavItem::new(href, word(key))).to_vec())
        .picture(countries::picture(language, true))
        .lead(word("app.tagline"))
        .footer(word("footer.synthetic"))
        .body(body)
}

fn overview(language: Language) -> Markup {
    let word = |key| WORDS.text(language, key);
    let people = format::number(language, 100_000);
    let numbers = tiles(&[
        Tile::new(word("tile.people"), &people).note(word("country.LA")),
        Tile::new(word("tile.people"), &people).note(word("country.VN")),
        Tile::new(word("tile.messages"), format::number(language, 1_284)),
        Tile::new(word("tile.members"), "4"),
    ]);
    let sample = |n: u64| {
        let wobble = (n * 2_654_435_761 % 1_000) as f64 / 1_000.0;
        if n % 97 == 13 { 42.0 + 9.0 * wobble } else { 6.2 + 3.0 * wobble + (n as f64 / 23.0).sin() }
    };
    let series = |name: String, rest| Series {
        name,
        samples: (0..160).filter(|n| n % 2 == rest).map(|n| (n, sample(n))).collect(),
    };
    let (la, vn) = (word("country.LA"), word("country.VN"));
    let plot =
        latency_plot(language, "latency", &[series(format!("{vn} → {la}"), 1), series(format!("{la} → {vn}"), 0)]);
    numbers.and(plot)
}

fn messages(language: Language) -> Markup {
    let word = |key| WORDS.text(language, key);
    let columns =
        ["message.time", "message.client", "message.service", "message.outcome"].map(|key| Column::text(word(key)));
    let mut columns = columns.to_vec();
    columns.push(Column::number(word("message.duration")));
    columns.push(Column::text(word("evidence.title")));
    let rows = [
        ("LA/GOV/MOHA/civil", "VN/GOV/MPS/population/persons", Tone::Good, "outcome.answered", 7.4),
        ("VN/GOV/MOJ/civil", "LA/GOV/MOPS/population/persons", Tone::Neutral, "outcome.not_found", 6.8),
        ("LA/COM/BANK/loans", "VN/GOV/MPS/population/persons", Tone::Warning, "outcome.refused", 3.1),
        ("VN/GOV/MOJ/civil", "LA/GOV/MOPS/population/persons", Tone::Bad, "outcome.failed", 512.0),
    ];
    let mut table = Table::new(language, word("nav.messages"), columns).caption_unseen();
    for (n, (client, service, tone, outcome, ms)) in rows.into_iter().enumerate() {
        let about = format!("{client} {n}");
        table = table.row(vec![
            format::time_element(language, now()),
            Markup::code(client),
            Markup::code(service),
            Badge::new(tone, word(outcome)).markup(),
            Markup::text(format!("{} ms", format::milliseconds(language, ms))),
            button(&format!("/evidence/{n}"), word("evidence.download"), &about).and(button(
                &format!("/verify/{n}"),
                word("evidence.verify"),
                &about,
            )),
        ]);
    }
    table.markup()
}

fn members(language: Language) -> Markup {
    let word = |key| WORDS.text(language, key);
    let table = |country: &'static str, members: [(&str, &str); 2]| {
        let columns = vec![
            Column::text(word("member.name")),
            Column::text(word("member.service")),
            Column::text(word("member.state")),
        ];
        members
            .into_iter()
            .fold(Table::new(language, word(country), columns), |table, (member, service)| {
                table.row(vec![
                    Markup::code(member),
                    link("/services", service),
                    Badge::new(Tone::Good, word("state.running")).markup(),
                ])
            })
            .markup()
    };
    Markup::columns([
        table("country.LA", [("LA/GOV/MOPS", "population/persons"), ("LA/GOV/MOHA", "civil")]),
        table("country.VN", [("VN/GOV/MPS", "population/persons"), ("VN/GOV/MOJ", "civil")]),
        Table::new(language, word("nav.services"), vec![Column::text(word("member.service"))]).markup(),
    ])
}

fn certificates(language: Language) -> Markup {
    let word = |key| WORDS.text(language, key);
    let columns = ["certificate.holder", "certificate.use", "certificate.not_after", "member.state"]
        .map(|key| Column::text(word(key)));
    let day = std::time::Duration::from_secs(86_400);
    let rows =
        [("VN/GOV/MPS", "signing", 700), ("gateway.moha.gov.la", "authentication", 21), ("ທະບຽນ ສປປ ລາວ", "ocsp", 3)];
    rows.into_iter()
        .fold(
            Table::new(language, word("nav.certificates"), columns.to_vec()).caption_unseen(),
            |table, (holder, usage, days)| {
                let end = now() + day * days;
                let usage = match usage {
                    "signing" => "certificate.use.signing",
                    "ocsp" => "certificate.use.ocsp",
                    _ => "certificate.use.authentication",
                };
                let holder =
                    if holder.is_ascii() { Markup::text(holder) } else { Markup::text_in(Language::Lao, holder) };
                table.row(vec![
                    holder,
                    Markup::text(word(usage)),
                    format::day_element(language, end),
                    Badge::certificate(language, now() - day, end, now()).markup(),
                ])
            },
        )
        .markup()
}

fn evidence(language: Language) -> Markup {
    let word = |key| WORDS.text(language, key);
    let detail = Markup::text("attachment 1: the SHA-512 digest differs from the signed one");
    notice(Tone::Bad, word("evidence.invalid"), Markup::code("hash_mismatch").and(Markup::text(" ")).and(detail)).and(
        facts([
            (word("evidence.signer"), Markup::code("VN/GOV/MPS/population")),
            (word("evidence.signed_at"), format::time_element(language, now())),
            (word("evidence.reason"), Badge::new(Tone::Bad, "hash_mismatch").markup()),
        ]),
    )
}

#[test]
fn the_example_renders_in_every_language() {
    for language in Language::ALL {
        let html = example(language).html();
        if let Some(folder) = std::env::var_os("MEKONG_PAGES") {
            let folder = std::path::PathBuf::from(folder);
            std::fs::create_dir_all(folder.join("assets")).unwrap();
            let local = html.replace("href=\"/assets/", "href=\"assets/");
            std::fs::write(folder.join(format!("{}.html", language.code())), local).unwrap();
            std::fs::write(folder.join(asset::stylesheet_path().trim_start_matches('/')), asset::STYLESHEET).unwrap();
            std::fs::write(folder.join(asset::icon_path().trim_start_matches('/')), asset::ICON).unwrap();
        }
        assert!(html.starts_with("<!doctype html>\n<html lang=\""));
        is_sound(&html);
    }
}

/// What can be checked without a browser: one heading of the first level, no heading skipped, ids once, references that lead
/// somewhere, names for all pictures, no script, no style in attributes.
fn is_sound(html: &str) {
    assert_eq!(html.matches("<h1").count(), 1);
    assert!(
        !html.contains("<h4")
            && !html.contains("<script")
            && !html.contains(" style=")
            && !html.contains("javascript:")
    );
    let values = |attribute: &str| -> Vec<&str> {
        let start = format!(" {attribute}=\"");
        html.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    };
    let mut ids = values("id");
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id is there twice");
    for reference in values("aria-labelledby").iter().flat_map(|value| value.split(' ')) {
        assert!(ids.contains(&reference), "nothing is called {reference}");
    }
    for fragment in values("href").iter().filter_map(|value| value.strip_prefix('#')) {
        assert!(ids.contains(&fragment), "nothing is called {fragment}");
    }
    for svg in html.split("<svg").skip(1).filter_map(|rest| rest.split('>').next()) {
        assert!(
            svg.contains("aria-hidden=\"true\"") || svg.contains("aria-labelledby="),
            "a picture without a name: {svg}"
        );
    }
    assert_eq!(html.matches("⟦").count(), 0);
}

#[test]
fn hostile_text_stays_text() {
    let hostile = "\"><img src=x onerror=alert(1)>'</title>";
    let table = Table::new(Language::English, hostile, vec![Column::text(hostile)]).row(vec![Markup::text(hostile)]);
    let page = Page::new(Language::English, hostile, hostile)
        .nav(vec![NavItem::new(hostile, hostile)])
        .lead(hostile)
        .footer(hostile)
        .body(table.markup().and(facts([(hostile, Markup::code(hostile))])).and(notice(
            Tone::Bad,
            hostile,
            Markup::text(hostile),
        )));
    assert!(!page.html().contains("<img"), "{}", page.html());
}

#[test]
fn the_language_switch_keeps_the_path_and_links_keep_the_language() {
    let page = Page::new(Language::Lao, "x", "/messages")
        .nav(vec![NavItem::new("/messages", "a"), NavItem::new("/?a=1#b", "b")]);
    let html = page.html();
    assert!(html.contains("href=\"/messages?lang=vi\" lang=\"vi\" hreflang=\"vi\">Tiếng Việt"));
    assert!(html.contains("href=\"/messages?lang=lo\" lang=\"lo\" hreflang=\"lo\" aria-current=\"true\""));
    assert!(html.contains("href=\"/messages?lang=lo\" aria-current=\"page\""));
    assert!(html.contains("href=\"/?a=1&#38;lang=lo#b\"") || html.contains("href=\"/?a=1&amp;lang=lo#b\""));
}

#[tokio::test]
async fn pages_and_assets_are_served_with_their_headers() {
    let router = asset::router::<()>().route("/", axum::routing::get(async || example(Language::English).response()));
    let get = |path: String| {
        let router = router.clone();
        async move { router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap() }
    };
    let page = get("/".to_owned()).await;
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    assert_eq!(page.headers()["content-language"], "en");
    let html = String::from_utf8(page.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    for (path, media_type) in
        [(asset::stylesheet_path(), "text/css; charset=utf-8"), (asset::icon_path(), "image/svg+xml")]
    {
        assert!(html.contains(&path));
        let asset = get(path).await;
        assert_eq!((asset.status().as_u16(), asset.headers()["content-type"].to_str().unwrap()), (200, media_type));
        assert!(asset.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    }
}

/// The colours of one scheme by name.
fn colours(css: &str) -> std::collections::BTreeMap<&str, [f64; 3]> {
    let channel = |hex: &str| {
        let value = f64::from(u8::from_str_radix(hex, 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    css.lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": #"))
        .filter(|(_, hex)| hex.len() == 6)
        .map(|(name, hex)| (name, [channel(&hex[..2]), channel(&hex[2..4]), channel(&hex[4..])]))
        .collect()
}

/// WCAG 2.2 relative luminance and contrast ratio.
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let luminance = |[r, g, b]: [f64; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn colours_have_enough_contrast_in_light_and_dark() {
    let (light, rest) = asset::STYLESHEET.split_once("prefers-color-scheme: dark").unwrap();
    let dark = rest.split_once("\n*,").unwrap().0;
    let text = [
        ("ink", "ground"),
        ("ink", "surface"),
        ("muted", "ground"),
        ("muted", "surface"),
        ("accent", "ground"),
        ("accent", "surface"),
        ("accent-ink", "accent"),
        ("top-ink", "top"),
        ("top-muted", "top"),
        ("good", "good-ground"),
        ("warning", "warning-ground"),
        ("bad", "bad-ground"),
        ("info", "info-ground"),
        ("neutral", "neutral-ground"),
        ("la-line", "ground"),
        ("vn-line", "ground"),
    ];
    let signs = [
        ("control", "surface"),
        ("control", "ground"),
        ("series-0", "surface"),
        ("series-1", "surface"),
        ("series-2", "surface"),
        ("series-3", "surface"),
        ("la-line", "la-fill"),
        ("vn-line", "vn-fill"),
        ("ink", "la-fill"),
        ("ink", "vn-fill"),
    ];
    for (scheme, css) in [("light", light), ("dark", dark)] {
        let colours = colours(css);
        for (least, pairs) in [(4.5, &text[..]), (3.0, &signs[..])] {
            for (a, b) in pairs {
                let ratio = contrast(colours[a], colours[b]);
                assert!(ratio >= least, "{scheme}: {a} on {b} has {ratio:.2}, needs {least}");
            }
        }
    }
}
