//! The schemas that benchmarks of values draw from: the seed's record, a recursive one, the biggest of the corpus.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterpart::contract::Contract;
use counterpart::contract::model::OperationIndex;
use counterpart::document::{Direction, LoadOptions, Location, SpecSource};
use counterpart::schema::{Schema, Schemas};
use serde_json::json;

/// How many of the corpus' schemas are measured.
const BIGGEST: usize = 10;

/// How many of one contract's, so that one contract is not all of them.
const BIGGEST_OF_ONE: usize = 3;

/// Contracts shorter than this, in bytes, are not looked at.
const CONTRACT_BYTES_MIN: u64 = 500_000;

/// A schema of the corpus.
pub(crate) struct Big {
    /// The contract's file and the place in it.
    pub(crate) name: String,
    /// How long it is with all that it reaches, as compact JSON, in bytes.
    pub(crate) bytes: usize,
    contract: Arc<Contract>,
    at: Location,
}

impl Big {
    /// Gathers and compiles it anew.
    pub(crate) fn build(&self) -> Option<Arc<Schema>> {
        Schema::build(&*self.contract.schema_source(), &self.at, Direction::Response).ok()
    }
}

/// The schema of the first 200 answer of the embedded contract's first operation.
pub(crate) fn record() -> Arc<Schema> {
    let contract = Contract::load(&SpecSource::Embedded, &LoadOptions::default())
        .expect("the embedded contract is sound");
    let operation = contract.operation(OperationIndex(0));
    let mut contents = operation.responses.iter().filter_map(|response| response.content.first());
    let at = contents.find_map(|media| media.schema.clone()).expect("an answer has a schema");
    Schemas::new(contract.schema_source()).get(&at, Direction::Response).expect("it compiles")
}

/// A tree of nodes.
pub(crate) fn recursive() -> Arc<Schema> {
    let schema = Schema::from_value(json!({
        "$defs": {"node": {
            "type": "object",
            "required": ["name", "children"],
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z]{3,12}$"},
                "parent": {"$ref": "#/$defs/node"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 3},
                "weight": {"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 100},
            },
        }},
        "$ref": "#/$defs/node",
    }));
    schema.expect("the schema is sound")
}

/// The biggest response schemas of the corpus (`COUNTERPART_SHARED`, else `../shared`), the biggest first; none where
/// there is no corpus.
pub(crate) fn biggest() -> Vec<Big> {
    let root = std::env::var_os("COUNTERPART_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let mut files = Vec::new();
    collect(&root.join("corpus"), &mut files);
    files.sort();
    let mut found: Vec<Big> = files.iter().flat_map(|file| of_contract(file)).collect();
    found.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    found.truncate(BIGGEST);
    found
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "json" || e == "yaml")
            && std::fs::metadata(&path).is_ok_and(|m| m.len() >= CONTRACT_BYTES_MIN)
        {
            files.push(path);
        }
    }
}

fn of_contract(file: &Path) -> Vec<Big> {
    let Ok(contract) = Contract::load(&SpecSource::Path(file.to_owned()), &LoadOptions::default()) else {
        return Vec::new();
    };
    let source = contract.schema_source();
    let file = file.file_name().unwrap_or_default().to_string_lossy();
    let (mut seen, mut sizes, mut found) = (HashSet::new(), HashSet::new(), Vec::new());
    for head in contract.heads() {
        let operation = contract.operation(head.index);
        for media in operation.responses.iter().filter_map(|response| response.content.first()) {
            let Some(at) = media.schema.as_ref().filter(|at| seen.insert((*at).clone())) else { continue };
            let Ok(schema) = Schema::gather(&*source, at, Direction::Response) else { continue };
            let bytes = schema.outline().document().to_string().len();
            // Two of the same length are the same, by all likelihood.
            if sizes.insert(bytes) {
                let name = format!("{file} {}", head.id);
                found.push(Big { name, bytes, contract: Arc::clone(&contract), at: at.clone() });
                found.sort_by_key(|big| std::cmp::Reverse(big.bytes));
                found.truncate(BIGGEST_OF_ONE);
            }
        }
    }
    found
}
