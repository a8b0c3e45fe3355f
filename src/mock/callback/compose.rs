//! The request of a callback or webhook, made from the contract: its parameters by the generator of test cases, its body
//! from an example or as real as the schema allows.

use std::sync::Arc;

use bytes::Bytes;

use super::Job;
use crate::base::Seed;
use crate::contract::{MediaType, Operation};
use crate::document::Direction;
use crate::generate::case::{CaseMaker, CaseSettings, Destructive, Phase};
use crate::mock::catalog::Catalog;
use crate::mock::content::body;
use crate::mock::content::generated::generated;
use crate::validate::Judge;
use crate::validate::intent::Intent;
use crate::wire::Request;

/// The request, ready to be sent to the job's origin.
pub(crate) fn compose(catalog: &Catalog, job: &Job) -> Result<Request, String> {
    let operation = Arc::new(sendable(&job.operation));
    let (strict, lenient) = catalog.callback_judges();
    let settings =
        CaseSettings { seed: Some(job.seed), destructive: Destructive::All, ..CaseSettings::default() };
    let maker = CaseMaker::new(
        std::slice::from_ref(&operation.head),
        catalog.contract().security_schemes().clone(),
        Arc::clone(strict),
        Arc::clone(lenient),
        settings,
    );
    // The contract's own example goes first, then one with everything, then the least.
    let tries = [(Phase::Examples, 0), (Phase::Boundary, 1), (Phase::Boundary, 0)];
    let case = tries
        .into_iter()
        .filter_map(|(phase, index)| maker.case(&operation, phase, index).ok())
        .find(|case| matches!(case.intent, Intent::Valid(_)));
    let case = case.ok_or("no valid request can be made from the contract")?;
    let mut request = case.request;
    let made_query = request.query().map(str::to_owned);
    let mut target = job.url.path().to_owned();
    for (at, query) in job.url.query().map(str::to_owned).into_iter().chain(made_query).enumerate() {
        target.push(if at == 0 { '?' } else { '&' });
        target.push_str(&query);
    }
    request.target = target;
    let given = job.body.clone().map(|bytes| ("application/json".to_owned(), bytes));
    if let Some((media, bytes)) = given.or_else(|| real_body(strict, &operation, job.seed)) {
        request.headers.set("content-type", media);
        request.body = Some(bytes);
    }
    Ok(request)
}

/// The operation as the mock can send it: its path is the URL's, and it has no credentials to show.
pub(super) fn sendable(operation: &Operation) -> Operation {
    let mut operation = operation.clone();
    operation.head.path = "/".to_owned();
    operation.security = Arc::default();
    operation
}

/// A body for the first JSON media type: the first example that is valid, else a realistic value.
fn real_body(judge: &Judge, operation: &Operation, seed: Seed) -> Option<(String, Bytes)> {
    let json = |media: &&MediaType| body::concrete(media).is_json();
    let media = operation.request_body.as_ref()?.content.iter().find(json)?;
    let schema = judge.schemas().get(media.schema.as_ref()?, Direction::Request).ok()?;
    let examples = media.examples.iter().filter_map(|example| example.value.as_ref());
    let value = examples
        .into_iter()
        .find(|value| schema.is_valid(value))
        .cloned()
        .unwrap_or_else(|| generated(&schema, seed.derive("body")));
    schema.is_valid(&value).then(|| (body::concrete(media).to_string(), Bytes::from(value.to_string())))
}
