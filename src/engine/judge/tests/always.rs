use super::*;
use crate::event::Answer;
use crate::event::Held::{InError, No, Yes};
use crate::model::Matcher::*;
use crate::model::{HttpRequest, ServiceVerb};

fn http() -> Action {
    Action::Http(Box::new(HttpRequest {
        method: Spanned::new("GET".to_owned(), Span::default()),
        url: template("http://localhost/"),
        headers: Vec::new(),
        body: None,
        follow: false,
        link_local: false,
    }))
}

fn change(verb: ServiceVerb) -> Action {
    Action::ServiceChange { verb, unit: Some(template("api.service")) }
}

fn exit(code: f64) -> Observation {
    stdout("").with(SubjectName::Exit, number(code, Dimension::Count))
}

fn unit(active: &str, result: &str, enabled: &str) -> Observation {
    Observation::default()
        .with(SubjectName::Active, text(active))
        .with(SubjectName::Result, text(result))
        .with(SubjectName::Enabled, text(enabled))
}

fn judge(activity: &Activity, observation: &Observation) -> Vec<Judgement> {
    Judge::default().judge(activity, observation, &values(), &Sources::default())
}

#[test]
fn each_action_has_what_is_always_expected_of_it() {
    let service = || Action::Service(template("api.service"));
    let cases: Vec<(Action, Observation, &str, Held)> = vec![
        (action(), exit(0.0), "exit is 0 (always expected)", Yes),
        (action(), exit(1.0), "exit is 0 (always expected)", No),
        (action(), stdout(""), "exit is 0 (always expected)", InError),
        (http(), body("{}"), "status is 2xx (always expected)", Yes),
        (
            http(),
            body("").with(SubjectName::Status, number(204.0, Dimension::Count)),
            "status is 2xx (always expected)",
            Yes,
        ),
        (
            http(),
            body("").with(SubjectName::Status, number(302.0, Dimension::Count)),
            "status is 2xx (always expected)",
            No,
        ),
        (http(), Observation::default(), "status is 2xx (always expected)", InError),
        (service(), unit("active", "success", "enabled"), "active is active (always expected)", Yes),
        (service(), unit("activating", "success", "enabled"), "active is active (always expected)", No),
        (service(), unit("inactive", "success", "enabled"), "active is active (always expected)", No),
        (change(ServiceVerb::Start), unit("active", "success", ""), "active is active (always expected)", Yes),
        (change(ServiceVerb::Start), unit("failed", "exit-code", ""), "active is active (always expected)", No),
        (change(ServiceVerb::Start), unit("inactive", "success", ""), "active is active (always expected)", No),
        (change(ServiceVerb::Restart), unit("active", "success", ""), "active is active (always expected)", Yes),
        (change(ServiceVerb::Stop), unit("inactive", "success", ""), "active is inactive (always expected)", Yes),
        (change(ServiceVerb::Stop), unit("failed", "exit-code", ""), "active is inactive (always expected)", Yes),
        (change(ServiceVerb::Stop), unit("deactivating", "success", ""), "active is inactive (always expected)", No),
        (change(ServiceVerb::Enable), unit("active", "", "enabled"), "enabled is enabled (always expected)", Yes),
        (change(ServiceVerb::Enable), unit("active", "", "static"), "enabled is enabled (always expected)", No),
        (change(ServiceVerb::Disable), unit("active", "", "disabled"), "enabled is disabled (always expected)", Yes),
        (change(ServiceVerb::Disable), unit("active", "", "enabled"), "enabled is disabled (always expected)", No),
        (change(ServiceVerb::Disable), exit(0.0), "enabled is disabled (always expected)", InError),
    ];
    for (action, observation, line, held) in cases {
        let judgements = judge(&activity(action, Vec::new()), &observation);
        let [judgement] = judgements.as_slice() else { panic!("{judgements:?}") };
        assert_eq!((judgement.line.as_str(), judgement.held), (line, held), "{observation:?}");
        assert_eq!(judgement.place, None);
    }
    let reload = Action::ServiceChange { verb: ServiceVerb::DaemonReload, unit: None };
    assert_eq!(judge(&activity(reload, Vec::new()), &Observation::default()), []);
}

