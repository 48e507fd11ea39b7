//! The words themselves, in the order of the reference: the file and its head, what stands in a
//! phase, what surrounds an action, the actions. What their parts mean is said by `Word`.

use super::{ANY, Place, Word};

/// Where an action with its surroundings stands.
pub(super) const ACTIVITIES: &[Place] =
    &[Place::Check, Place::Step, Place::OnRollback, Place::Preserve, Place::Applied, Place::Inverse, Place::Diagnose];
/// The same, and the defaults for them.
const SURROUNDED: &[Place] = &[
    Place::Check,
    Place::Step,
    Place::OnRollback,
    Place::Preserve,
    Place::Applied,
    Place::Inverse,
    Place::Diagnose,
    Place::Defaults,
];
/// Where something is expected.
const JUDGED: &[Place] =
    &[Place::Check, Place::Step, Place::OnRollback, Place::Preserve, Place::Applied, Place::Inverse];
/// The whole and its phases.
const WHOLE: &[Place] = &[Place::Runbook, Place::Phase];
/// What can be skipped.
const SKIPPED: &[Place] = &[Place::Check, Place::Step, Place::OnRollback, Place::Checkpoint, Place::ManualItem];
/// What can explain itself.
const EXPLAINED: &[Place] = &[Place::Phase, Place::Check, Place::Step, Place::OnRollback, Place::Checkpoint];

/// What can be warned of.
const WARNED: &[Place] = &[
    Place::Runbook,
    Place::Input,
    Place::Secret,
    Place::Let,
    Place::Phase,
    Place::Check,
    Place::Step,
    Place::OnRollback,
    Place::Checkpoint,
    Place::Preserve,
    Place::Parallel,
    Place::ManualItem,
    Place::Applied,
    Place::Inverse,
    Place::Diagnose,
];

/// The file and its head.
pub(super) const TOP: &[Word] = &[
    Word::new(
        "runbook",
        &[Place::Top],
        "runbook ID \"title\" { … }",
        "Names the runbook; first in the file, exactly once.",
    )
    .arguments(2)
    .inside(Place::Runbook),
    Word::new(
        "release",
        &[Place::Runbook],
        "release \"VERSION\" type=major|minor|patch|hotfix|custom",
        "The version that is released.",
    )
    .arguments(1)
    .properties(&["type"]),
    Word::new("summary", &[Place::Runbook], "summary \"…\"", "What the release brings.").arguments(1),
    Word::new("owner", &[Place::Runbook], "owner \"…\"", "Who answers for the runbook.").arguments(1),
    Word::new("impact", &[Place::Runbook], "impact low|medium|high", "How much customers notice.").arguments(1),
    Word::new("rollback-by", &[Place::Runbook], "rollback-by \"…\"", "Who decides about a rollback.").arguments(1),
    Word::new(
        "on-interrupt",
        &[Place::Runbook],
        "on-interrupt halt|rollback",
        "What an interrupted run does when nobody can be asked.",
    )
    .arguments(1),
    Word::new("window", WHOLE, "window \"START\" \"END\"", "Steps start only between these two times.").arguments(2),
    Word::new(
        "budget",
        WHOLE,
        "budget \"15m\" downtime=\"2m\"",
        "How long the whole may take, and how long the service may be down.",
    )
    .arguments(1)
    .properties(&["downtime"]),
    Word::new("lock", WHOLE, "lock \"name\" store=local|kubernetes", "One run at a time per name.")
        .arguments(1)
        .properties(&["store"]),
    Word::new(
        "input",
        &[Place::Top],
        "input NAME [DEFAULT] type=… matches=#\"…\"# help=\"…\"",
        "A value given at the start.",
    )
    .arguments(2)
    .properties(&["matches", "type", "help"])
    .inside(Place::Input)
    .repeats(),
    Word::new("one-of", &[Place::Input, Place::Comparison], "one-of VALUE…", "The values that there may be.")
        .arguments(ANY),
    Word::new(
        "secret",
        &[Place::Top],
        "secret NAME env=\"NAME\"",
        "A value that is masked everywhere and written nowhere.",
    )
    .arguments(1)
    .properties(&["env", "file"])
    .inside(Place::Secret)
    .repeats(),
    Word::new("let", &[Place::Top], "let NAME \"…{{x}}…\"", "A derived value.")
        .arguments(2)
        .inside(Place::Let)
        .repeats(),
    Word::new(
        "defaults",
        &[Place::Top, Place::Phase],
        "defaults { cd …; env …; shell …; budget …; as … }",
        "What holds for everything that doesn't say otherwise.",
    )
    .inside(Place::Defaults),
    Word::new("files", &[Place::Top], "files \"scripts/**\"", "Files that are called and belong to what was reviewed.")
        .arguments(ANY)
        .repeats(),
    Word::new("include", &[Place::Top], "include \"path.kdl\"", "The nodes of another file of the bundle.")
        .arguments(1)
        .repeats(),
    Word::new(
        "rehearse",
        &[Place::Top],
        "rehearse { set NAME=VALUE… }",
        "The only settings under which a rehearsal runs.",
    )
    .inside(Place::Rehearse),
    Word::new("set", &[Place::Rehearse], "set NAME=VALUE…", "Inputs of a rehearsal.").own_properties().repeats(),
    Word::new("phase", &[Place::Top], "phase ID \"title\" at=\"T-8d\" { … }", "A group of what follows.")
        .arguments(2)
        .properties(&["at"])
        .inside(Place::Phase)
        .repeats(),
];

