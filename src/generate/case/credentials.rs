//! Credentials for an operation: the user's, or made-up ones, whole or tampered with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;

use crate::contract::{Operation, ParameterPlace, SecurityKind, SecurityRequirement, SecurityScheme};
use crate::generate::case::settings::CaseSettings;
use crate::validate::intent::Tampering;

/// The key that is sent where the user gave none.
pub const MADE_UP: &str = "counterpart-made-up-credential";

/// A key that is nobody's.
const WRONG: &str = "counterpart-invalid-key";

/// A credential as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where.
    pub place: ParameterPlace,
    /// Under which name.
    pub name: String,
    /// The text.
    pub text: String,
}

/// What an operation needs and what there is for it.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// What is sent with a proper request.
    pub fields: Vec<Field>,
    /// Calls without credentials are to be refused.
    pub required: bool,
    /// All of them came from the user.
    pub given: bool,
    /// Names under which any of the operation's schemes is sent.
    pub names: Vec<String>,
}

impl Credentials {
    /// For an operation, with what the settings give.
    #[must_use]
    pub fn of(
        schemes: &IndexMap<String, SecurityScheme>,
        operation: &Operation,
        settings: &CaseSettings,
    ) -> Self {
        let known = |name: &str| schemes.get(name);
        let mut names: Vec<String> = operation
            .security
            .iter()
            .flat_map(|alternative| &alternative.0)
            .filter_map(|(name, _)| known(name))
            .filter_map(|scheme| place_of(scheme).map(|(_, name)| name))
            .collect();
        names.dedup();
        let optional = operation.security.iter().any(|alternative| alternative.0.is_empty());
        // The alternative that the user has everything for; else the first that can be made up.
        let has = |alternative: &&SecurityRequirement| {
            !alternative.0.is_empty()
                && alternative
                    .0
                    .iter()
                    .all(|(name, _)| known(name).is_some_and(|s| given(s, settings).is_some()))
        };
        let chosen = operation.security.iter().find(has);
        let given_all = chosen.is_some();
        let chosen =
            chosen.or_else(|| operation.security.iter().find(|a| !a.0.is_empty()).filter(|_| !optional));
        let fields = chosen
            .into_iter()
            .flat_map(|alternative| &alternative.0)
            .filter_map(|(name, _)| known(name))
            .filter_map(|scheme| field(scheme, given(scheme, settings).as_deref()))
            .collect();
        Self { fields, required: !optional && !operation.security.is_empty(), given: given_all, names }
    }

    /// The fields as tampered with; all of them whole for `None`.
    #[must_use]
    pub fn fields(&self, tampering: Option<Tampering>) -> Vec<Field> {
        match tampering {
            None => self.fields.clone(),
            Some(Tampering::Missing) => Vec::new(),
            Some(how) => self.fields.iter().map(|field| tampered(field, how)).collect(),
        }
    }
}

fn tampered(field: &Field, how: Tampering) -> Field {
    let scheme = field.text.split_once(' ').map(|(scheme, _)| scheme);
    let text = match (how, scheme) {
        (Tampering::Empty | Tampering::Missing, _) => String::new(),
        (Tampering::Wrong, Some("Basic")) => format!("Basic {}", STANDARD.encode("counterpart:invalid")),
        (Tampering::Wrong, Some(scheme)) => format!("{scheme} {WRONG}"),
        (Tampering::Wrong, None) => WRONG.to_owned(),
    };
    Field { text, ..field.clone() }
}

/// What the user gave for the scheme: by its name, or as the header that it is sent in.
fn given(scheme: &SecurityScheme, settings: &CaseSettings) -> Option<String> {
    if let Some(secret) = settings.credentials.get(&scheme.name) {
        return Some(secret.expose().to_owned());
    }
    let (place, name) = place_of(scheme)?;
    let header = settings.header(&name).filter(|_| place == ParameterPlace::Header)?;
    Some(header.expose().to_owned())
}

fn place_of(scheme: &SecurityScheme) -> Option<(ParameterPlace, String)> {
    Some(match &scheme.kind {
        SecurityKind::ApiKey { place, name } => (*place, name.clone()),
        SecurityKind::Http { .. } | SecurityKind::OAuth2 { .. } | SecurityKind::OpenIdConnect => {
            (ParameterPlace::Header, "authorization".to_owned())
        }
        // The connection carries it, not the message.
        SecurityKind::MutualTls => return None,
    })
}

