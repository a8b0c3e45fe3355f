//! The page for people: served whole, without anything from elsewhere, and without a way in for markup.

use counterpart::mock::{Mock, MockSettings};
use counterpart::ui::PAGE;
use counterpart::wire::Response;

use crate::mock::{mock_with, request};

fn page() -> Mock {
    mock_with(|settings: &mut MockSettings| settings.page = Some(PAGE))
}

fn get(mock: &Mock, path: &str) -> Response {
    mock.answer(&request("GET", &format!("/__counterpart/{path}"), &[]))
}

#[test]
fn the_page_and_its_files_come_with_a_strict_policy() {
    let mock = page();
    for (path, media, part) in [
        ("ui", "text/html", "<title>counterpart</title>"),
        ("ui/page.js", "text/javascript", "\"use strict\""),
        ("ui/page.css", "text/css", "body {"),
    ] {
        let answer = get(&mock, path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.headers.get_str("content-type").unwrap().starts_with(media), "{path}");
        assert!(String::from_utf8_lossy(&answer.body).contains(part), "{path}");
        let policy = answer.headers.get_str("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.headers.get_str("x-content-type-options"), Some("nosniff"));
    }
    for other in ["ui/", "ui/page.html", "ui/../health", "ui/page.js/x"] {
        assert_eq!(get(&mock, other).status, 404, "{other}");
    }
    assert_eq!(mock.answer(&request("POST", "/__counterpart/ui", &[])).status, 405);
    assert_eq!(get(&mock_with(|_| {}), "ui").status, 404);
    let stranger =
        request("GET", "/__counterpart/ui", &[("origin", "http://elsewhere.example"), ("host", "localhost")]);
    assert_eq!(mock.answer(&stranger).status, 403);
}

#[test]
fn nothing_comes_from_elsewhere_and_nothing_is_put_in_as_markup() {
    let assets = [PAGE.html, PAGE.script, PAGE.style].join("\n");
    for word in [
        "http://",
        "https://",
        "//cdn",
        "@import",
        "url(",
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "eval(",
        "new Function",
    ] {
        assert!(!assets.contains(word), "{word}");
    }
    // Handlers and styles in the markup would be stopped by the policy.
    for word in
        [" onclick", " onload", " onsubmit", " oninput", "javascript:", "style=", "<style", "<script>"]
    {
        assert!(!PAGE.html.contains(word), "{word}");
    }
}

#[test]
fn the_script_asks_only_for_what_the_control_api_has_and_finds_all_parts_of_the_page() {
    let mock = page();
    let script = PAGE.script;
    let quoted = |before: &str| -> Vec<String> {
        let ends = ['"', '`', '?', '$'];
        script
            .split(before)
            .skip(1)
            .filter_map(|rest| rest.strip_prefix(['"', '`']))
            .map(|rest| rest.split(ends).next().unwrap_or_default().to_owned())
            .collect()
    };
    let mut asked = 0;
    for method in ["GET", "POST", "DELETE"] {
        for path in quoted(&format!("ask(\"{method}\", ")) {
            let answer = mock.answer(&request(method, &format!("/__counterpart/{path}"), &[]));
            assert!(![404, 405].contains(&answer.status), "{method} {path}: {}", answer.status);
            asked += 1;
        }
    }
    assert!(asked > 8, "{asked}");
    let ids = quoted("by(");
    assert!(ids.len() > 20);
    for id in ids {
        assert!(PAGE.html.contains(&format!("id=\"{id}\"")), "{id}");
    }
}