/// What stands in a phase.
pub(super) const PHASE: &[Word] = &[
    Word::new(
        "check",
        &[Place::Phase, Place::Checkpoint, Place::Parallel],
        "check ID \"title\" { ACTION; expect …; }",
        "Only looks.",
    )
    .arguments(2)
    .inside(Place::Check)
    .repeats(),
    Word::new(
        "step",
        &[Place::Phase, Place::Parallel],
        "step ID \"title\" { ACTION; inverse { … } }",
        "Changes something, and says how it is undone.",
    )
    .arguments(2)
    .inside(Place::Step)
    .repeats(),
    Word::new(
        "on-rollback",
        &[Place::Phase],
        "on-rollback ID \"title\" { ACTION; }",
        "Does nothing on the way out; its action runs when a rollback passes it.",
    )
    .arguments(2)
    .inside(Place::OnRollback)
    .repeats(),
    Word::new(
        "checkpoint",
        &[Place::Phase],
        "checkpoint ID \"title\" { check …; preserve …; }",
        "What must be equally true after the way back.",
    )
    .arguments(2)
    .inside(Place::Checkpoint)
    .repeats(),
    Word::new(
        "preserve",
        &[Place::Checkpoint],
        "preserve NAME \"title\" { ACTION; select …; }",
        "A value that must be the same after the way back.",
    )
    .arguments(2)
    .inside(Place::Preserve)
    .repeats(),
    Word::new("manual", &[Place::Phase], "manual ID \"instruction\" by=\"…\"", "A person's confirmation.")
        .arguments(2)
        .properties(&["by"])
        .inside(Place::ManualItem)
        .repeats(),
    Word::new("wait", &[Place::Phase], "wait \"5m\"", "Waits.").arguments(1).repeats(),
    Word::new("parallel", &[Place::Phase], "parallel { check …; step …; }", "Branches that run at the same time.")
        .inside(Place::Parallel)
        .repeats(),
    Word::new("why", EXPLAINED, "why \"…\"", "Prose for the reader.").arguments(1),
    Word::new("when", SKIPPED, "when NAME is=VALUE", "Otherwise it is skipped.")
        .arguments(1)
        .matchers()
        .inside(Place::Comparison),
    Word::new(
        "allow",
        WARNED,
        "allow \"runbook::check::…\" because=\"…\"",
        "A warning about what it stands in that is accepted, and why.",
    )
    .arguments(1)
    .properties(&["because"])
    .repeats(),
];

