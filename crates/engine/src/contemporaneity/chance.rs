//! The statistics behind the detectors. Floats are for chances alone; times and counts are
//! integers.

/// What one robust standard deviation is of the median absolute deviation of a normal distribution.
const DEVIATION_OF_MAD: f64 = 1.4826;
/// Least spread of a norm: a step that is always entered at once would make a second stand out.
const SPREAD_MIN: f64 = 0.05;

/// What is usual of lags, on a logarithmic scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Norm {
    median: f64,
    spread: f64,
}

impl Norm {
    /// The norm of at least one lag.
    pub(super) fn of(lags_us: &[i64]) -> Self {
        let logs: Vec<f64> = lags_us.iter().map(|lag| scaled(*lag)).collect();
        let median = median(&logs);
        let away: Vec<f64> = logs.iter().map(|log| (log - median).abs()).collect();
        Self { median, spread: (DEVIATION_OF_MAD * self::median(&away)).max(SPREAD_MIN) }
    }

    /// How far above its norm a lag is, in robust standard deviations.
    pub(super) fn deviations(self, lag_us: i64) -> f64 {
        (scaled(lag_us) - self.median) / self.spread
    }
}

/// `ln(1 + lag)`, the lag in whole seconds.
fn scaled(lag_us: i64) -> f64 {
    let seconds = u32::try_from(lag_us.max(0) / 1_000_000).unwrap_or(u32::MAX);
    f64::from(seconds).ln_1p()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
    if sorted.len().is_multiple_of(2) && middle > 0 {
        f64::midpoint(at(middle - 1), at(middle))
    } else {
        at(middle)
    }
}

/// The chance of at least `k` of `n` where each happens with a chance of `share`: the upper tail of
/// the binomial distribution.
pub(super) fn at_least((k, n): (u32, u32), share: f64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if k > n || share <= 0.0 {
        return 0.0;
    }
    if share >= 1.0 {
        return 1.0;
    }
    let odds = (share / (1.0 - share)).ln();
    let mut term = f64::from(n) * (1.0 - share).ln();
    let mut sum = 0.0;
    for i in 0..=n {
        if i >= k {
            sum += term.exp();
        }
        if i < n {
            term += (f64::from(n - i) / f64::from(i + 1)).ln() + odds;
        }
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, wanted: f64) {
        assert!((value / wanted - 1.0).abs() < 1e-6, "{value} is not {wanted}");
    }

    #[test]
    fn tails_are_those_of_the_tables() {
        near(at_least((1, 1), 0.25), 0.25);
        near(at_least((3, 3), 0.5), 0.125);
        near(at_least((2, 4), 0.5), 11.0 / 16.0);
        near(at_least((3, 100), 0.01), 0.079_373_2);
        near(at_least((0, 5), 0.1), 1.0);
        assert!(at_least((6, 5), 0.1) <= 0.0);
        assert!(at_least((900, 1000), 0.01) < 1e-300);
    }

    #[test]
    fn a_norm_is_not_moved_by_a_few_that_are_far_off() {
        let usual: Vec<i64> = (0..60).map(|n| (5 + n % 7) * 1_000_000).collect();
        let mut mixed = usual.clone();
        mixed.extend([3_600_000_000; 6]);
        let (clean, mixed) = (Norm::of(&usual), Norm::of(&mixed));
        assert!(clean.deviations(600_000_000) > 10.0 && mixed.deviations(600_000_000) > 10.0);
        assert!(clean.deviations(9_000_000) < 2.0);
        let always = Norm::of(&[0; 50]);
        assert!(always.deviations(0).abs() < 1e-9);
    }
}
