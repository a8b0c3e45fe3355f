//! Bodies of errors, written for the mock and recognised for the tester.