/// What surrounds an action.
pub(super) const ACTIVITY: &[Word] = &[
    Word::new("expect", JUDGED, "expect SUBJECT [ARGUMENT] MATCHER=VALUE", "What must come back.")
        .arguments(2)
        .matchers()
        .inside(Place::Comparison)
        .repeats(),
    Word::new(
        "capture",
        &[Place::Check, Place::Step],
        "capture NAME SUBJECT [ARGUMENT] matches=#\"…(…)…\"#",
        "Keeps a part of the answer as a value.",
    )
    .arguments(3)
    .properties(&["matches", "default"])
    .repeats(),
    Word::new(
        "select",
        &[Place::Preserve],
        "select SUBJECT [ARGUMENT] matches=#\"…(…)…\"#",
        "Which part of the answer is the value.",
    )
    .arguments(2)
    .properties(&["matches"]),
    Word::new(
        "budget",
        SURROUNDED,
        "budget \"2m\" estimate=\"45s\" escalate-after=\"2x\"",
        "The hard limit of one attempt.",
    )
    .arguments(1)
    .properties(&["estimate", "escalate-after"]),
    Word::new("poll", JUDGED, "poll within=\"60s\" every=\"2s\" hold=3", "Looks again until the expectations hold.")
        .properties(&["within", "every", "hold", "estimate"]),
    Word::new(
        "retry",
        &[Place::Step, Place::Inverse, Place::OnRollback, Place::Check],
        "retry 3 delay=\"2s\" backoff=2.0",
        "Acts again.",
    )
    .arguments(1)
    .properties(&["delay", "backoff"]),
    Word::new("applied", &[Place::Step], "applied { ACTION; expect …; }", "Is the whole effect there?")
        .properties(&["until"])
        .inside(Place::Applied),
    Word::new(
        "inverse",
        &[Place::Step],
        "inverse \"title\" valid-for=\"1h\" loses=\"…\" { ACTION; }",
        "How the step is undone.",
    )
    .arguments(1)
    .properties(&["valid-for", "loses", "because"])
    .inside(Place::Inverse),
    Word::new("irreversible", &[Place::Step], "irreversible because=\"…\"", "The point of no return.")
        .properties(&["because"]),
    Word::new("idempotent", &[Place::Step], "idempotent", "Running it again, also over half of itself, is safe."),
    Word::new("atomic", &[Place::Step], "atomic", "An attempt that fails leaves nothing."),
    Word::new(
        "on-failure",
        &[Place::Check, Place::Step, Place::Inverse, Place::OnRollback],
        "on-failure rollback|halt|warn|continue",
        "What a failure leads to.",
    )
    .arguments(1),
    Word::new("escalate", &[Place::Check, Place::Step], "escalate", "Its failure also calls people."),
    Word::new(
        "diagnose",
        &[Place::Check, Place::Step],
        "diagnose { ACTION; … }",
        "Evidence that is collected after a failure.",
    )
    .inside(Place::Diagnose),
    Word::new("cd", SURROUNDED, "cd \"PATH\"", "Where the action runs.").arguments(1),
    Word::new("env", SURROUNDED, "env NAME=\"value\"", "Variables of the action's environment.")
        .own_properties()
        .repeats(),
    Word::new("shell", SURROUNDED, "shell sh|bash", "What runs a script.").arguments(1),
    Word::new("as", SURROUNDED, "as USER", "Whose rights the action has.").arguments(1),
    Word::new("stdin", ACTIVITIES, "stdin \"…\"", "What the action can read.").arguments(1),
    Word::new("interactive", ACTIVITIES, "interactive", "The terminal is handed over to the action."),
    Word::new("leak", ACTIVITIES, "leak allow", "Processes may stay behind.").arguments(1),
];

