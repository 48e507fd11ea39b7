//! Model and inputs → an ordered, resolved plan. Pure: it runs nothing and knows no clock.

mod resolved;

pub use resolved::{
    BoundValue, FileBefore, ResolvedAction, ResolvedActivity, ResolvedBody, ResolvedFileChange, ResolvedHttp,
    ResolvedProgram, ResolvedSurroundings, ShellName, StateBefore,
};
