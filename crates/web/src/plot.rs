//! Durations of messages as a picture: one mark a message, lines for the median and for 99 of 100.
//!
//! Positions across are percentages, so the plot fits any width while its letters keep their size. Each series has a shape of its
//! own beside its colour, and the description says the figures in words.

use crate::catalogue::WORDS;
use crate::format::milliseconds;
use crate::{Language, Markup};
use std::fmt::Write as _;

/// Samples drawn; the figures and the picture are of the latest ones.
const SAMPLES_MAX: usize = 1_000;
/// Pixels from the top of the picture to the highest and to the lowest value.
const TOP: f64 = 12.0;
const BOTTOM: f64 = 202.0;
/// Percent of the width where the field begins and ends.
const LEFT: f64 = 11.0;
const RIGHT: f64 = 91.0;
/// A scale of decades is used when the longest is this many times the median.
const DECADES_FROM: f64 = 4.0;

/// Messages of one kind, such as those of one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// Place in the common order of all series, and milliseconds.
    pub samples: Vec<(u64, f64)>,
}

/// The figures of a plot in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Figures {
    count: usize,
    p50: f64,
    p99: f64,
    max: f64,
    min: f64,
}

/// The plot of up to four series as a figure with caption and legend. `id` is unique on the page: letters, digits and dashes.
/// Values that are not finite or negative are left out.
pub fn latency_plot(language: Language, id: &str, series: &[Series]) -> Markup {
    let marks = latest(series);
    let title = Markup::text(WORDS.text(language, "plot.title"));
    let Some(figures) = figures(&marks) else {
        let empty = Markup::text(WORDS.text(language, "plot.empty"));
        return Markup::made(format!(
            "<figure class=\"plot\"><figcaption>{title}</figcaption><p class=\"empty\">{empty}</p></figure>"
        ));
    };
    let scale = Scale::of(&figures);
    let id = Markup::text(id);
    let mut svg = String::with_capacity(256 + marks.len() * 48);
    let _ = write!(
        svg,
        "<svg class=\"field\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" width=\"100%\" height=\"238\">\
         <title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{}</desc>",
        Markup::text(description(language, &figures))
    );
    shapes(&mut svg, id.as_str(), series.len());
    axes(&mut svg, language, &scale);
    for (at, mark) in marks.iter().enumerate() {
        let across = LEFT + (RIGHT - LEFT) * (at as f64 + 0.5) / marks.len() as f64;
        let _ = write!(svg, "<use href=\"#{id}-{}\" x=\"{across:.2}%\" y=\"{:.1}\"/>", mark.series, scale.y(mark.ms));
    }
    quantiles(&mut svg, scale.y(figures.p50), scale.y(figures.p99));
    svg.push_str("</svg>");
    let legend = legend(language, series, &figures);
    let unit = Markup::text(WORDS.text(language, "plot.y"));
    Markup::made(format!(
        "<figure class=\"plot\"><figcaption>{title} <span>({unit})</span></figcaption>{svg}{legend}</figure>"
    ))
}

struct Mark {
    order: u64,
    series: usize,
    ms: f64,
}

/// The latest samples of all series in their common order.
fn latest(series: &[Series]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = series
        .iter()
        .enumerate()
        .flat_map(|(at, series)| {
            series.samples.iter().map(move |(order, ms)| Mark { order: *order, series: at % SHAPES.len(), ms: *ms })
        })
        .filter(|mark| mark.ms.is_finite() && mark.ms >= 0.0)
        .collect();
    marks.sort_by_key(|mark| mark.order);
    marks.drain(..marks.len().saturating_sub(SAMPLES_MAX));
    marks
}

fn figures(marks: &[Mark]) -> Option<Figures> {
    let mut sorted: Vec<f64> = marks.iter().map(|mark| mark.ms).collect();
    sorted.sort_by(f64::total_cmp);
    // Nearest rank: the smallest value that so many in a hundred do not exceed.
    let rank = |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    Some(Figures { count: sorted.len(), p50: rank(50)?, p99: rank(99)?, max: *sorted.last()?, min: *sorted.first()? })
}