/// The actions and what stands in them.
pub(super) const ACTION: &[Word] = &[
    Word::new(
        "run",
        &[
            Place::Check,
            Place::Step,
            Place::OnRollback,
            Place::Preserve,
            Place::Applied,
            Place::Inverse,
            Place::Diagnose,
            Place::Secret,
        ],
        "run PROGRAM ARG…",
        "One program, without a shell.",
    )
    .arguments(ANY)
    .repeats(),
    Word::new("run", &[Place::Pipe], "run PROGRAM ARG…", "One part of a pipeline.").arguments(ANY).repeats(),
    Word::new("sh", ACTIVITIES, "sh #\"\"\"…\"\"\"#", "A script.").arguments(1).repeats(),
    Word::new(
        "pipe",
        ACTIVITIES,
        "pipe { run …; run …; to \"file\"; }",
        "A pipeline without a shell that fails if any part fails.",
    )
    .inside(Place::Pipe)
    .repeats(),
    Word::new("to", &[Place::Pipe], "to \"FILE\"", "The file that appears when every part succeeded.").arguments(1),
    Word::new("http", ACTIVITIES, "http METHOD \"URL\" { header …; body …; }", "A request.")
        .arguments(2)
        .inside(Place::Http)
        .repeats(),
    Word::new("header", &[Place::Http], "header NAME \"value\"", "A header of the request.").arguments(2).repeats(),
    Word::new("json", &[Place::Http], "json field=value…", "An object of fields as the body.").own_properties(),
    Word::new("body", &[Place::Http], "body \"…\"|file=\"PATH\" type=\"application/json\"", "The body.")
        .arguments(1)
        .properties(&["file", "type"]),
    Word::new("form", &[Place::Http], "form field=value…", "The fields of a form as the body.").own_properties(),
    Word::new("follow", &[Place::Http], "follow", "Redirects are followed."),
    Word::new("link-local", &[Place::Http], "link-local allow", "Link-local addresses may be asked.").arguments(1),
    Word::new("sql", ACTIVITIES, "sql \"URL\" \"statement\" { bind VALUE…; }", "A statement for SQLite or PostgreSQL.")
        .arguments(2)
        .inside(Place::Sql)
        .repeats(),
    Word::new("bind", &[Place::Sql], "bind VALUE…", "The values of the statement.")
        .arguments(ANY)
        .own_properties()
        .repeats(),
    Word::new("file", ACTIVITIES, "file \"PATTERN\" pick=newest", "Observes a file.")
        .arguments(1)
        .properties(&["pick"])
        .repeats(),
    Word::new("disk", ACTIVITIES, "disk \"PATH\"", "Observes the file system that holds a path.")
        .arguments(1)
        .repeats(),
    Word::new("port", ACTIVITIES, "port \"ADDRESS\"", "Observes whether something listens.").arguments(1).repeats(),
    Word::new("process", ACTIVITIES, "process NAME", "Observes running processes.").arguments(1).repeats(),
    Word::new(
        "service",
        ACTIVITIES,
        "service [start|stop|restart|reload|enable|disable] \"UNIT\"",
        "Observes or changes a unit of systemd.",
    )
    .arguments(2)
    .repeats(),
    Word::new("write", ACTIVITIES, "write \"PATH\" \"…\"|template=\"FILE\" mode=\"0644\"", "The file holds this text.")
        .arguments(2)
        .properties(&["template", "mode"])
        .repeats(),
    Word::new("copy", ACTIVITIES, "copy \"FROM\" to=\"PATH\" mode=\"0644\"", "The file is a copy of another.")
        .arguments(1)
        .properties(&["to", "mode"])
        .repeats(),
    Word::new("link", ACTIVITIES, "link \"PATH\" to=\"TARGET\"", "The path is a symbolic link.")
        .arguments(1)
        .properties(&["to"])
        .repeats(),
    Word::new(
        "replace",
        ACTIVITIES,
        "replace \"PATH\" matches=#\"…\"# with=\"…\" count=1",
        "Matches in the file are replaced.",
    )
    .arguments(1)
    .properties(&["matches", "with", "count"])
    .repeats(),
    Word::new("manual", ACTIVITIES, "manual \"…\"", "A person does it.").arguments(1).repeats(),
];
