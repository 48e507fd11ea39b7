//! The release rehearsed: to its end and from every step, in one world, which must be as before after it.

use super::cases::one_case;
use super::procedure::STEPS;

#[test]
fn every_way_back_of_the_release_is_proven_by_a_rehearsal() {
    one_case("rehearsed", |world| {
        let code = world.rehearse(&[]);
        let shown = world.rehearsed();
        let turns: Vec<_> = shown.iter().map(|(unit, _)| unit.as_str()).collect();
        assert_eq!(turns[0], "", "the first one goes to the end\n{}", world.told());
        assert_eq!(turns[1..], STEPS, "{}", world.told());
        assert!(shown.iter().all(|(_, trouble)| trouble.is_none()), "{shown:#?}\n{}", world.told());
        assert_eq!(code, 0, "{}", world.told());
        assert_eq!((world.differences(), world.strays()), (None, Vec::new()), "{}", world.told());
        code
    });
}

#[test]
fn an_inverse_that_leaves_the_branch_is_found_by_the_first_way_back() {
    one_case("rehearsed/branch left", |world| {
        let whole = "git checkout --force \"${code_branch:-$code_revision}\"";
        let code = world.rehearse(&[(whole, "git checkout --force \"$code_revision\"")]);
        let trouble = "every inverse held, and healthy/code_branch isn't as before".to_owned();
        assert_eq!(world.rehearsed(), [(String::new(), Some(trouble))], "{}", world.told());
        assert_eq!(code, 4, "{}", world.told());
        assert!(world.differences().is_some(), "the oracle sees nothing of it");
        code
    });
}
