//! Ids of new entities that the client chose, and where new entities are found.

use serde_json::{Map, Value};

use super::Call;
use crate::mock::state::store_state::text;
use crate::wire::percent::{self, Keep};

/// The id that the client chose: in the path, or in the body where it is the client's to choose.
pub(super) fn wanted_id(call: &Call<'_>, sent: &Map<String, Value>) -> Option<String> {
    if call.link.id.is_some() {
        return Some(call.id());
    }
    let name = call.resource.id.as_ref()?;
    if call.catalog.traits(call.number).read_only.contains(name) {
        return None;
    }
    sent.get(name).and_then(text)
}

/// Where the new entity is: its own path where its parameters are known, else below the path of the request.
pub(super) fn location(call: &Call<'_>, id: &str) -> String {
    let path = call.request.path().trim_end_matches('/');
    if call.link.id.is_some() {
        return path.to_owned();
    }
    let mut place = String::with_capacity(path.len() + 1 + id.len());
    let template = call.plan.operation.head.path.as_str();
    let own = call.resource.item.rsplit_once('/').map_or("", |(collection, _)| collection);
    let same = |a: &str, b: &str| a.trim_end_matches('/') == b.trim_end_matches('/');
    if call.resource.parents.is_empty()
        && !same(own, template)
        && !own.contains('{')
        && !template.contains('{')
    {
        // Made elsewhere (`POST /companies` for `/company/{id}`): what stands before the template is the base path.
        place.push_str(path.strip_suffix(template.trim_end_matches('/')).unwrap_or_default());
        place.push_str(own);
    } else {
        place.push_str(path);
    }
    place.push('/');
    percent::encode_into(&mut place, id.as_bytes(), Keep::Unreserved);
    place
}
