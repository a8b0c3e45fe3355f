//! The base paths of servers: what stands before the paths of a contract in the URLs of its clients.

use crate::contract::Server;

/// How many base paths the variables of one server may make.
const BASES_MAX: usize = 64;

/// The paths of a server's URL with its variables filled in: first their defaults, then every allowed value. Without a
/// slash at the end; empty where the server stands at the root.
pub(in crate::mock) fn base_paths(server: &Server) -> Vec<String> {
    let mut urls = vec![server.url.clone()];
    for (name, default, allowed) in &server.variables {
        let place = format!("{{{name}}}");
        if !server.url.contains(&place) {
            continue;
        }
        let values: Vec<&String> =
            std::iter::once(default).chain(allowed.iter().filter(|v| *v != default)).collect();
        let filled = values.iter().flat_map(|value| urls.iter().map(|url| url.replace(&place, value)));
        urls = filled.take(BASES_MAX).collect();
    }
    let mut paths: Vec<String> = Vec::new();
    for url in urls {
        let path = path_of(&url);
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

fn path_of(url: &str) -> String {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        // `//host/path` names no scheme (RFC 3986 §4.2).
        None => match url.strip_prefix("//") {
            Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
            None => url,
        },
    };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    // `v1` and `./v1` are relative to where the contract is served: at the root, here.
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = if path == "." { "" } else { path };
    if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Location;

    fn bases(url: &str, variables: &[(&str, &str, &[&str])]) -> Vec<String> {
        let variables = variables
            .iter()
            .map(|(name, default, allowed)| {
                ((*name).to_owned(), (*default).to_owned(), allowed.iter().map(|v| (*v).to_owned()).collect())
            })
            .collect();
        base_paths(&Server { url: url.to_owned(), variables, location: Location::default() })
    }

    #[test]
    fn paths_of_servers() {
        for (url, want) in [
            ("https://api.example.com", ""),
            ("https://api.example.com/", ""),
            ("https://api.example.com/v1/", "/v1"),
            ("//api.example.com/v1?x#y", "/v1"),
            ("/v1", "/v1"),
            ("/", ""),
            ("v1", "/v1"),
            ("./v1", "/v1"),
            ("", ""),
        ] {
            assert_eq!(bases(url, &[]), [want], "{url}");
        }
    }

    #[test]
    fn variables_take_every_allowed_value() {
        let versions: &[&str] = &["v1", "v2"];
        let got = bases("https://{host}/{version}/x", &[("host", "a.b", &[]), ("version", "v2", versions)]);
        assert_eq!(got, ["/v2/x", "/v1/x"]);
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(bases("/{a}/{b}", &[("a", "0", &many), ("b", "0", &many)]).len(), BASES_MAX);
    }
}
