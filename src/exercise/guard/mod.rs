//! The guard: no request of the tester's reaches the target but through [`Gate::send`], and none that can change or
//! destroy goes to anything but what the run made, or was given.

mod gate;
mod judge;
mod knowledge;
mod memory;
mod payload;
mod proof;
mod reason;

pub use gate::Gate;
pub use knowledge::Knowledge;
pub use memory::Own;
pub use reason::{Ledger, Reason, Withheld};
