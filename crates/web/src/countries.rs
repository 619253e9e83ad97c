//! The picture of the two countries: a sketch from a few dozen rounded coordinates, not a map. It claims no border.

use crate::catalogue::WORDS;
use crate::{Language, Markup};
use std::fmt::Write as _;

/// Degrees of longitude and latitude around Laos, from the north-west, clockwise.
const LAOS: &[(f64, f64)] = &[
    (100.1, 20.3),
    (100.5, 20.8),
    (101.2, 21.2),
    (101.7, 21.2),
    (101.8, 21.9),
    (102.1, 22.4),
    (102.7, 21.7),
    (103.0, 20.9),
    (103.7, 20.7),
    (104.4, 20.5),
    (104.8, 20.2),
    (104.4, 19.7),
    (103.9, 19.3),
    (104.6, 18.9),
    (105.1, 18.6),
    (105.6, 18.1),
    (106.4, 17.1),
    (106.6, 16.6),
    (107.2, 16.1),
    (107.5, 15.7),
    (107.6, 15.1),
    (107.5, 14.6),
    (106.9, 14.3),
    (106.0, 14.0),
    (105.3, 14.4),
    (105.6, 15.2),
    (105.5, 15.8),
    (104.9, 16.2),
    (104.8, 17.2),
    (104.2, 18.2),
    (103.4, 18.3),
    (102.7, 17.9),
    (102.1, 18.2),
    (101.2, 17.6),
    (101.1, 18.4),
    (101.3, 19.4),
    (100.5, 19.6),
];
/// The same around Viet Nam.
const VIETNAM: &[(f64, f64)] = &[
    (102.1, 22.4),
    (102.9, 22.6),
    (103.6, 22.7),
    (104.8, 23.1),
    (105.4, 23.3),
    (106.7, 22.8),
    (106.7, 22.0),
    (107.9, 21.5),
    (107.0, 20.9),
    (106.6, 20.2),
    (105.9, 19.6),
    (105.7, 18.9),
    (106.4, 18.0),
    (106.9, 17.2),
    (107.7, 16.5),
    (108.3, 16.1),
    (108.9, 15.2),
    (109.2, 13.9),
    (109.4, 12.8),
    (109.2, 11.8),
    (108.9, 11.3),
    (107.8, 10.7),
    (107.1, 10.3),
    (106.7, 9.9),
    (106.3, 9.4),
    (105.4, 8.8),
    (104.8, 8.6),
    (104.9, 9.8),
    (104.5, 10.4),
    (105.1, 10.9),
    (106.1, 10.9),
    (105.9, 11.6),
    (106.4, 11.7),
    (107.5, 12.4),
    (107.5, 13.5),
    (107.4, 14.4),
    (107.6, 15.1),
    (107.5, 15.7),
    (107.2, 16.1),
    (106.6, 16.6),
    (106.4, 17.1),
    (105.6, 18.1),
    (105.1, 18.6),
    (104.6, 18.9),
    (103.9, 19.3),
    (104.4, 19.7),
    (104.8, 20.2),
    (104.4, 20.5),
    (103.7, 20.7),
    (103.0, 20.9),
    (102.7, 21.7),
];
/// The river that both share.
const MEKONG: &[(f64, f64)] = &[
    (100.6, 21.6),
    (100.2, 20.3),
    (100.9, 20.0),
    (102.1, 20.1),
    (101.8, 18.9),
    (101.5, 18.2),
    (102.6, 17.9),
    (103.4, 18.3),
    (104.2, 18.1),
    (104.8, 17.2),
    (104.8, 16.4),
    (105.6, 15.6),
    (105.9, 14.2),
    (106.0, 13.0),
    (105.0, 11.7),
    (105.3, 10.8),
    (106.4, 10.0),
];
const VIENTIANE: (f64, f64) = (102.6, 17.97);
const HANOI: (f64, f64) = (105.85, 21.03);

/// The sketch, with both gateways and the line between them: whole if they are connected, broken if not.
pub fn picture(language: Language, connected: bool) -> Markup {
    let word = |key| Markup::text(WORDS.text(language, key));
    let ((ax, ay), (bx, by)) = (place(VIENTIANE), place(HANOI));
    let (mx, my) = ((ax + bx) / 2.0 - 13.0, (ay + by) / 2.0 - 15.0);
    let link = if connected { "link" } else { "link broken" };
    let mut svg = String::with_capacity(4096);
    let _ = write!(
        svg,
        "<svg class=\"countries\" viewBox=\"8 0 316 258\" role=\"img\" aria-labelledby=\"countries-title countries-desc\">\
         <title id=\"countries-title\">{}</title><desc id=\"countries-desc\">{}</desc>\
         <path class=\"river\" d=\"{}\"/><path class=\"la\" d=\"{}Z\"/><path class=\"vn\" d=\"{}Z\"/><path class=\"river over\" d=\"{}\"/>\
         <path class=\"{link}\" d=\"M{ax:.1} {ay:.1}Q{mx:.1} {my:.1} {bx:.1} {by:.1}\"/>\
         <circle class=\"city\" cx=\"{ax:.1}\" cy=\"{ay:.1}\" r=\"5\"/><circle class=\"city\" cx=\"{bx:.1}\" cy=\"{by:.1}\" r=\"5\"/>",
        word("map.title"),
        word("map.desc"),
        line(MEKONG),
        line(LAOS),
        line(VIETNAM),
        line(MEKONG),
    );
    // The seal in the middle of the line: what passes is signed.
    let (sx, sy) = ((ax + 2.0 * mx + bx) / 4.0, (ay + 2.0 * my + by) / 4.0);
    let _ = write!(
        svg,
        "<g class=\"seal\" transform=\"translate({sx:.1} {sy:.1})\"><circle r=\"9\"/>{}</g>",
        if connected { "<path d=\"M-4 .5l3 3L4.5-3\"/>" } else { "<path d=\"M-3-3l6 6M3-3l-6 6\"/>" }
    );
    label(&mut svg, ax - 10.0, ay + 16.0, "end", "city-name", &word("map.vientiane"));
    label(&mut svg, bx + 25.0, by + 5.0, "start", "city-name", &word("map.hanoi"));
    label(&mut svg, ax - 10.0, ay + 34.0, "end", "country-name la", &word("country.LA"));
    label(&mut svg, bx + 58.0, by + 48.0, "start", "country-name vn", &word("country.VN"));
    svg.push_str("</svg>");
    Markup::made(svg)
}

/// Where degrees are drawn; one degree of longitude is 0.95 of one of latitude there.
fn place((longitude, latitude): (f64, f64)) -> (f64, f64) {
    ((longitude - 99.9) * 15.7 + 78.0, (23.6 - latitude) * 16.5 + 6.0)
}

fn line(points: &[(f64, f64)]) -> String {
    let mut path = String::with_capacity(points.len() * 12);
    for (at, point) in points.iter().enumerate() {
        let (x, y) = place(*point);
        let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
    }
    path
}

fn label(svg: &mut String, x: f64, y: f64, anchor: &str, class: &str, text: &Markup) {
    let _ = write!(svg, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}
