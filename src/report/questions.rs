
//! stub
use crate::event::{Question, Reply, Wish};
/// stub
pub struct Prompt<T> {
    /// x
    pub text: String,
    choices: Vec<(char, T)>,
}
impl<T: Copy> Prompt<T> {
    /// x
    pub fn understand(&self, line: &str) -> Option<T> {
        self.choices.iter().find(|(key, _)| line.starts_with(*key)).map(|(_, it)| *it)
    }
}
/// stub
pub fn prompt(question: &Question, text: &str) -> Prompt<Reply> {
    Prompt {
        text: format!("{question:?} {text} [y/n/r]"),
        choices: vec![('y', Reply::Yes), ('n', Reply::No), ('r', Reply::Rollback)],
    }
}
/// stub
pub fn interrupted() -> Prompt<Wish> {
    Prompt { text: "c/s/r".into(), choices: vec![('c', Wish::Continue), ('s', Wish::Halt), ('r', Wish::Rollback)] }
}
