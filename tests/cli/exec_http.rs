//! Requests to a server of the test's own.

use crate::case::Case;
use crate::exec_release::{phase, release};
use crate::exec_server::Server;

/// A release that knows where the server is.
fn against(server: &Server, nodes: &str) -> Case {
    release(&format!("let api \"{}\"\n{}", server.url(), phase(nodes)))
}

#[test]
fn bodies_headers_and_forms_arrive_as_they_are_written() {
    let server = Server::start(|_, _| (200, "", "{}"));
    let nodes = "input name \"O'Hara & \\\"sons\\\"\"
        step json \"Json\" {
            http POST \"{{api}}/json?name={{name}}\" { header X-Who \"{{name}}\"; json name=\"{{name}}\" count=3 ready=#true; }
            inverse none because=\"A request\"
        }
        step text \"Text\" { http PUT \"{{api}}/text\" { body \"plain {{name}}\" type=\"text/plain\"; }; inverse none because=\"A request\"; }
        step file \"File\" { http PATCH \"{{api}}/file\" { body file=\"ride.json\" type=\"application/json\"; }; inverse none because=\"A request\"; }
        step form \"Form\" { http POST \"{{api}}/form\" { form name=\"{{name}}\" more=\"a=b\"; }; inverse none because=\"A request\"; }";
    let (input, nodes) = nodes.split_once('\n').unwrap();
    release(&format!("{input}\nlet api \"{}\"\n{}", server.url(), phase(nodes)))
        .file("ride.json", "{\"ride\": 1}")
        .run("exec release.kdl")
        .code(0);
    let asked = server.requests();
    assert_eq!(
        server.lines(),
        ["POST /json?name=O%27Hara%20%26%20%22sons%22", "PUT /text", "PATCH /file", "POST /form"]
    );
    let json: serde_json::Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(json, serde_json::json!({ "name": "O'Hara & \"sons\"", "count": 3, "ready": true }));
    assert_eq!(asked[0].header("content-type"), Some("application/json"));
    assert_eq!(asked[0].header("x-who"), Some("O'Hara & \"sons\""));
    assert_eq!(
        (asked[1].body.as_str(), asked[1].header("content-type")),
        ("plain O'Hara & \"sons\"", Some("text/plain"))
    );
    assert_eq!((asked[2].body.as_str(), asked[2].header("content-type")), ("{\"ride\": 1}", Some("application/json")));
    assert_eq!(asked[3].body, "name=O%27Hara+%26+%22sons%22&more=a%3Db");
}

#[test]
fn the_idempotency_key_is_the_same_over_attempts_and_another_one_on_the_way_back() {
    let server = Server::start(|number, _| if number == 1 { (503, "", "busy") } else { (200, "", "{}") });
    let nodes = "check look \"Look\" { http GET \"{{api}}/look\"; }
        step post \"Post\" {
            http POST \"{{api}}/rides\" { json ride=1; }
            idempotent
            retry 2 delay=\"1ms\"
            inverse { http DELETE \"{{api}}/rides\"; }
        }
        step own \"Own\" { http POST \"{{api}}/own\" { header Idempotency-Key own; }; inverse none because=\"A request\"; }
        check fails \"It fails\" { run \"false\"; }";
    against(&server, nodes).run("exec release.kdl").code(1);
    assert_eq!(server.lines(), ["GET /look", "POST /rides", "POST /rides", "POST /own", "DELETE /rides"]);
    let keys: Vec<_> = server.requests().iter().map(|it| it.header("idempotency-key").map(str::to_owned)).collect();
    assert_eq!(keys[0], None);
    assert!(keys[1].is_some() && keys[1] == keys[2] && keys[4].is_some() && keys[4] != keys[1], "{keys:?}");
    assert_eq!(keys[3].as_deref(), Some("own"));
}

