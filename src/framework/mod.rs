//! What is peculiar to web frameworks and to conventions for errors: bodies of errors, written for the mock and recognised
//! for the tester, and how a framework reads requests. One file or folder each behind [`Framework`], all of them in [`ALL`].
//!
//! A [`Refusal`] is turned into a JSON body, and a body back into [`ErrorBody`]. Which framework a contract shows is read off
//! its error schemas ([`detect`]): one fits when the schema takes what it writes and refuses its own counter-example.
//! Nothing outside of this room asks for one of them by its name.

pub mod detect;
mod fastapi;
mod interface;
mod jsonapi;
mod message;
mod problem;
pub mod refusal;
mod registry;

pub use interface::{Framework, Place, ReadRequest, Rejection, RequestReader};
pub use refusal::{Entry, ErrorBody, ErrorEntry, Fact, Part, Reason, Refusal};
pub use registry::{ALL, Readers, by_name, recognise};
