//! The demonstration: the story comes out as planted, and what it proposes works.

use super::{Bench, tracewright};

#[test]
fn the_story_comes_out_as_planted() {
    let bench = Bench::empty();
    let folder = bench.dir().join("demo-plant");
    let told = || {
        let run = tracewright()
            .args(["demo", "--once", "--listen", "127.0.0.1:0", "--dir"])
            .arg(&folder)
            .output()
            .expect("it runs");
        let said = String::from_utf8(run.stdout).expect("stdout is text");
        assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&run.stderr));
        said
    };
    let (first, again) = (told(), told());
    for said in [&first, &again] {
        for part in [
            "86 proven + 47 possible + 107 cleared = 240",
            "109 proven + 0 possible + 131 cleared = 240",
            "Planted truth: 109 pumps. Ours is the same.",
            "refused: TW0012",
            "the plant's own records: consistent",
            "torque is 1.38 N·m, not 1.10 to 1.30 N·m",
        ] {
            assert!(said.contains(part), "{part:?} is not in\n{said}");
        }
        let review = said.split("What must a person look at?").nth(1).expect("the review is told");
        assert!(!review.contains("was entered"), "the past was told as it happened:\n{review}");
        for part in ["TW0017 lot 88044-A", "torque was 1.34", "torque is 1.295"] {
            assert!(review.contains(part), "{part:?} is not in\n{review}");
        }
    }
    let release = again.split("$ tracewright release ").nth(1).expect("a release is proposed");
    let words: Vec<&str> = release.lines().next().unwrap_or_default().split(' ').collect();
    let released = tracewright().arg("release").args(&words).arg("--data").arg(&folder).output();
    let released = released.expect("it runs");
    assert!(released.status.success(), "{}", String::from_utf8_lossy(&released.stderr));
}
