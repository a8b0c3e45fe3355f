//! Opening large contracts: from the text to the first operation with its schemas, beside reading the same text into a
//! `serde_json::Value` and dropping it; and the peak memory of it.
//!
//! The contracts are those of the shared corpus (`COUNTERPART_SHARED`, else `../shared`); without it nothing is measured.

#![expect(clippy::print_stdout, reason = "the figures beside the times")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterpart::contract::Contract;
use counterpart::document::{LoadOptions, SpecSource};
use criterion::{Criterion, criterion_group};
use serde_json::Value;

/// The largest contracts of the corpus, with whether they are JSON.
const FILES: [(&str, &str, bool); 5] = [
    ("github", "corpus/huge/github-api.json", true),
    ("graph", "corpus/huge/oad-microsoft.com-graph.json", true),
    ("kubernetes", "corpus/huge/kubernetes-1.10.json", true),
    ("stripe", "corpus/huge/stripe.yaml", false),
    ("openai", "corpus/sdk/openai-sdk-2.51.0.yaml", false),
];

/// Set in the process that measures the memory of opening one file.
const MEMORY_OF: &str = "COUNTERPART_BENCH_MEMORY_OF";

fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("COUNTERPART_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    Some(root.join(path)).filter(|path| path.exists())
}

fn open(path: &Path) -> Arc<Contract> {
    let contract = Contract::load(&SpecSource::Path(path.to_owned()), &LoadOptions::default());
    contract.unwrap_or_else(|error| panic!("{error}"))
}

/// Opens, builds the middle operation and lowers the schemas of its responses.
fn first_answer(path: &Path) -> usize {
    let contract = open(path);
    let heads = contract.heads();
    let operation = contract.operation(heads[heads.len() / 2].index);
    let source = contract.schema_source();
    let media = operation.responses.iter().flat_map(|response| &response.content);
    media.filter_map(|media| source.schema(media.schema.as_ref()?).ok()).count()
}

/// Block YAML; texts stand in double quotes, which is JSON's way to write them and one of YAML's.
fn yaml(value: &Value, indent: usize, out: &mut String) {
    let line = |out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', indent));
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                line(out);
                out.push_str(&Value::String(key.clone()).to_string());
                out.push_str(": ");
                yaml(value, indent + 2, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                line(out);
                out.push_str("- ");
                yaml(item, indent + 2, out);
            }
        }
        other => out.push_str(&other.to_string()),
    }
}

/// The peak of resident memory of this process in megabytes, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

fn memory(path: &Path) -> String {
    let exe = std::env::current_exe().unwrap_or_default();
    let output = std::process::Command::new(exe).env(MEMORY_OF, path).output();
    output.map_or_else(
        |error| error.to_string(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

fn measure(criterion: &mut Criterion, name: &str, path: &Path, json: &str) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("serde_json value of the same data", |b| {
        b.iter(|| black_box(serde_json::from_str::<Value>(black_box(json)).is_ok()));
    });
    group.bench_function("first answer", |b| b.iter(|| black_box(first_answer(black_box(path)))));
    group.finish();
    let size = std::fs::metadata(path).map_or(0, |data| data.len());
    println!("{name}: {:.1} MB, peak memory {}", size as f64 / 1e6, memory(path));
}

fn loading(criterion: &mut Criterion) {
    let folder = std::env::temp_dir().join(format!("counterpart-bench-{}", std::process::id()));
    let _exists_already = std::fs::create_dir_all(&folder);
    for (name, file, is_json) in FILES {
        let Some(path) = shared(file) else {
            println!("{name}: not measured, there is no {file}");
            continue;
        };
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if is_json {
            measure(criterion, &format!("{name}, JSON"), &path, &text);
            let mut block = String::new();
            yaml(&serde_json::from_str(&text).unwrap_or_default(), 0, &mut block);
            let as_yaml = folder.join(format!("{name}.yaml"));
            let _written = std::fs::write(&as_yaml, block);
            measure(criterion, &format!("{name}, YAML"), &as_yaml, &text);
        } else {
            let json =
                open(&path).raw(&counterpart::document::Location::default()).unwrap_or_default().to_string();
            measure(criterion, &format!("{name}, YAML"), &path, &json);
            let as_json = folder.join(format!("{name}.json"));
            let _written = std::fs::write(&as_json, &json);
            measure(criterion, &format!("{name}, JSON"), &as_json, &json);
        }
    }
    let _left_behind = std::fs::remove_dir_all(&folder);
}

criterion_group!(benches, loading);

fn main() {
    if let Some(path) = std::env::var_os(MEMORY_OF) {
        first_answer(Path::new(&path));
        println!("{} MB", peak().unwrap_or(0));
        return;
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