#[test]
fn a_redirect_is_followed_only_where_that_is_said() {
    let server = Server::start(|_, request| match request.line.as_str() {
        "GET /old" => (302, "Location: /new\r\n", ""),
        _ => (200, "", "new"),
    });
    against(&server, "check refused \"Refused\" { http GET \"{{api}}/old\"; }").run("exec release.kdl").code(5);
    assert_eq!(server.lines(), ["GET /old"]);
    against(&server, "check expected \"Expected\" { http GET \"{{api}}/old\"; expect status is=302; expect header location is=\"/new\"; }")
        .run("exec release.kdl")
        .code(0);
    against(&server, "check followed \"Followed\" { http GET \"{{api}}/old\" { follow; }; expect body is=new; }")
        .run("exec release.kdl")
        .code(0);
}

#[test]
fn an_answer_in_json_is_looked_into() {
    let server = Server::start(|_, _| {
        (200, "", "{\"status\":\"healthy\",\"nodes\":[{\"up\":true},{\"up\":true}],\"version\":\"1.4\",\"load\":0.5}")
    });
    let holds = [
        "json \"$.status\" is=healthy",
        "json \"$.nodes[*].up\" is=#true",
        "json \"$.load\" below=1",
        "json \"$.version\" is=\"1.4\"",
        "json \"$.absent\" exists=#false",
        "json is=#\"{\"status\":\"healthy\"}\"#",
        "body contains=healthy",
        "duration below=\"10s\"",
    ];
    for (number, line) in holds.iter().enumerate() {
        against(&server, &format!("check c{number} \"C\" {{ http GET \"{{{{api}}}}/\"; expect {line}; }}"))
            .run("exec release.kdl")
            .code(0);
    }
    let fails = [
        "json \"$.absent\" is=1",
        "json \"$.nodes[*].down\" is=#true",
        "json \"$.status\" above=1",
        "json is=#\"{\"status\":\"ill\"}\"#",
    ];
    for (number, line) in fails.iter().enumerate() {
        against(&server, &format!("check c{number} \"C\" {{ http GET \"{{{{api}}}}/\"; expect {line}; }}"))
            .run("exec release.kdl")
            .code(5);
    }
}

#[test]
fn a_connection_that_breaks_leaves_the_outcome_unknown_and_nothing_is_sent_again() {
    let server = Server::start(|_, request| if request.line.starts_with("POST") { (0, "", "") } else { (200, "", "") });
    let nodes = "step post \"Post\" {
            http POST \"{{api}}/rides\" { json ride=1; }
            idempotent
            retry 3 delay=\"1ms\"
            inverse { http DELETE \"{{api}}/rides\"; }
        }";
    against(&server, nodes).run("exec release.kdl").code(1);
    assert_eq!(server.lines(), ["POST /rides", "DELETE /rides"]);
}

#[test]
fn nobody_there_means_that_it_did_not_start() {
    let nodes = "step post \"Post\" {
            http POST \"http://127.0.0.1:1/rides\" { json ride=1; }
            inverse { run touch undone; }
        }";
    release(&phase(nodes)).run("exec release.kdl").code(5).lacks("undone");
}

#[test]
fn an_answer_that_is_preserved_must_come_again() {
    let server =
        Server::start(
            |number, _| if number == 0 { (200, "", "{\"version\":\"1\"}") } else { (200, "", "{\"version\":\"2\"}") },
        );
    let nodes = "checkpoint before \"Before\" { preserve version \"Version\" { http GET \"{{api}}/\"; select json \"$.version\"; }; }
        step touch \"Touch\" { run touch made; inverse { run rm made; }; }
        check fails \"It fails\" { run \"false\"; }";
    against(&server, nodes).run("exec release.kdl").code(4).tells(&[
        "before/version",
        "expected  is 1",
        "actual    2",
        "rolled back, but not as before",
    ]);
}

#[test]
fn a_check_polls_until_the_answer_holds_often_enough_in_a_row() {
    let server = Server::start(|number, _| if number % 3 == 1 || number > 4 { (200, "", "up") } else { (503, "", "") });
    let nodes = "check up \"Up\" { http GET \"{{api}}/\"; poll within=\"20s\" every=\"2ms\" hold=3; }";
    against(&server, nodes).run("exec release.kdl").code(0);
    assert_eq!(server.lines().len(), 7);
}
