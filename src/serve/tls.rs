//! The certificate and key of an HTTPS server, read from PEM files (RFC 7468). Ring does the cryptography.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{InconsistentKeys, ServerConfig};

use crate::base::files;
use crate::base::limits::TLS_FILE_BYTES_MAX;

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those of the authorities above it, the server's own first, as PEM.
    pub cert: PathBuf,
    /// Its private key as PEM: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: PathBuf,
}

/// Why HTTPS can't be served with these files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("the {what} {path} can't be read: {reason}")]
    Unreadable {
        /// Certificate or key.
        what: &'static str,
        /// The path as given.
        path: String,
        /// Why.
        reason: String,
    },
    /// Nothing of the kind is in a file.
    #[error("there is no {what} in {path}: {reason}")]
    Missing {
        /// Certificate or key.
        what: &'static str,
        /// The path as given.
        path: String,
        /// What is there instead.
        reason: String,
    },
    /// The two do not belong together.
    #[error("the key in {key} is not the one of the certificate in {cert}")]
    Mismatch {
        /// The certificate's path.
        cert: String,
        /// The key's path.
        key: String,
    },
    /// They can't be used.
    #[error("the certificate {cert} and the key {key} can't be used: {reason}")]
    Unusable {
        /// The certificate's path.
        cert: String,
        /// The key's path.
        key: String,
        /// Why.
        reason: String,
    },
}

const CERT: &str = "certificate";
const KEY: &str = "private key";

impl TlsFiles {
    /// Reads them.
    ///
    /// # Errors
    /// [`TlsError`]: which file, and what is wrong with it.
    pub(super) fn server_config(&self) -> Result<ServerConfig, TlsError> {
        let (cert, key) = (self.cert.display().to_string(), self.key.display().to_string());
        let chain = certificates(&self.cert)?;
        let private = private_key(&self.key)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let unusable = |error: &rustls::Error| match error {
            rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                TlsError::Mismatch { cert: cert.clone(), key: key.clone() }
            }
            other => TlsError::Unusable { cert: cert.clone(), key: key.clone(), reason: other.to_string() },
        };
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| unusable(&error))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(path, CERT)?;
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&bytes).collect();
    let chain = chain.map_err(|error| missing(path, CERT, &error.to_string()))?;
    if chain.is_empty() {
        return Err(missing(path, CERT, "no `-----BEGIN CERTIFICATE-----`"));
    }
    Ok(chain)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let bytes = read(path, KEY)?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| match error {
        pem::Error::NoItemsFound if contains(&bytes, b"ENCRYPTED PRIVATE KEY") => {
            missing(path, KEY, "the key is encrypted; write it without a pass phrase")
        }
        pem::Error::NoItemsFound => missing(path, KEY, "no `-----BEGIN PRIVATE KEY-----`"),
        other => missing(path, KEY, &other.to_string()),
    })
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn missing(path: &Path, what: &'static str, reason: &str) -> TlsError {
    TlsError::Missing { what, path: path.display().to_string(), reason: reason.to_owned() }
}

fn read(path: &Path, what: &'static str) -> Result<Vec<u8>, TlsError> {
    let unreadable = |reason: String| TlsError::Unreadable { what, path: path.display().to_string(), reason };
    files::read(path, TLS_FILE_BYTES_MAX).map_err(|error| unreadable(error.to_string()))
}
