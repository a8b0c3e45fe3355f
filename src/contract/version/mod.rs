//! One adapter per version of the specification. Each walks the tree leniently, repairs what is defective (with a
//! diagnostic each) and hollows out the schemas; the result is one structure, which openapiv3 reads.

use serde_json::Value;

pub(crate) mod content;
pub(crate) mod official;
pub(crate) mod parameter;
pub(crate) mod response;
pub(crate) mod server;
pub(crate) mod skeleton;
pub(crate) mod structure;
pub(crate) mod v2;
pub(crate) mod v3;
pub(crate) mod walk;

/// The versions that can be read. Patch releases do not differ in what they allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// Swagger 2.0.
    V2,
    /// OpenAPI 3.0.
    V30,
    /// OpenAPI 3.1.
    V31,
    /// OpenAPI 3.2.
    V32,
}

impl Version {
    /// The version that a document says it has, with the text it says it with.
    ///
    /// # Errors
    /// What is wrong with it, and where: at the member named, or at the whole document.
    pub(crate) fn detect(root: &Value) -> Result<(Self, String), VersionError> {
        for key in ["openapi", "swagger"] {
            let Some(value) = root.get(key) else { continue };
            let text = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Number(number) => number.to_string(),
                _ => return Err(VersionError::Unreadable(key)),
            };
            let mut parts = text.split(['.', '-']);
            let numbers = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            return match (key, numbers) {
                (_, ("2", "0" | "")) => Ok((Self::V2, text)),
                ("openapi", ("3", "0" | "")) => Ok((Self::V30, text)),
                ("openapi", ("3", "1")) => Ok((Self::V31, text)),
                ("openapi", ("3", "2")) => Ok((Self::V32, text)),
                _ => Err(VersionError::Unknown(key, text)),
            };
        }
        Err(if root.get("swaggerVersion").is_some() {
            VersionError::Unknown("swaggerVersion", "1.2".to_owned())
        } else if root.get("asyncapi").is_some() {
            VersionError::Other("an AsyncAPI document")
        } else if root.get("$schema").is_some() && root.get("paths").is_none() {
            VersionError::Other("a JSON Schema")
        } else {
            VersionError::Missing
        })
    }

    /// How it is called.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::V2 => "Swagger 2.0",
            Self::V30 => "OpenAPI 3.0",
            Self::V31 => "OpenAPI 3.1",
            Self::V32 => "OpenAPI 3.2",
        }
    }

    /// The pointer tokens of the map with the named schemas.
    #[must_use]
    pub(crate) fn schemas(self) -> &'static [&'static str] {
        if self == Self::V2 { &["definitions"] } else { &["components", "schemas"] }
    }

    /// Members of a path item that are operations, as written.
    #[must_use]
    pub(crate) fn methods(self) -> &'static [&'static str] {
        const ALL: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
        match self {
            Self::V2 => &ALL[..7],
            Self::V30 | Self::V31 => &ALL[..8],
            Self::V32 => &ALL,
        }
    }
}

/// Why a document has no version that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VersionError {
    /// Neither `openapi` nor `swagger` is there.
    Missing,
    /// The member is no text.
    Unreadable(&'static str),
    /// The member names a version that can't be read.
    Unknown(&'static str, String),
    /// It is something else.
    Other(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn versions_are_told_from_what_documents_say() {
        for (root, wanted) in [
            (json!({"swagger": "2.0"}), Version::V2),
            (json!({"swagger": 2.0}), Version::V2),
            (json!({"openapi": "3.0.0-RC1"}), Version::V30),
            (json!({"openapi": 3.1}), Version::V31),
            (json!({"openapi": "3.2.0"}), Version::V32),
        ] {
            assert_eq!(Version::detect(&root).unwrap().0, wanted);
        }
        assert!(matches!(
            Version::detect(&json!({"openapi": "4.0.0"})),
            Err(VersionError::Unknown("openapi", _))
        ));
        assert_eq!(Version::detect(&json!({"openapi": []})), Err(VersionError::Unreadable("openapi")));
        assert_eq!(Version::detect(&json!([])), Err(VersionError::Missing));
    }
}
