//! A bar chart as SVG: bars beside each other for a few groups, upright ones for many, such as days.

use std::fmt::Write;

/// Groups that have room beside their names; more stand upright.
const LYING: usize = 40;
const ROW: f64 = 26.0;
const WIDTH: f64 = 860.0;
const NAMES: f64 = 190.0;
const VALUES: f64 = 80.0;
const TOP: f64 = 56.0;
const UPRIGHT: f64 = 300.0;
/// The longest name that is told whole.
const NAME: usize = 26;
const STYLE: &str = "text{font-family:'DejaVu Sans',Verdana,Helvetica,Arial,sans-serif;font-size:13px;fill:#1f2933}\
    .title{font-size:18px;font-weight:bold}.axis{fill:#5f6c7b;font-size:11px}.bar{fill:#2b6cb0}.line{stroke:#d5dbe2}";

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::commands) struct Bar {
    pub(in crate::commands) name: String,
    pub(in crate::commands) value: f64,
    /// The value as one reads it.
    pub(in crate::commands) shown: String,
}

/// A chart.
pub(in crate::commands) struct Chart {
    pub(in crate::commands) title: String,
    pub(in crate::commands) bars: Vec<Bar>,
}

impl Chart {
    /// The picture.
    pub(in crate::commands) fn svg(&self) -> String {
        let (height, body) = match self.bars.len() {
            0 => (TOP + ROW, text((20.0, TOP + 8.0), "", "Nothing to show.")),
            few if few <= LYING => self.lying(),
            _ => self.upright(),
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\
             <style>{STYLE}</style><rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>{}{body}</svg>\n",
            text((20.0, 32.0), "title", &self.title),
        )
    }

    fn lying(&self) -> (f64, String) {
        let room = WIDTH - NAMES - VALUES - 20.0;
        let mut body = String::new();
        let mut top = TOP;
        for bar in &self.bars {
            let length = (room * bar.value / self.largest()).max(1.0);
            let name = shortened(&bar.name);
            let at = NAMES - 10.0;
            let _ = write!(
                body,
                "<text x=\"{at}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                top + 15.0,
                escaped(&name)
            );
            let _ = write!(
                body,
                "<rect class=\"bar\" x=\"{NAMES}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"{:.1}\" rx=\"2\"/>",
                ROW - 6.0
            );
            body.push_str(&text((NAMES + length + 8.0, top + 15.0), "", &bar.shown));
            top += ROW;
        }
        (top + 14.0, body)
    }

    fn upright(&self) -> (f64, String) {
        let (left, room) = (70.0, WIDTH - 90.0);
        let step = room / number(self.bars.len());
        let foot = TOP + UPRIGHT;
        let mut body = String::new();
        if let Some(largest) = self.bars.iter().max_by(|a, b| a.value.total_cmp(&b.value)) {
            for (at, shown) in [(foot, "0"), (TOP, largest.shown.as_str())] {
                let _ = write!(
                    body,
                    "<line class=\"line\" x1=\"{left}\" x2=\"{:.1}\" y1=\"{at}\" y2=\"{at}\"/>\
                     <text class=\"axis\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                    left + room,
                    left - 8.0,
                    at + 4.0,
                    escaped(shown)
                );
            }
        }
        // A name needs about a hundred pixels.
        let every = self.bars.len().div_ceil(8);
        for (index, bar) in self.bars.iter().enumerate() {
            let height = UPRIGHT * bar.value / self.largest();
            let x = left + step * number(index);
            let _ = write!(
                body,
                "<rect class=\"bar\" x=\"{x:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{height:.1}\"/>",
                foot - height,
                (step * 0.8).max(0.5)
            );
            if index % every == 0 {
                body.push_str(&text((x, foot + 18.0), "axis", &shortened(&bar.name)));
            }
        }
        (foot + 34.0, body)
    }

    fn largest(&self) -> f64 {
        self.bars.iter().map(|bar| bar.value).fold(1.0, f64::max)
    }
}

fn text((x, y): (f64, f64), class: &str, words: &str) -> String {
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    };
    format!(
        "<text{class} x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
        escaped(words)
    )
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

fn escaped(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[expect(clippy::cast_precision_loss, reason = "pixels")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(count: u32) -> String {
        let bar = |n: u32| Bar {
            name: format!("<{n}>"),
            value: f64::from(n),
            shown: n.to_string(),
        };
        Chart {
            title: "A & B".into(),
            bars: (1..=count).map(bar).collect(),
        }
        .svg()
    }

    #[test]
    fn each_group_has_a_bar_and_names_do_no_harm() {
        for (count, width) in [(0, ""), (1, "570.0"), (40, "570.0"), (41, ""), (400, "")] {
            let svg = chart(count);
            assert_eq!(
                svg.matches("class=\"bar\"").count(),
                count as usize,
                "{count}"
            );
            assert!(svg.contains("A &amp; B") && !svg.contains("<1>"), "{svg}");
            assert!(svg.contains(width), "{svg}");
        }
    }
}
