//! The one integration binary: a module per topic, shared helpers in `support`.

mod support;
