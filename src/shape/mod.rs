//! Shapes of responses: infer, merge, redact, insta files, diff.