#[test]
fn a_oneshot_that_ran_to_its_end_was_started() {
    let finished = unit("inactive", "success", "static").with(SubjectName::Exit, number(0.0, Dimension::Count));
    let judgements = judge(&activity(change(ServiceVerb::Start), Vec::new()), &finished);
    assert_eq!(judgements[0].held, Yes);
    assert!(judgements[0].note.as_deref().unwrap().contains("oneshot"));
    let judgements = judge(&activity(Action::Service(template("x")), Vec::new()), &finished);
    assert_eq!(judgements[0].held, No);
}

#[test]
fn only_an_expectation_on_the_same_subject_removes_it() {
    let with = |expectations| judge(&activity(action(), expectations), &exit(128.0));
    let held = |judgements: Vec<Judgement>| judgements.iter().map(|judgement| judgement.held).collect::<Vec<_>>();
    assert_eq!(held(with(vec![expectation("exit", OneOf, &["0", "128"])])), [Yes]);
    assert_eq!(held(with(vec![expectation("stdout", Empty, &["#true"])])), [No, Yes]);
    assert_eq!(held(with(vec![expectation("exit", Above, &["100"]), expectation("exit", Below, &["100"])])), [Yes, No]);
}

#[test]
fn a_failed_program_shows_its_last_words() {
    let failed = exit(1.0).with(SubjectName::Stderr, Datum::Kept(Kept::whole("trying\nno space left on device\n")));
    let judgements = judge(&activity(action(), Vec::new()), &failed);
    assert_eq!(judgements[0].note.as_deref(), Some("stderr ends: trying\nno space left on device"));
    assert_eq!((judgements[0].expected.as_str(), judgements[0].actual.as_str()), ("is 0", "1"));
}

#[test]
fn a_judgement_carries_the_authors_line_and_its_place() {
    let mut sources = Sources::default();
    let text = "check a {\n    expect stdout is=ready\n}\n";
    let file = sources.add("release.kdl", text);
    let start = text.find("expect").unwrap();
    let mut expected = expectation("stdout", Is, &["ready"]);
    expected.span = Span::new(file, start..start + 22);
    let judgements = Judge::default().judge(
        &activity(action(), vec![expected]),
        &stdout("ready").with(SubjectName::Exit, number(0.0, Dimension::Count)),
        &values(),
        &sources,
    );
    assert_eq!(judgements[1].line, "expect stdout is=ready");
    assert_eq!(judgements[1].place.as_ref().unwrap().to_string(), "release.kdl:2:5");
    assert_eq!((judgements[1].expected.as_str(), judgements[1].actual.as_str()), ("is ready", "ready"));
}

#[test]
fn the_answer_of_applied_tells_no_from_cant_tell() {
    let answer = |expectations: Vec<Expectation>, observation: &Observation| {
        let activity = activity(action(), expectations);
        Judge::answer(&activity, &judge(&activity, observation))
    };
    let one = || expectation("stdout", Is, &["1"]);
    let exits = || expectation("exit", OneOf, &["0", "128"]);
    let exit_with = |code: f64, out: &str| stdout(out).with(SubjectName::Exit, number(code, Dimension::Count));
    assert_eq!(answer(vec![one()], &exit_with(0.0, "1")), Answer::Yes);
    assert_eq!(answer(vec![one()], &exit_with(0.0, "2")), Answer::No);
    assert_eq!(answer(vec![one()], &exit_with(1.0, "1")), Answer::No);
    assert_eq!(answer(vec![one(), exits()], &exit_with(128.0, "")), Answer::No);
    assert_eq!(answer(vec![one(), exits()], &exit_with(2.0, "")), Answer::CannotTell);
    assert_eq!(answer(vec![one()], &stdout("1")), Answer::CannotTell);
    assert_eq!(answer(vec![expectation("stdout", Above, &["5"])], &exit_with(0.0, "many")), Answer::CannotTell);
}
