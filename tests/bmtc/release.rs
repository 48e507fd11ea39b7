//! The release as it should be, with nothing made cheaper; and what refuses it.

use super::cases::Cases;
use super::world::World;

#[test]
fn the_release_is_there_when_the_run_says_so() {
    let mut cases = Cases::new();
    cases.case_in("release", World::new, |world| {
        let code = world.exec().end();
        world.is_released(code);
        let pytest = |call: &(String, String, String)| call.1 == "tests" && call.2.contains("pytest");
        assert!(world.calls().iter().any(pytest), "the service's own tests didn't run");
        code
    });
    cases.end();
}

#[test]
fn a_check_that_fails_before_the_first_step_changes_nothing() {
    let mut cases = Cases::new();
    cases.case_in("release/failing tests", World::new, |world| {
        world.fault("uv", "pytest", &["match=*pytest*", "exit=1", "work=no", "stdout=1 failed, 9 passed in 0.01s"]);
        let code = world.exec().end();
        assert_eq!((code, world.story().verdict().as_deref()), (5, Some("refused")), "{}", world.told());
        assert!(world.was_reached("uv", "pytest"));
        assert_eq!(world.story().started(), Vec::<String>::new());
        world.is_as_before();
        code
    });
    cases.end();
}
