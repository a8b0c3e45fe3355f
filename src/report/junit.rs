//! `JUnit` XML: a suite for each operation, a case for each check, as CI systems read it. What is foreign in it is escaped:
//! XML 1.0 can't hold every character (section 2.2), and consoles print such files.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::base::plain;
use crate::exercise::{Finding, Summary, Verdict};
use crate::report::console;

/// The document.
#[must_use]
pub fn report(summary: &Summary) -> String {
    let mut report = Report::new(format!("counterpart: {}", plain::line(&summary.plan.title)));
    report.set_time(summary.elapsed);
    for operation in &summary.operations {
        let mut suite =
            TestSuite::new(plain::line(&format!("{} {}", operation.method, operation.path)).into_owned());
        let withheld = summary.withheld.iter().find(|withheld| withheld.operation == operation.id);
        if let Some(withheld) = withheld {
            suite.add_property(("withheld", &*plain::line(&withheld.line())));
        }
        for check in &summary.plan.checks {
            let found: Vec<&Finding> = summary
                .findings
                .iter()
                .map(AsRef::as_ref)
                .filter(|f| f.operation == operation.id && f.check == check)
                .collect();
            if found.is_empty() {
                let not_sent = summary.not_sent(&operation.id);
                let mut status = match operation.cases {
                    1.. if not_sent.is_none() => TestCaseStatus::success(),
                    _ => TestCaseStatus::skipped(),
                };
                if let Some(withheld) = not_sent {
                    status.set_message(withheld.line());
                }
                suite.add_test_case(case(check, &operation.id, status));
            }
            for finding in found {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_type(plain::line(&finding.cause).into_owned());
                status.set_message(plain::line(&finding.message).into_owned());
                status.set_description(console::finding(finding, false));
                suite.add_test_case(case(&format!("{check}: {}", finding.cause), &operation.id, status));
            }
        }
        report.add_test_suite(suite);
    }
    if let Verdict::Unusable(why) = &summary.verdict {
        let mut suite = TestSuite::new("target");
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(plain::line(why).into_owned());
        suite.add_test_case(case("usable", "target", status));
        report.add_test_suite(suite);
    }
    if let Some(reason) = &summary.cut {
        let mut suite = TestSuite::new("run");
        let mut status = TestCaseStatus::skipped();
        status.set_message(format!("not all was sent: {}", plain::line(reason)));
        suite.add_test_case(case("whole", "run", status));
        report.add_test_suite(suite);
    }
    // Writing into memory fails for names that XML can't hold; quick-junit drops those characters itself.
    report.to_string().unwrap_or_default()
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(plain::line(name).into_owned(), status);
    case.set_classname(plain::line(class).into_owned());
    case
}
