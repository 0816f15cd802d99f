//! Several runs as one figure: the median, and between what they lay.

use std::fmt;

/// A count as a real number: what is compared here needs no more than 53 bits.
#[expect(clippy::cast_precision_loss, reason = "ratios of measurements, not measured values")]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

/// The figures of several runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Spread(Vec<f64>);

impl FromIterator<f64> for Spread {
    fn from_iter<I: IntoIterator<Item = f64>>(figures: I) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        Self(figures)
    }
}

impl Spread {
    /// The one in the middle; of an even number the mean of the two.
    pub(crate) fn median(&self) -> f64 {
        let (low, high) = (self.0.len().saturating_sub(1) / 2, self.0.len() / 2);
        match (self.0.get(low), self.0.get(high)) {
            (Some(low), Some(high)) => f64::midpoint(*low, *high),
            _ => f64::NAN,
        }
    }

    /// Each run's figure over that of another's in the same run, both in the order of the runs.
    pub(crate) fn ratios(ours: &[f64], theirs: &[f64]) -> Self {
        ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect()
    }
}

impl fmt::Display for Spread {
    /// As `median [least–most]`; one run has no spread.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0[..], self.0.first(), self.0.last()) {
            ([], ..) => f.write_str("—"),
            ([one], ..) => f.write_str(&number(*one)),
            (_, Some(least), Some(most)) => {
                write!(f, "{} [{}–{}]", number(self.median()), number(*least), number(*most))
            }
            _ => Ok(()),
        }
    }
}

/// A figure with three digits that count, thousands parted.
pub(crate) fn number(figure: f64) -> String {
    let places = match figure.abs() {
        large if large >= 100.0 => 0,
        middle if middle >= 10.0 => 1,
        small if small >= 0.1 => 2,
        _ => 4,
    };
    let text = format!("{figure:.places$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut parted = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if index > 0 && left % 3 == 0 && whole.as_bytes()[index - 1] != b'-' {
            parted.push(',');
        }
        parted.push(digit);
    }
    parted + rest
}

#[cfg(test)]
mod tests {
    use super::{Spread, number};

    #[test]
    fn a_figure_keeps_three_digits() {
        let texts = [0.0123, 0.5, 2.618, 42.0, 999.9, 1234.5, 1_234_567.0, -1234.0].map(number);
        let wanted = ["0.0123", "0.50", "2.62", "42.0", "1,000", "1,234", "1,234,567", "-1,234"];
        assert_eq!(texts, wanted);
    }

    #[test]
    fn the_median_stands_between_the_extremes() {
        let spread: Spread = [3.0, 1.0, 2.0].into_iter().collect();
        assert_eq!(spread.to_string(), "2.00 [1.00–3.00]");
        assert_eq!([1.0, 2.0].into_iter().collect::<Spread>().to_string(), "1.50 [1.00–2.00]");
        assert_eq!(Spread::default().to_string(), "—");
    }
}
