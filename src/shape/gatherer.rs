//! Answers of a whole run, gathered into snapshots.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::secret::Redactor;
use crate::contract::Operation;
use crate::document::Direction;
use crate::schema::Schemas;
use crate::shape::answer::{AnswerKey, Gathered};
use crate::shape::declared::Declared;
use crate::shape::snap_file::Snap;
use crate::wire::{Response, media};

/// What stands for the method where one was sent that the operation does not have.
const OTHER_METHOD: &str = "other method";

/// Gathers answers by operation, status and media type.
#[derive(Debug, Default)]
pub struct Gatherer {
    answers: BTreeMap<AnswerKey, (Arc<Operation>, Gathered)>,
}

impl Gatherer {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in an answer; `other_method` when the request had a method that the operation's path does not document.
    pub fn add(&mut self, operation: &Arc<Operation>, other_method: bool, answer: &Response) {
        let concrete = answer.headers.get_str("content-type").and_then(media::parse);
        let head = &operation.head;
        let key = AnswerKey {
            operation: head.id.clone(),
            method: if other_method { OTHER_METHOD.to_owned() } else { head.method.clone() },
            path: head.path.clone(),
            status: answer.status,
            media: concrete.map_or_else(String::new, |media| media.essence().to_owned()),
        };
        let documented: Vec<String> = operation
            .response_for(answer.status)
            .map(|response| response.headers.iter().map(|header| header.name.clone()).collect())
            .unwrap_or_default();
        let (_, gathered) =
            self.answers.entry(key).or_insert_with(|| (Arc::clone(operation), Gathered::default()));
        gathered.add(answer, &documented);
    }

    /// The snapshots by name, without secrets. `contract` is the contract's title.
    #[must_use]
    pub fn snaps(&self, contract: &str, schemas: &Schemas, redactor: &Redactor) -> BTreeMap<String, Snap> {
        let mut snaps = BTreeMap::new();
        for (key, (operation, gathered)) in &self.answers {
            let snap = gathered.snap(key, contract, &declared(operation, key, schemas), redactor);
            let mut name = file_name(key, redactor);
            // Two operations may have names that differ only in signs.
            for number in 2.. {
                if !snaps.contains_key(&name) {
                    break;
                }
                name = format!("{}-{number}", file_name(key, redactor));
            }
            snaps.insert(name, snap);
        }
        snaps
    }
}

/// The name of a file; the media type in it is the server's word.
fn file_name(key: &AnswerKey, redactor: &Redactor) -> String {
    let media = redactor.looks(&key.media);
    if media == key.media {
        key.file_name()
    } else {
        AnswerKey { media: media.into_string(), ..key.clone() }.file_name()
    }
}

/// What the contract declares for the bodies of these answers.
fn declared(operation: &Operation, key: &AnswerKey, schemas: &Schemas) -> Declared {
    let find = || {
        let concrete = media::parse(&key.media)?;
        let content = &operation.response_for(key.status)?.content;
        let best = content
            .iter()
            .filter_map(|content| Some((media::parse(&content.name)?.matches(&concrete)?, content)))
            .max_by_key(|(precision, _)| *precision)?;
        schemas.get(best.1.schema.as_ref()?, Direction::Response).ok()
    };
    find().map_or_else(Declared::default, |schema| Declared::of(&schema))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;
    use crate::validate::Judge;

    #[test]
    fn names_that_differ_only_in_signs_are_kept_apart() {
        let text = r##"{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {
            "/a": {"get": {"operationId": "a_b", "responses": {"2XX": {"description": "", "content": {"application/*":
            {"schema": {"properties": {"k": {"enum": ["x", "y"]}}}}}}}}},
            "/b": {"get": {"operationId": "a-b", "responses": {}}}}}"##;
        let contract = Contract::from_text("t.json", text).unwrap();
        let judge = Judge::new(&contract);
        let mut gatherer = Gatherer::new();
        let mut answer = Response { status: 200, body: "{\"k\":\"x\"}".into(), ..Response::default() };
        answer.headers.push("content-type", "application/json");
        for head in contract.heads() {
            gatherer.add(&contract.operation(head.index), false, &answer);
        }
        gatherer.add(&contract.operation(contract.heads()[0].index), true, &answer);
        let snaps = gatherer.snaps("t", judge.schemas(), &Redactor::default());
        let names: Vec<&str> = snaps.keys().map(String::as_str).collect();
        let plain = "a-b--get-200--application-json";
        assert_eq!(names, [plain, &format!("{plain}-2"), "a-b--other-method-200--application-json"]);
        let declared = snaps.values().filter(|snap| snap.body.contains("k: \"x\"")).count();
        assert_eq!(declared, 2);
    }
}
