use super::*;

const SECOND: i64 = 1_000_000;

fn step(position: i64, name: &str, at_s: i64, lag_s: Option<i64>) -> Entered {
    let at_us = at_s * SECOND;
    Entered {
        position: position.cast_unsigned(),
        step: name.to_owned(),
        person: "P-1".to_owned(),
        at_us,
        evidence: if lag_s.is_some() { Evidence::Device } else { Evidence::Word },
        lag_us: lag_s.map(|lag| lag * SECOND),
        performed_us: (at_us, at_us),
        command: format!("C-{position}"),
        told: false,
    }
}

fn stay(came_s: i64, left_s: Option<i64>, steps: Vec<Entered>) -> Stay {
    Stay {
        unit: format!("U-{came_s}"),
        station: "ST-1".to_owned(),
        came_us: came_s * SECOND,
        left_us: left_s.map(|left| left * SECOND),
        steps,
    }
}

/// Steps of a stay, entered at these seconds.
fn at(times: [i64; 4]) -> Vec<Entered> {
    let steps = (0..).zip(times).map(|(n, at)| step(n, &format!("S{n}"), at, Some(2)));
    steps.collect()
}

#[test]
fn a_lag_stands_out_over_the_limit_or_far_out_of_its_norm() {
    let history: Vec<Stay> = (0..60_i64)
        .map(|n| stay(n * 600, None, vec![step(n, "S1", n * 600, Some(3 + n % 5))]))
        .collect();
    let none = Calibration::of([]);
    let usual = Calibration::of(&history);
    assert_eq!((usual.values, usual.norms(), usual.range), (60, 1, Some((0, 59))));
    for (lag, of_none, of_usual) in [(10, false, false), (100, false, false), (150, false, true)] {
        let one = step(1, "S1", 0, Some(lag));
        assert_eq!((none.lags(&one), usual.lags(&one)), (of_none, of_usual), "{lag} s");
    }
    assert!(none.lags(&step(1, "S1", 0, Some(301))) && !none.lags(&step(1, "S1", 0, Some(300))));
    assert!(!usual.lags(&step(1, "S9", 0, Some(150))), "another step has no norm");
    assert!(!usual.lags(&step(1, "S1", 0, None)), "a word says nothing of a lag");
}

#[test]
fn a_shift_with_many_lags_stands_out_and_a_few_do_not() {
    let shift = |late: i64, all: i64| -> Vec<Stay> {
        let lag = |n: i64| Some(if n < late { 200 } else { 3 });
        (0..all).map(|n| stay(n, None, vec![step(n, &format!("S{n}"), n * 60, lag(n))])).collect()
    };
    let usual = Calibration::of([]);
    for (late, all, hit) in [(0, 60, false), (2, 60, false), (6, 60, true), (19, 19, false)] {
        let stays = shift(late, all);
        let stays: Vec<&Stay> = stays.iter().collect();
        assert_eq!(lagging(&stays, &usual).is_some(), hit, "{late} of {all}");
    }
}

#[test]
fn steps_at_once_are_named_together_and_other_persons_apart() {
    let mut one = step(1, "S1", 10, None);
    let mut two = step(2, "S2", 10, None);
    two.at_us += SAME_TIME_US;
    let three = step(3, "S3", 20, None);
    let hits = same_time(&[&one, &two, &three]);
    assert_eq!(hits.iter().map(|hit| hit.evidence.clone()).collect::<Vec<_>>(), [[1, 2]]);
    two.at_us += 1;
    assert!(same_time(&[&one, &two, &three]).is_empty());
    two.command.clone_from(&one.command);
    assert_eq!(same_time(&[&one, &two]).len(), 1, "one command");
    two.person = "P-2".to_owned();
    assert!(same_time(&[&one, &two]).is_empty());
    one.step.clone_from(&two.step);
    two.person.clone_from(&one.person);
    assert!(same_time(&[&one, &two]).is_empty(), "the same step on two units is one interaction");
    (one.told, two.told) = (true, true);
    two.step = "S2".to_owned();
    assert!(same_time(&[&one, &two]).is_empty(), "what is told afterwards is told together");
}

#[test]
fn steps_at_the_end_of_stays_stand_out_together() {
    let end = || stay(0, Some(100), at([86, 90, 95, 99]));
    let spread = || stay(0, Some(100), at([20, 40, 60, 99]));
    let usual = Calibration::of([]);
    let mut stays = vec![end(), end(), spread(), spread()];
    let hit = |stays: &[Stay]| clustered(&stays.iter().collect::<Vec<_>>(), &usual);
    assert_eq!(hit(&stays), None, "two may be chance");
    stays.push(end());
    assert_eq!(hit(&stays).map(|hit| hit.count), Some((3, 5)));
    let unknown = || stay(0, None, at([86, 90, 95, 99]));
    assert_eq!(hit(&[unknown(), unknown(), unknown()]), None, "nobody knows when it left");
    let few = || stay(0, Some(100), at([86, 90, 95, 99])[..3].to_vec());
    assert_eq!(hit(&[few(), few(), few()]), None, "too few steps");
}

#[test]
fn what_is_entered_after_the_unit_was_seen_elsewhere_is_named() {
    let late = stay(0, Some(100), at([50, 99, 160, 161]));
    let found: Vec<u64> = late.after_departure().map(|step| step.position).collect();
    assert_eq!(found, [3], "a minute is allowed");
    assert_eq!(stay(0, None, at([50, 99, 160, 161])).after_departure().count(), 0);
    let usual = Calibration::of([]);
    let hit = |stays: &[&Stay]| departed(stays, &usual).map(|hit| hit.count);
    assert_eq!(hit(&[&late; 5]), None, "five may be chance");
    assert_eq!(hit(&[&late; 6]), Some((6, 24)));
}

#[test]
fn order_is_wrong_only_where_times_cannot_be_right() {
    let span = |position: i64, from: i64, to: i64| {
        let mut step = step(position, "S", 0, None);
        step.performed_us = (from, to);
        step
    };
    for (first, then, wrong) in [
        (span(1, 0, 5), span(2, 6, 9), false),
        (span(1, 6, 9), span(2, 0, 5), true),
        (span(1, 4, 9), span(2, 0, 5), false),
        (span(2, 0, 5), span(1, 6, 9), true),
    ] {
        assert_eq!(!out_of_order(&[(&first, &then)]).is_empty(), wrong, "{first:?} {then:?}");
    }
}

#[test]
fn a_shift_ends_at_a_long_pause_and_is_of_one_person() {
    let hour = 3600;
    let mut stays: Vec<Stay> =
        [0, 2, 5, 10, 12].map(|h| stay(h * hour, None, vec![step(h, "S1", h * hour, None)])).into();
    stays[1].steps[0].person = "P-2".to_owned();
    let all: Vec<&Stay> = stays.iter().collect();
    let of = |person: &str, h: i64| -> Vec<i64> {
        let shift = shift(&all, person, h * hour * SECOND);
        shift.iter().map(|stay| stay.came_us / SECOND / hour).collect()
    };
    assert_eq!(of("P-1", 0), [0]);
    assert_eq!(of("P-1", 12), [10, 12]);
    assert_eq!(of("P-1", 5), [5]);
    assert_eq!(of("P-2", 2), [2]);
}
