//! Curves over a logarithmic axis, as an SVG that stands in documents of any colour.

use std::fmt::Write as _;

/// One curve.
pub(super) struct Curve {
    /// What it is of.
    pub(super) name: &'static str,
    /// Of its values.
    pub(super) unit: &'static str,
    /// From left to right; the first value of each is positive.
    pub(super) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 744.0;
/// Of each curve, which has an axis of its own from 0 to a round number above its largest value.
const HEIGHT: f64 = 120.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 44.0;
const ABOVE: f64 = 34.0;
const BELOW: f64 = 46.0;

/// The curves one above the other, over the same axis.
pub(super) fn plot(axis: &str, curves: &[Curve]) -> String {
    let xs = || curves.iter().flat_map(|curve| &curve.points).map(|(x, _)| x.log10());
    let first = xs().fold(f64::INFINITY, f64::min).floor();
    let last = xs().fold(f64::NEG_INFINITY, f64::max).ceil().max(first + 1.0);
    let across = |x: f64| LEFT + (x.log10() - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    let height = curves.len() as f64 * (HEIGHT + ABOVE) + BELOW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    let mut top = 0.0;
    for curve in curves {
        top += ABOVE;
        draw(&mut svg, curve, top, (first, last), &across);
        top += HEIGHT;
    }
    for decade in decades(first, last) {
        let (x, y) = (across(10_f64.powf(decade)), top + 18.0);
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" fill=\"#444\">{}</text>",
            grouped(decade)
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#444\">{axis}</text>\n</svg>",
        (LEFT + WIDTH - RIGHT) / 2.0,
        top + 38.0
    );
    svg
}

fn draw(svg: &mut String, curve: &Curve, top: f64, (first, last): (f64, f64), across: &impl Fn(f64) -> f64) {
    let largest = curve.points.iter().map(|(_, y)| *y).fold(0.0, f64::max);
    let most = round_above(largest);
    let up = |y: f64| top + HEIGHT - y / most * HEIGHT;
    let (right, bottom) = (WIDTH - RIGHT, top + HEIGHT);
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{:.1}\" fill=\"#111\" font-weight=\"bold\">{}, {}</text>",
        top - 10.0,
        curve.name,
        curve.unit
    );
    for line in [0.0, most / 2.0, most] {
        let y = up(line);
        let _ = writeln!(svg, "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#ddd\"/>");
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#444\">{line}</text>",
            LEFT - 8.0,
            y + 4.0
        );
    }
    for decade in decades(first, last) {
        let x = across(10_f64.powf(decade));
        let _ = writeln!(svg, "<path d=\"M{x:.1} {top:.1}V{bottom:.1}\" stroke=\"#eee\"/>");
    }
    let points: Vec<String> = curve.points.iter().map(|(x, y)| format!("{:.1},{:.1}", across(*x), up(*y))).collect();
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#0b5fa5\" stroke-width=\"2\"/>",
        points.join(" ")
    );
    for (x, y) in &curve.points {
        let _ = writeln!(svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3.5\" fill=\"#0b5fa5\"/>", across(*x), up(*y));
    }
}

fn decades(first: f64, last: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(first), |decade| Some(decade + 1.0)).take_while(move |decade| *decade <= last)
}

/// 1, 2 or 5 times a power of ten that is not below the value.
fn round_above(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(1e-6).log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|round| *round >= value).unwrap_or(value)
}

/// A power of ten with its thousands apart.
fn grouped(decade: f64) -> String {
    let zeros = decade.max(0.0) as usize;
    let (groups, first) = (zeros / 3, zeros % 3);
    format!("1{}{}", "0".repeat(first), ",000".repeat(groups))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!([0.0004, 0.9, 1.0, 1.1, 2.5, 7.0].map(round_above), [0.0005, 1.0, 1.0, 2.0, 5.0, 10.0]);
        assert_eq!([3.0, 4.0, 7.0].map(grouped), ["1,000", "10,000", "10,000,000"]);
    }

    #[test]
    fn a_curve_is_drawn_from_its_first_to_its_last_point() {
        let curve = Curve { name: "cost", unit: "ms", points: vec![(10.0, 1.0), (1_000.0, 2.0)] };
        let svg = plot("messages", &[curve]);
        assert!(svg.contains(r#"points="60.0,94.0 700.0,34.0""#), "{svg}");
        assert!(svg.contains(">1,000</text>") && svg.contains("cost, ms"), "{svg}");
    }
}