fn field(scheme: &SecurityScheme, given: Option<&str>) -> Option<Field> {
    let (place, name) = place_of(scheme)?;
    let text = match &scheme.kind {
        SecurityKind::Http { scheme } if scheme == "basic" => authorization("Basic", given, |text| {
            // `user:password` is what people have; the encoded form passes as it is; a key is a name without password.
            let encoded = || STANDARD.decode(text).is_ok_and(|decoded| decoded.contains(&b':'));
            if text.contains(':') {
                STANDARD.encode(text)
            } else if encoded() {
                text.to_owned()
            } else {
                STANDARD.encode(format!("{text}:"))
            }
        }),
        SecurityKind::Http { scheme } if scheme != "bearer" => authorization(scheme, given, str::to_owned),
        SecurityKind::Http { .. } | SecurityKind::OAuth2 { .. } | SecurityKind::OpenIdConnect => {
            authorization("Bearer", given, str::to_owned)
        }
        SecurityKind::ApiKey { .. } | SecurityKind::MutualTls => given.unwrap_or(MADE_UP).to_owned(),
    };
    Some(Field { place, name, text })
}

/// `Scheme credential`, whether or not the user wrote the scheme.
fn authorization(scheme: &str, given: Option<&str>, encode: impl Fn(&str) -> String) -> String {
    let text = given.unwrap_or(if scheme == "Basic" { "counterpart:made-up-credential" } else { MADE_UP });
    let lower = text.to_ascii_lowercase();
    if lower.starts_with(&format!("{} ", scheme.to_ascii_lowercase())) {
        return text.to_owned();
    }
    format!("{scheme} {}", encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Secret;

    fn scheme(kind: SecurityKind) -> SecurityScheme {
        SecurityScheme { name: "S".into(), kind, location: crate::document::Location::default() }
    }

    #[test]
    fn each_kind_is_written_where_it_belongs() {
        let key = SecurityKind::ApiKey { place: ParameterPlace::Query, name: "k".into() };
        let got = field(&scheme(key), Some("v")).unwrap();
        assert_eq!((got.place, got.text.as_str()), (ParameterPlace::Query, "v"));
        let basic = SecurityKind::Http { scheme: "basic".into() };
        assert_eq!(field(&scheme(basic.clone()), Some("a:b")).unwrap().text, "Basic YTpi");
        assert_eq!(field(&scheme(basic), Some("Basic YTpi")).unwrap().text, "Basic YTpi");
        let basic = SecurityKind::Http { scheme: "basic".into() };
        // `key:`
        assert_eq!(field(&scheme(basic), Some("key")).unwrap().text, "Basic a2V5Og==");
        let hoba = SecurityKind::Http { scheme: "hoba".into() };
        assert_eq!(field(&scheme(hoba.clone()), Some("t")).unwrap().text, "hoba t");
        assert_eq!(field(&scheme(hoba), Some("HOBA t")).unwrap().text, "HOBA t");
        let bearer = SecurityKind::Http { scheme: "bearer".into() };
        assert_eq!(field(&scheme(bearer), None).unwrap().text, format!("Bearer {MADE_UP}"));
        assert_eq!(field(&scheme(SecurityKind::MutualTls), None), None);
    }

    #[test]
    fn tampering_keeps_the_form() {
        let whole =
            Field { place: ParameterPlace::Header, name: "authorization".into(), text: "Bearer t".into() };
        assert_eq!(tampered(&whole, Tampering::Wrong).text, format!("Bearer {WRONG}"));
        assert_eq!(tampered(&whole, Tampering::Empty).text, "");
    }

    #[test]
    fn a_header_given_for_all_requests_is_a_credential() {
        let settings =
            CaseSettings { headers: vec![("X-Api-Key".into(), Secret::new("k"))], ..CaseSettings::default() };
        let key = SecurityKind::ApiKey { place: ParameterPlace::Header, name: "x-api-key".into() };
        assert_eq!(given(&scheme(key), &settings).as_deref(), Some("k"));
    }
}
