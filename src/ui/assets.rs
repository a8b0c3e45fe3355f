//! The files of the page, part of the program: it works without a network.

use crate::mock::settings::Page;

/// The page that shows what a mock knows and does.
pub const PAGE: Page = Page {
    html: include_str!("page.html"),
    script: include_str!("page.js"),
    style: include_str!("page.css"),
};
