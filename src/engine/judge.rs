//! stub
use crate::model::{Condition, Values};
/// stub
pub fn condition_holds(_: &Condition, _: &Values) -> Result<bool, String> {
    Ok(true)
}
