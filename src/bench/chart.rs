//! The result as drawings: speeds as bars, single messages as a histogram. SVG, readable on a phone, by day and by night.

use std::fmt::Write;

use super::latency::Latency;
use super::row::Row;
use super::subject::{PAYFLOW, QUICK_XML};

/// How wide a drawing is: as wide as a phone, so that its letters are large enough there.
const WIDTH: f64 = 460.0;
/// How wide the longest bar is; its figure stands behind it.
const LONGEST: f64 = 350.0;
/// How high a row of the bars is, and what stands above the first.
const ROW: f64 = 72.0;
const LEGEND: f64 = 52.0;
/// The columns of a histogram, how high the highest is, and what stands below.
const COLUMNS: u32 = 56;
const HIGHEST: f64 = 130.0;
const AXIS: f64 = 24.0;

/// The colours. Rules without variables: not every program that shows SVG knows them.
pub const STYLE: &str = "\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}
.paper{fill:#ffffff}.ink{fill:#1c2733}.soft{fill:#5b6875}.ours{fill:#0b7a75}.theirs{fill:#aeb9c4}.rule{stroke:#d9dfe5}
@media(prefers-color-scheme:dark){
.paper{fill:#11171d}.ink{fill:#e7edf3}.soft{fill:#9ba8b5}.ours{fill:#2fb8ac}.theirs{fill:#566472}.rule{stroke:#2a343e}}";

/// What a row is, for a person.
pub fn title(input: &str) -> &str {
    match input {
        "pacs008-single-compact" => "512 single pacs.008, compact",
        "pacs008-single-indented" => "512 single pacs.008, indented",
        "pacs008-1000" => "pacs.008, 1,000 transactions",
        "camt053-10000" => "camt.053, 10,000 entries",
        "camt053-10000-prefixed" => "camt.053, a prefix everywhere",
        "camt053-10000-accented" => "camt.053, accents and entities",
        "samples" => "messages from files",
        other => other,
    }
}

/// A drawing by itself: a file, with its own colours and paper.
pub fn alone(rows: &[Row]) -> String {
    let height = height_of_bars(rows);
    let (wide, high) = (WIDTH + 40.0, height + 32.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" width=\"{wide}\" height=\"{high}\" role=\"img\">\n\
         <title>Speed of payflow beside quick-xml</title>\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{wide}\" height=\"{high}\" rx=\"12\"/>\n<g transform=\"translate(20 20)\">\n{}</g>\n</svg>\n",
        drawn_bars(rows)
    )
}

/// Speeds, a pair of bars for each row, for a page that has [`STYLE`].
pub fn bars(rows: &[Row]) -> String {
    framed(height_of_bars(rows), "Speed of payflow beside quick-xml", &drawn_bars(rows))
}

fn height_of_bars(rows: &[Row]) -> f64 {
    LEGEND + ROW * rows.len() as f64
}

fn framed(height: f64, title: &str, drawing: &str) -> String {
    format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{title}</title>\n{drawing}</svg>\n")
}

fn drawn_bars(rows: &[Row]) -> String {
    let mut svg = String::new();
    legend(&mut svg, 14.0, "ours", "payflow: the whole schema checked, every field read");
    legend(&mut svg, 36.0, "theirs", "quick-xml: tokens alone, nothing checked");
    let speeds = |row: &Row| [PAYFLOW, QUICK_XML].map(|name| row.subject(name).map(|one| row.speed(one.times.best())));
    let most = rows.iter().flat_map(speeds).flatten().fold(1.0, f64::max);
    for (number, row) in rows.iter().enumerate() {
        let top = LEGEND + ROW * number as f64;
        let _ = writeln!(
            svg,
            "<text class=\"ink\" x=\"0\" y=\"{:.0}\" font-size=\"15\">{}</text>",
            top + 22.0,
            title(row.input)
        );
        if let Some((ratio, _)) = row.ratio() {
            let _ = writeln!(
                svg,
                "<text class=\"ours\" x=\"{WIDTH}\" y=\"{:.0}\" font-size=\"19\" font-weight=\"700\" text-anchor=\"end\">{ratio:.1} ×</text>",
                top + 22.0
            );
        }
        let bars = [("ours", 30.0, 17.0, "ink"), ("theirs", 50.0, 11.0, "soft")];
        for (speed, (class, at, high, ink)) in speeds(row).into_iter().zip(bars) {
            let Some(speed) = speed else { continue };
            let (y, wide) = (top + at, (LONGEST * speed / most).max(2.0));
            let _ = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"0\" y=\"{y:.0}\" width=\"{wide:.1}\" height=\"{high}\" rx=\"2\"/>\
                 <text class=\"{ink}\" x=\"{:.1}\" y=\"{:.1}\" font-size=\"13\">{} MB/s</text>",
                wide + 7.0,
                y + high / 2.0 + 4.5,
                thousands(speed)
            );
        }
    }
    svg
}

fn legend(svg: &mut String, y: f64, class: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"0\" y=\"{:.0}\" width=\"12\" height=\"12\" rx=\"2\"/>\
         <text class=\"soft\" x=\"19\" y=\"{y:.0}\" font-size=\"13\">{text}</text>",
        y - 10.5
    );
}

/// How long single messages take: a histogram of the row's subjects on one logarithmic scale; `None` where it has one document.
pub fn histogram(row: &Row) -> Option<String> {
    let both: Vec<(&str, &Latency)> = [("theirs", QUICK_XML), ("ours", PAYFLOW)]
        .into_iter()
        .filter_map(|(class, name)| Some((class, row.subject(name)?.latency.as_ref()?)))
        .collect();
    let least = both.iter().map(|(_, latency)| latency.percentile(0.001)).min()?;
    let most = both.iter().map(|(_, latency)| latency.percentile(0.995)).max()?;
    let (from, to) = (f64::from(least.max(1)).ln(), f64::from(most.max(least + 2)).ln());
    let at = |nanoseconds: f64| WIDTH * (nanoseconds.ln() - from) / (to - from);
    #[expect(clippy::cast_sign_loss, reason = "the bound of a column")]
    let bound = |column: u32| (from + (to - from) * f64::from(column) / f64::from(COLUMNS)).exp().round() as u32;
    let mut svg = String::new();
    for (class, latency) in both {
        let counts: Vec<usize> = (0..COLUMNS).map(|column| latency.between(bound(column), bound(column + 1))).collect();
        let highest = counts.iter().copied().max().unwrap_or_default().max(1) as f64;
        let wide = WIDTH / f64::from(COLUMNS);
        for (column, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let high = (HIGHEST * *count as f64 / highest).max(0.5);
            let (x, y) = (wide * column as f64, HIGHEST - high);
            let _ = write!(
                svg,
                "<rect class=\"{class}\" opacity=\"0.85\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{high:.1}\"/>",
                wide - 1.0
            );
        }
        svg.push('\n');
    }
    let _ = writeln!(svg, "<path class=\"rule\" d=\"M0 {HIGHEST}H{WIDTH}\"/>");
    let decades = [1e2, 1e3, 1e4, 1e5, 1e6].into_iter();
    for tick in decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|step| step * decade)) {
        let x = at(tick);
        if (12.0..WIDTH - 12.0).contains(&x) {
            let _ = writeln!(
                svg,
                "<text class=\"soft\" x=\"{x:.1}\" y=\"{:.0}\" font-size=\"13\" text-anchor=\"middle\">{}</text>",
                HIGHEST + 17.0,
                tick / 1e3
            );
        }
    }
    Some(framed(HIGHEST + AXIS, "Microseconds for each message", &svg))
}

/// A whole number with commas between the thousands.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_apart() {
        for (number, expected) in [(0.0, "0"), (999.4, "999"), (1000.0, "1,000"), (1234567.0, "1,234,567")] {
            assert_eq!(thousands(number), expected);
        }
    }
}
