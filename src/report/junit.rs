//! `JUnit` XML: a suite for each operation, a case for each check, as CI systems read it.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::exercise::{Finding, Summary, Verdict};
use crate::report::console;

/// The document.
#[must_use]
pub fn report(summary: &Summary) -> String {
    let mut report = Report::new(format!("counterpart: {}", summary.plan.title));
    report.set_time(summary.elapsed);
    for operation in &summary.operations {
        let mut suite = TestSuite::new(format!("{} {}", operation.method, operation.path));
        let withheld = summary.withheld.iter().find(|withheld| withheld.operation == operation.id);
        if let Some(withheld) = withheld {
            suite.add_property(("withheld", withheld.line().as_str()));
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
                status.set_type(finding.cause.clone());
                status.set_message(finding.message.clone());
                status.set_description(console::finding(finding, false));
                suite.add_test_case(case(&format!("{check}: {}", finding.cause), &operation.id, status));
            }
        }
        report.add_test_suite(suite);
    }
    if let Verdict::Unusable(why) = &summary.verdict {
        let mut suite = TestSuite::new("target");
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(why.clone());
        suite.add_test_case(case("usable", "target", status));
        report.add_test_suite(suite);
    }
    // Writing into memory fails for names that XML can't hold; quick-junit drops those characters itself.
    report.to_string().unwrap_or_default()
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name.to_owned(), status);
    case.set_classname(class.to_owned());
    case
}
