//! An example of each word, matcher and subject. They are shown in the reference, where each is checked
//! like what an author writes. Invariant: an example has the word that it is for.

use super::{Place, Word};
use crate::model::{Matcher, SubjectName};

/// Which part of a runbook an example is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// A line of the head.
    Head,
    /// A node beside the head.
    Top,
    /// What stands in a phase.
    Phase,
    /// What stands in a check.
    Check,
    /// What stands in a step.
    Step,
}

type Example = (&'static str, Frame, &'static str);

const EXAMPLES: &[Example] = &[
    ("runbook", Frame::Head, "owner \"platform team\""),
    ("release", Frame::Head, "release \"2.4.0\" type=minor"),
    ("summary", Frame::Head, "summary \"Search by colour\""),
    ("owner", Frame::Head, "owner \"platform team\""),
    ("impact", Frame::Head, "impact low"),
    ("rollback-by", Frame::Head, "rollback-by \"whoever is on call\""),
    ("on-interrupt", Frame::Head, "on-interrupt rollback"),
    ("window", Frame::Head, "window \"2026-06-10T08:00Z\" \"2026-06-10T10:00Z\""),
    ("budget", Frame::Head, "budget \"15m\" downtime=\"2m\""),
    ("lock", Frame::Head, "lock \"shop/production\""),
    ("input", Frame::Top, "input colour red help=\"What customers see first\" { one-of red green; }"),
    ("one-of", Frame::Check, "run diff \"old\" \"new\"\nexpect exit { one-of 0 1; }"),
    ("secret", Frame::Top, "secret token env=\"APP_TOKEN\""),
    ("let", Frame::Top, "let archive \"app-{{version}}.tar.gz\""),
    ("defaults", Frame::Top, "defaults {\n    cd \"/srv/app\"\n    budget \"2m\" estimate=\"10s\"\n}"),
    ("kubernetes", Frame::Top, "kubernetes { context production; namespace shop; }"),
    ("context", Frame::Top, "kubernetes { context production; }"),
    ("namespace", Frame::Top, "kubernetes { namespace shop; }"),
    ("kubeconfig", Frame::Top, "kubernetes { kubeconfig \"/etc/runbook/production.kubeconfig\"; }"),
    ("files", Frame::Top, "files \"scripts/**\""),
    ("include", Frame::Top, "include \"parts/common.kdl\""),
    ("rehearse", Frame::Top, "rehearse { set environment=staging; }"),
    ("set", Frame::Top, "rehearse { set environment=staging port=8001; }"),
    ("phase", Frame::Top, "phase announce \"Announcement\" at=\"T-8d\" {\n    check up { run uptime; }\n}"),
    ("check", Frame::Phase, "check up \"The machine answers\" {\n    run uptime\n}"),
    ("step", Frame::Phase, "step settings \"New settings\" {\n    write \"/etc/app.conf\" \"colours = on\"\n}"),
    ("on-rollback", Frame::Phase, "on-rollback again \"Read the old settings\" {\n    service restart \"{{unit}}\"\n}"),
    (
        "checkpoint",
        Frame::Phase,
        "checkpoint healthy \"As before\" {\n    check up { run uptime; }\n    preserve commit { run git rev-parse HEAD; }\n}",
    ),
    (
        "preserve",
        Frame::Phase,
        "checkpoint before {\n    preserve rides \"Rides\" {\n        sql \"sqlite:{{database}}\" \"SELECT count(*) FROM \
         rides\"\n    }\n}",
    ),
    ("manual", Frame::Phase, "manual told \"The duty manager knows\" by=\"release manager\""),
    ("wait", Frame::Phase, "wait \"5m\""),
    ("parallel", Frame::Phase, "parallel {\n    check left { run uptime; }\n    check right { run hostname; }\n}"),
    ("why", Frame::Check, "run uptime\nwhy \"A machine that was just restarted is slow\""),
    ("when", Frame::Check, "run uptime\nwhen environment is=production"),
    (
        "allow",
        Frame::Check,
        "run journalctl \"--quiet\"\nexpect stdout lacks=ERROR\nallow \"runbook::check::lacks_of_nothing\" because=\"no \
         lines at all is the best answer\"",
    ),
    ("expect", Frame::Check, "run uptime\nexpect stdout contains=up"),
    ("capture", Frame::Check, "run git rev-parse HEAD\ncapture commit stdout matches=#\"^([0-9a-f]{8})\"#"),
    (
        "select",
        Frame::Phase,
        "checkpoint before {\n    preserve settings {\n        file \"/etc/app.conf\"\n        select sha256\n    }\n}",
    ),
    ("budget", Frame::Check, "run uptime\nbudget \"2m\" estimate=\"45s\" escalate-after=\"2x\""),
    ("poll", Frame::Check, "port \"{{port}}\"\nexpect listening is=#true\npoll within=\"60s\" every=\"2s\" hold=3"),
    ("retry", Frame::Step, "run make install\nidempotent\nretry 3 delay=\"2s\" backoff=2.0"),
    (
        "applied",
        Frame::Step,
        "run make install\napplied {\n    file \"/usr/local/bin/app\"\n    expect exists is=#true\n}",
    ),
    (
        "inverse",
        Frame::Step,
        "run make install\ninverse \"Take it out\" loses=\"nothing\" {\n    run make uninstall\n}",
    ),
    ("irreversible", Frame::Step, "run announce\nirreversible because=\"a message that was read stays read\""),
    ("idempotent", Frame::Step, "run make install\nidempotent"),
    ("atomic", Frame::Step, "run transact\natomic"),
    ("on-failure", Frame::Check, "run uptime\non-failure halt"),
    ("escalate", Frame::Check, "run uptime\nescalate"),
    ("diagnose", Frame::Check, "run uptime\ndiagnose {\n    run journalctl \"-n\" \"50\"\n}"),
    ("cd", Frame::Check, "run ls\ncd \"/srv/app\""),
    ("env", Frame::Check, "run date\nenv TZ=\"UTC\""),
    ("shell", Frame::Check, "sh #\"ls | wc -l\"#\nshell bash"),
    ("as", Frame::Check, "run whoami\nas root"),
    ("stdin", Frame::Check, "run wc \"-l\"\nstdin \"one line\""),
    ("interactive", Frame::Step, "run passwd app\ninteractive"),
    ("leak", Frame::Step, "run start-daemon\nleak allow"),
    ("run", Frame::Check, "run git status --short"),
    ("run", Frame::Check, "pipe {\n    run cat \"/etc/app.conf\"\n    run sort\n}"),
    ("sh", Frame::Check, "sh #\"\"\"\n    test -d \"/srv/app\"\n    echo \"$version\"\n    \"\"\"#"),
    ("pipe", Frame::Check, "pipe {\n    run cat \"/etc/app.conf\"\n    run sort\n}"),
    (
        "to",
        Frame::Step,
        "pipe {\n    run sqlite3 \"{{database}}\" .dump\n    run gzip \"-9\"\n    to \"/var/backups/app.sql.gz\"\n}",
    ),
    ("http", Frame::Check, "http GET \"http://127.0.0.1:{{port}}/health\""),
    (
        "header",
        Frame::Check,
        "http GET \"http://127.0.0.1:{{port}}/health\" {\n    header Authorization \"Bearer {{secret.api_key}}\"\n}",
    ),
    (
        "json",
        Frame::Step,
        "http POST \"http://127.0.0.1:{{port}}/news\" {\n    json title=\"New colours\" urgent=#false\n}",
    ),
    (
        "body",
        Frame::Step,
        "http PUT \"http://127.0.0.1:{{port}}/ride\" {\n    body file=\"ride.json\" type=\"application/json\"\n}",
    ),
    ("form", Frame::Step, "http POST \"http://127.0.0.1:{{port}}/login\" {\n    form user=deploy\n}"),
    ("follow", Frame::Check, "http GET \"http://127.0.0.1:{{port}}/\" {\n    follow\n}"),
    ("link-local", Frame::Check, "http GET \"http://169.254.169.254/health\" {\n    link-local allow\n}"),
    ("sql", Frame::Check, "sql \"sqlite:{{database}}\" \"SELECT count(*) FROM rides\""),
    (
        "bind",
        Frame::Check,
        "sql \"sqlite:{{database}}\" \"SELECT count(*) FROM rides WHERE version = ?1\" {\n    bind \"{{version}}\"\n}",
    ),
    ("file", Frame::Check, "file \"/var/backups/*.gz\" pick=newest"),
    ("disk", Frame::Check, "disk \"/var\"\nexpect free above=\"2GB\""),
    ("port", Frame::Check, "port \"127.0.0.1:{{port}}\""),
    ("process", Frame::Check, "process nginx"),
    ("service", Frame::Step, "service stop \"{{unit}}\""),
    (
        "kube",
        Frame::Step,
        "kube set-image \"deployment/web\" { container web \"shop/web:{{version}}\"; }\nexpect available at-least=2",
    ),
    (
        "kube",
        Frame::Step,
        "pipe {\n    kube exec \"postgres-0\" { command pg_dump -U app shop; }\n    run gzip\n    to \"/var/backups/shop.sql.gz\"\n}\nexpect gzip is=intact\ninverse none because=\"A backup changes nothing\"",
    ),
    ("container", Frame::Step, "kube set-image \"deployment/web\" { container web \"shop/web:{{version}}\"; }"),
    (
        "command",
        Frame::Check,
        "kube exec \"deployment/web\" container=web { command curl -fsS \"localhost:8080/ready\"; }",
    ),
    (
        "stdin",
        Frame::Check,
        "kube exec \"postgres-0\" { command psql -Atf -; stdin \"SELECT max(version) FROM schema_history\"; }",
    ),
    (
        "manifest",
        Frame::Step,
        "kube apply {\n    manifest #\"\"\"\n        apiVersion: v1\n        kind: ConfigMap\n        metadata: { name: colours }\n        data: { release: \"{{version}}\" }\n        \"\"\"#\n}",
    ),
    ("set", Frame::Step, "kube annotate \"deployment/web\" { set \"example.com/release\"=\"{{version}}\"; }"),
    ("write", Frame::Step, "write \"/etc/app.conf\" \"colours = on\" mode=\"0640\""),
    ("copy", Frame::Step, "copy \"ride.json\" to=\"/etc/app/ride.json\""),
    ("link", Frame::Step, "link \"/srv/app/current\" to=\"/srv/app/{{version}}\""),
    ("replace", Frame::Step, "replace \"/etc/app.conf\" matches=#\"colours = off\"# with=\"colours = on\""),
    ("manual", Frame::Step, "manual \"Turn the key of the cabinet\"\ninverse { manual \"Turn it back\"; }"),
];

