//! What the fuzz target does with its input; the ordinary tests do the same with the seeds.

use counterpart::contract::Contract;
use counterpart::document::render;
use counterpart::lint::{Selection, check_open};

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
