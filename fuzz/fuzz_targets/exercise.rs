//! What the fuzz targets do with their input; the ordinary tests do the same with the seeds.
#![allow(dead_code, reason = "each target uses one of them")]

use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::document::render;
use counterpart::generate::{GenerateError, ValueOptions, negative, sample};
use counterpart::lint::{Selection, check_open};
use counterpart::schema::{Flat, Schema};

/// Opens the bytes as a contract and asks it everything.
pub(crate) fn loader(data: &[u8]) {
    match Contract::from_bytes("fuzz", data) {
        Err(error) => {
            assert!(!error.diagnostics.is_empty(), "a refusal without a reason");
            assert!(error.render(false).contains("error"), "a refusal that does not show");
        }
        Ok(contract) => {
            let checked = check_open(&contract, &Selection::default());
            for finding in &checked.findings {
                let place = checked.files.diagnostic_place(finding);
                assert!(place.line >= 1 && place.column >= 1);
            }
            let _text = render::console(&checked.files, &checked.findings, false);
        }
    }
}

/// Reads the bytes as a schema and draws from it.
pub(crate) fn values(data: &[u8]) {
    let Ok(document) = serde_json::from_slice(data) else { return };
    let Ok(schema) = Schema::from_value(document) else { return };
    for (seed, options) in [(1, ValueOptions::default()), (2, ValueOptions::realistic())] {
        match sample(&schema, &options, Seed(seed)) {
            Ok(value) => assert!(schema.is_valid(&value), "{value} is not valid"),
            Err(GenerateError::Unsatisfiable { .. } | GenerateError::GaveUp { .. }) => return,
        }
    }
    if let Ok(Some((value, mutation))) = negative(&schema, &ValueOptions::default(), Seed(3)) {
        let violations = schema.violations(&value);
        let recorded =
            violations.iter().any(|v| v.keyword == mutation.keyword && v.schema == mutation.schema);
        assert!(recorded, "{value} does not break {mutation:?}");
    }
}

/// Reads the bytes as a flat document: it is what the library reads, or the library refuses it too.
pub(crate) fn flat(data: &[u8]) {
    let known = serde_json::from_slice::<serde_json::Value>(data).ok();
    let Some(flat) = Flat::parse(data) else { return };
    let known = known.expect("what the library refuses is no document");
    assert_eq!(flat.text(), known.to_string());
    assert_eq!(flat.to_value(), known);
    for (name, member) in flat.root().members() {
        assert_eq!(member.to_value(), known[name]);
        assert_eq!(flat.root().get(name).map(|found| found.text()), Some(member.text()));
    }
}