/// From milliseconds to pixels from the top.
struct Scale {
    ticks: Vec<f64>,
    decades: bool,
}

impl Scale {
    fn of(figures: &Figures) -> Self {
        let decades = figures.max > DECADES_FROM * figures.p50.max(0.01);
        let ticks =
            if decades { decade_ticks(figures.min.max(0.01), figures.max) } else { even_ticks(figures.max.max(0.01)) };
        Self { ticks, decades }
    }

    fn y(&self, ms: f64) -> f64 {
        let position = |ms: f64| if self.decades { ms.max(0.001).log10() } else { ms };
        let (low, high) = (self.ticks.first().copied().unwrap_or(0.0), self.ticks.last().copied().unwrap_or(1.0));
        let share = (position(ms) - position(low)) / (position(high) - position(low));
        BOTTOM - share.clamp(0.0, 1.0) * (BOTTOM - TOP)
    }
}

/// From 0 in three to six equal steps of 1, 2 or 5 times a power of ten, to or over `max`.
fn even_ticks(max: f64) -> Vec<f64> {
    let power = 10_f64.powf((max / 5.0).log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * power).find(|step| step * 5.0 >= max).unwrap_or(power * 10.0);
    let steps = (max / step).ceil().max(1.0);
    (0..=20).map(f64::from).take_while(|n| *n <= steps).map(|n| n * step).collect()
}

/// 1, 2, 5, 10, 20 ... around `min` and `max`; whole decades if that would be many.
fn decade_ticks(min: f64, max: f64) -> Vec<f64> {
    let all: Vec<f64> = (-3..8).flat_map(|power| [1.0, 2.0, 5.0].map(|n| n * 10_f64.powi(power))).collect();
    let from = all.iter().rposition(|tick| *tick <= min).unwrap_or(0);
    let to = all.iter().position(|tick| *tick >= max).unwrap_or(all.len().saturating_sub(1));
    let ticks: Vec<f64> = all.into_iter().take(to + 1).skip(from).collect();
    if ticks.len() <= 8 {
        return ticks;
    }
    let low = 10_f64.powf(min.log10().floor());
    (0..12).map(|power| low * 10_f64.powi(power)).take_while(|tick| *tick < max * 10.0).collect()
}

/// Shapes of the series around the origin.
const SHAPES: [&str; 4] = [
    "<circle r=\"3.2\"/>",
    "<path d=\"M0-4.2L4.2 0 0 4.2-4.2 0z\"/>",
    "<path d=\"M-3.6-3.6h7.2v7.2h-7.2z\"/>",
    "<path d=\"M0-4.6L4.6 3.6h-9.2z\"/>",
];

fn shapes(svg: &mut String, id: &str, series: usize) {
    svg.push_str("<defs>");
    for (at, shape) in SHAPES.iter().enumerate().take(series) {
        let _ = write!(svg, "<g id=\"{id}-{at}\" class=\"series-{at}\">{shape}</g>");
    }
    svg.push_str("</defs>");
}

fn axes(svg: &mut String, language: Language, scale: &Scale) {
    for tick in &scale.ticks {
        let y = scale.y(*tick);
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}%\" x2=\"{RIGHT}%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text class=\"tick\" x=\"{}%\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 1.2,
            y + 4.0,
            tick_label(language, *tick)
        );
    }
    let _ = write!(
        svg,
        "<text class=\"axis\" x=\"{RIGHT}%\" y=\"{}\" text-anchor=\"end\">{}</text>",
        BOTTOM + 26.0,
        Markup::text(WORDS.text(language, "plot.x")),
    );
}

fn tick_label(language: Language, tick: f64) -> String {
    let text = if tick >= 1.0 || tick == 0.0 { format!("{tick:.0}") } else { format!("{tick}") };
    let text = if tick.fract() > 0.0 && tick > 1.0 { format!("{tick:.1}") } else { text };
    if language == Language::English { text } else { text.replace('.', ",") }
}