impl Word {
    /// An example with it, and which part of a runbook that is.
    #[must_use]
    pub fn example(&self) -> Option<(Frame, &'static str)> {
        // A word with two forms has two examples, in the order of the table.
        let forms: Vec<_> = super::table().filter(|word| word.name == self.name).collect();
        let form = forms.iter().position(|word| word.places == self.places)?;
        let mut examples = EXAMPLES.iter().filter(|(name, _, _)| *name == self.name);
        examples.nth(form).map(|(_, frame, text)| (*frame, *text))
    }

    /// Whether it stands in the head alone.
    #[must_use]
    pub fn is_of_head(&self) -> bool {
        self.places.contains(&Place::Runbook)
    }
}

/// The action whose answer has a subject, and the line of an expectation.
#[must_use]
pub fn subject_example(subject: SubjectName) -> (Frame, String) {
    let (action, comparison) = match subject {
        SubjectName::Exit => ("run diff \"old\" \"new\"", "is=0"),
        SubjectName::Stdout => ("run uptime", "contains=up"),
        SubjectName::Stderr => ("run make --dry-run", "empty=#true"),
        SubjectName::Output => ("run make --dry-run", "contains=\"Nothing to be done\""),
        SubjectName::Duration => ("run uptime", "below=\"2s\""),
        SubjectName::Status => ("http GET \"http://127.0.0.1:{{port}}/health\"", "is=200"),
        SubjectName::Header => ("http GET \"http://127.0.0.1:{{port}}/health\"", "\"content-type\" contains=json"),
        SubjectName::Body => ("http GET \"http://127.0.0.1:{{port}}/version\"", "contains=\"{{version}}\""),
        SubjectName::Json => ("http GET \"http://127.0.0.1:{{port}}/health\"", "\"$.status\" is=healthy"),
        SubjectName::Value => ("sql \"sqlite:{{database}}\" \"SELECT count(*) FROM rides\"", "above=0"),
        SubjectName::Count => ("sql \"sqlite:{{database}}\" \"SELECT id FROM rides\"", "at-least=1"),
        SubjectName::Exists => ("file \"/etc/app.conf\"", "is=#true"),
        SubjectName::Path => ("file \"/var/backups/*.gz\" pick=newest", "contains=nightly"),
        SubjectName::Size => ("file \"/var/backups/app.gz\"", "above=\"1MB\""),
        SubjectName::Age => ("file \"/var/backups/app.gz\"", "below=\"24h\""),
        SubjectName::Modified => ("file \"/var/backups/app.gz\"", "after=\"2026-06-10T08:00Z\""),
        SubjectName::Sha256 => ("file \"/etc/app.conf\"", "exists=#true"),
        SubjectName::Mode => ("file \"/etc/app.conf\"", "is=\"0640\""),
        SubjectName::Owner => ("file \"/etc/app.conf\"", "is=root"),
        SubjectName::Gzip => ("file \"/var/backups/app.gz\"", "is=intact"),
        SubjectName::Free => ("disk \"/var\"", "above=\"20%\""),
        SubjectName::Used => ("disk \"/var\"", "below=\"80%\""),
        SubjectName::Total => ("disk \"/var\"", "at-least=\"10GB\""),
        SubjectName::Active => ("service \"{{unit}}\"", "is=active"),
        SubjectName::Sub => ("service \"{{unit}}\"", "is=running"),
        SubjectName::Result => ("service \"{{unit}}\"", "is=success"),
        SubjectName::Enabled => ("service \"{{unit}}\"", "is=enabled"),
        SubjectName::Since => ("service \"{{unit}}\"", "after=\"2026-06-10T08:00Z\""),
        SubjectName::Listening => ("port \"127.0.0.1:{{port}}\"", "is=#true"),
        SubjectName::Available | SubjectName::Ready => ("kube wait \"deployment/web\" rollout", "at-least=3"),
        SubjectName::Updated | SubjectName::Replicas => ("kube wait \"deployment/web\" rollout", "is=3"),
        SubjectName::Revision => ("kube wait \"deployment/web\" rollout", "above=1"),
        SubjectName::Answer => ("manual \"Read the meter\"\ninverse { manual \"Nothing to do\"; }", "is-not=broken"),
    };
    let frame = if subject == SubjectName::Answer { Frame::Step } else { Frame::Check };
    (frame, format!("{action}\nexpect {} {comparison}", subject.word()))
}

