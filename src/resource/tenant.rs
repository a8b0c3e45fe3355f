//! Tenants: a header that picks whose entities a caller sees.

use super::names::{plain, words};
use crate::contract::{Operation, ParameterPlace};
use crate::resource::declaration::Tenant;
use crate::schema::view::SchemaView;

/// Words for those whom entities belong to.
const OWNERS: [&str; 13] = [
    "tenant",
    "account",
    "organization",
    "organisation",
    "org",
    "workspace",
    "project",
    "team",
    "company",
    "merchant",
    "realm",
    "namespace",
    "customer",
];

/// Words in a header's name that say that it is about something else.
const OTHERS: [&str; 14] = [
    "token",
    "key",
    "secret",
    "auth",
    "authorization",
    "signature",
    "version",
    "type",
    "password",
    "hash",
    "limit",
    "remaining",
    "email",
    "webhook",
];

/// The word of a header's or parameter's name that says that it picks the account, tenant or organisation of the caller.
fn owner(name: &str) -> Option<&'static str> {
    let words = words(name);
    if words.iter().any(|word| OTHERS.contains(&word.as_str())) {
        return None;
    }
    OWNERS.iter().copied().find(|owner| {
        words.iter().any(|word| word == owner || word.strip_suffix("id").is_some_and(|stem| stem == *owner))
    })
}

/// True when a header or parameter of that name picks the account, tenant or organisation of the caller.
#[must_use]
pub(crate) fn is_tenant_name(name: &str) -> bool {
    owner(name).is_some()
}

/// The header of this operation that picks the tenant, with the entity's property that names it.
#[must_use]
pub(crate) fn of(operation: &Operation, entity: Option<SchemaView<'_>>, id: Option<&str>) -> Option<Tenant> {
    let headers = operation.parameters.iter().filter(|p| p.place == ParameterPlace::Header);
    headers.into_iter().find_map(|header| {
        let owner = owner(&header.name)?;
        let properties = entity.map(SchemaView::properties).unwrap_or_default();
        let named = |wanted: String| {
            let fits = |name: &&str| plain(name) == wanted && Some(*name) != id;
            properties
                .iter()
                .find(|(name, node)| fits(name) && node.is_scalar())
                .map(|(name, _)| (*name).to_owned())
        };
        let property = named(format!("{owner}id"))
            .or_else(|| named(owner.to_owned()))
            .or_else(|| named("tenantid".to_owned()));
        Some(Tenant { header: header.name.clone(), property: property.unwrap_or_default(), default: None })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;
    use crate::schema::Schema;
    use serde_json::json;

    fn tenant(header: &str, property: &str) -> Option<(String, String)> {
        let text = format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n  /a:\n    get:\n      parameters: \
             [{{name: {header}, in: header, schema: {{type: string}}}}]\n      responses: {{'200': {{description: d}}}}\n"
        );
        let contract = Contract::from_text("t.yaml", &text).unwrap();
        let operation = contract.operation(contract.heads()[0].index);
        let schema =
            Schema::from_value(json!({"type": "object", "properties": {property: {"type": "string"}}}))
                .unwrap();
        of(&operation, Some(SchemaView::of(&schema)), Some("id")).map(|t| (t.header, t.property))
    }

    #[test]
    fn headers_that_name_an_owner_are_seen() {
        for (header, property, wanted) in [
            ("x-selected-account-id", "account_id", Some("account_id")),
            ("X-Tenant", "tenantId", Some("tenantId")),
            ("Xero-Tenant-Id", "name", Some("")),
            ("X-Account-Id", "id", Some("")),
            ("x-org-id", "org", Some("org")),
            ("accountId", "account", Some("account")),
            ("x-accountid", "account", Some("account")),
            ("x-forge", "account", None),
            ("X-Account-Token", "account_id", None),
            ("X-Request-Id", "account_id", None),
            ("Idempotency-Key", "account_id", None),
        ] {
            let found = tenant(header, property);
            assert_eq!(found, wanted.map(|p| (header.to_owned(), p.to_owned())), "{header}");
        }
    }
}