/// The lines of the median and of 99 of 100, with their names at the right, apart from each other where the lines are not.
fn quantiles(svg: &mut String, p50: f64, p99: f64) {
    let apart = (7.0 - (p50 - p99) / 2.0).max(0.0);
    for (name, y, text_y) in [("p99", p99, p99 - apart), ("p50", p50, p50 + apart)] {
        let _ = write!(
            svg,
            "<line class=\"{name}\" x1=\"{LEFT}%\" x2=\"{RIGHT}%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text class=\"quantile\" x=\"{}%\" y=\"{:.1}\">{name}</text>",
            RIGHT + 0.8,
            text_y + 4.0
        );
    }
}

fn label(language: Language, key: &'static str, ms: f64) -> String {
    WORDS.fill(language, key, &[("n", &milliseconds(language, ms))])
}

fn description(language: Language, figures: &Figures) -> String {
    let ms = |ms| milliseconds(language, ms);
    let values = [
        ("count", figures.count.to_string()),
        ("p50", ms(figures.p50)),
        ("p99", ms(figures.p99)),
        ("max", ms(figures.max)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    WORDS.fill(language, "plot.desc", &values)
}

fn legend(language: Language, series: &[Series], figures: &Figures) -> String {
    let entry = |(at, series): (usize, &Series)| {
        let at = at % SHAPES.len();
        let shape = SHAPES.get(at).copied().unwrap_or_default();
        format!(
            "<li><svg viewBox=\"-6 -6 12 12\" aria-hidden=\"true\" focusable=\"false\"><g class=\"series-{at}\">{shape}</g></svg>{}</li>",
            Markup::text(&series.name)
        )
    };
    let line = |name, text: String| {
        format!(
            "<li><svg class=\"stroke\" viewBox=\"0 0 24 12\" aria-hidden=\"true\" focusable=\"false\">\
             <line class=\"{name}\" x1=\"0\" x2=\"24\" y1=\"6\" y2=\"6\"/></svg>{}</li>",
            Markup::text(text)
        )
    };
    let series: String = series.iter().enumerate().map(entry).collect();
    let p50 = line("p50", label(language, "plot.p50", figures.p50));
    let p99 = line("p99", label(language, "plot.p99", figures.p99));
    format!("<ul class=\"legend\">{series}{p50}{p99}</ul>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(samples: &[f64]) -> String {
        let samples = (0..).zip(samples.iter().copied()).collect();
        latency_plot(Language::English, "p", &[Series { name: "<LA>".into(), samples }]).to_string()
    }

    #[test]
    fn the_figures_are_nearest_ranks() {
        let samples: Vec<f64> = (1..=200).map(f64::from).collect();
        assert!(
            plot(&samples).contains("200 messages; half took at most 100 ms, 99 % at most 198 ms, the longest 200 ms.")
        );
        assert!(plot(&[3.0]).contains("1 messages; half took at most 3.0 ms"));
    }

    #[test]
    fn strange_values_draw_no_strange_picture() {
        assert!(plot(&[]).contains("No messages yet."));
        assert!(plot(&[f64::NAN, f64::INFINITY, -1.0]).contains("No messages yet."));
        for samples in [&[0.0, 0.0][..], &[1e-9, 1e9], &[5.0, 5.0, 5.0], &[1e300]] {
            let drawn = plot(samples);
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
            assert!(drawn.contains("&lt;LA&gt;") && !drawn.contains("<LA>"));
        }
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(even_ticks(23.0), [0.0, 5.0, 10.0, 15.0, 20.0, 25.0]);
        assert_eq!(even_ticks(7.0), [0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(decade_ticks(3.0, 90.0), [2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        assert_eq!(decade_ticks(3.0, 90_000.0), [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0]);
    }

    #[test]
    fn only_the_latest_are_drawn() {
        let samples: Vec<f64> = (0..3_000).map(f64::from).collect();
        assert_eq!(plot(&samples).matches("<use ").count(), SAMPLES_MAX);
    }
}
