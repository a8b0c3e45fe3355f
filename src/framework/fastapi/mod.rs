//! FastAPI: its bodies of errors (`errors`, in pydantic's words: `pydantic`), what its security classes take for a
//! credential (`credentials`), and how it reads requests (`lax`).

mod credentials;
mod errors;
mod lax;
mod pydantic;

pub(super) use errors::FastApi;