/// An expectation with a matcher.
#[must_use]
pub fn matcher_example(matcher: Matcher) -> String {
    let (action, expectation) = match matcher {
        Matcher::Is => ("run diff \"old\" \"new\"", "exit is=0"),
        Matcher::IsNot => ("run hostname", "stdout is-not=localhost"),
        Matcher::Contains => ("run uptime", "stdout contains=up"),
        Matcher::Lacks => ("run uptime", "stdout contains=up\nexpect stdout lacks=\"load average: 9\""),
        Matcher::Matches => ("run uptime", "stdout matches=#\"up +\\d+ days\"#"),
        Matcher::LacksMatch => ("run uptime", "stdout contains=up\nexpect stdout lacks-match=#\"\\b[89] users\"#"),
        Matcher::Like => {
            ("run make --dry-run", "output like=\"\"\"\n    cc [..]\n    ...\n    done in [ELAPSED]\n    \"\"\"")
        }
        Matcher::Above => ("disk \"/var\"", "free above=\"2GB\""),
        Matcher::Below => ("disk \"/var\"", "used below=\"80%\""),
        Matcher::AtLeast => ("process nginx", "count at-least=2"),
        Matcher::AtMost => ("run uptime", "duration at-most=\"1s\""),
        Matcher::After => ("file \"/etc/app.conf\"", "modified after=\"2026-06-10T08:00Z\""),
        Matcher::Before => ("file \"/etc/app.conf\"", "modified before=\"2026-06-10T08:00Z\""),
        Matcher::Empty => ("run git status --short", "stdout empty=#true"),
        Matcher::Exists => ("http GET \"http://127.0.0.1:{{port}}/health\"", "header etag exists=#true"),
        Matcher::OneOf => ("run diff \"old\" \"new\"", "exit { one-of 0 1; }"),
    };
    format!("{action}\nexpect {expectation}")
}

#[cfg(test)]
mod tests {
    use super::super::{Properties, meanings::property_meaning, table};

    #[test]
    fn every_word_has_an_example_with_it_and_every_property_a_meaning() {
        for word in table() {
            let (_, text) = word.example().unwrap_or_else(|| panic!("`{}` has no example", word.name));
            assert!(text.contains(word.name) || word.name == "runbook", "{text} has no `{}`", word.name);
            if let Properties::Named(names) = word.properties {
                for name in names {
                    assert!(!property_meaning(word.name, name).is_empty(), "`{} {name}=` has no meaning", word.name);
                }
            }
        }
    }

    #[test]
    fn no_meaning_is_of_a_property_that_there_is_not() {
        for (word, property, _) in super::super::meanings::PROPERTIES {
            let has = table().filter(|entry| entry.name == *word).any(|entry| match entry.properties {
                Properties::Named(names) => names.contains(property),
                Properties::Own | Properties::Matchers(_) => false,
            });
            assert!(has, "`{word}` has no `{property}=`");
        }
    }
}
