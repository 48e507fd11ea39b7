//! A rollback that stops half way: the commands on the screen do the rest when they are pasted.

use std::process::{Command, Stdio};

use crate::desk::Desk;

const HALF_WAY: &str = r##"
runbook release "A release"
input word "it's $HOME"
secret token env=TOKEN
defaults {
    cd "[DIR]/a place"
    env GREETING="hello {{word}}"
}
phase deploy "Deploy" {
    step switch "Turn the switch" {
        run touch switch
        inverse { manual "Turn the switch\nback, please"; }
    }
    step place "Write the place" {
        write "place" "new"
    }
    step written "A text with a written inverse" {
        run touch "written"
        inverse { write "written" "{{word}}\n\ttwo lines\n" mode="0600"; }
    }
    step count "A row" {
        sql "sqlite:shop.db" "UPDATE count SET word = 'new', number = 2"
        inverse {
            sql "sqlite:shop.db" "UPDATE count SET word = :word, number = :number" {
                bind word="{{word}} \"\\ \n!" number=1
            }
        }
    }
    step script "A script" {
        run touch script
        inverse {
            sh #"""
            case "$word" in *) ;; esac
            echo "$GREETING, $word, $token" > undone-script
            rm script
            """#
        }
    }
    step pipe "A pipe" {
        run touch pipe
        inverse {
            pipe { run echo "{{word}}"; run tr a-z A-Z; to "undone-pipe"; }
        }
    }
    step program "A program" {
        run touch program
        inverse {
            run sh -c "cat > undone-program; echo \"$word\" >> undone-program"
            stdin "{{word}} and more\n"
        }
    }
    step broken "What can't be undone yet" {
        run touch broken
        inverse { run test -e repaired; }
    }
    step fails "It fails" {
        run "false"
        inverse none because="it does nothing"
    }
}
"##;

#[test]
fn the_commands_that_are_left_work_as_they_are_pasted() {
    let desk = Desk::new(HALF_WAY);
    desk.folder("a place");
    desk.write("a place/place", "old");
    let database = |statement: &str| {
        let output = Command::new("sqlite3").arg(desk.path("a place/shop.db")).arg(statement).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    database("CREATE TABLE count (word, number); INSERT INTO count VALUES ('old', 1)");
    let secret = [("TOKEN", r#"a "b' $c"#)];
    let called = desk.call_with(&["exec", "--yes", "release.kdl"], &secret).code(4).says("rollback incomplete");
    let text = called.text();
    assert!(!text.contains(secret[0].1), "the secret isn't shown");
    let (_, left) = text.split_once("Still to undo, in this order:\n").unwrap();
    let (commands, _) = left.split_once("To continue:\n").unwrap();
    desk.write("a place/repaired", "");
    let mut shell = Command::new("bash")
        .args(["--noprofile", "--norc"])
        .env("token", secret[0].1)
        .current_dir("/")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(shell.stdin.as_mut().unwrap(), commands.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success(), "{commands}");
    let read = |name: &str| desk.read(&format!("a place/{name}"));
    assert_eq!(read("place"), "old");
    assert_eq!(read("written"), "it's $HOME\n\ttwo lines\n");
    assert_eq!(database("SELECT word || number || typeof(number) FROM count"), "it's $HOME \"\\ \n!1integer\n");
    assert!(commands.contains("# by hand: Turn the switch\n# back, please\n"), "{commands}");
    assert_eq!(read("undone-script"), "hello it's $HOME, it's $HOME, a \"b' $c\n");
    assert_eq!(read("undone-pipe"), "IT'S $HOME\n");
    assert_eq!(read("undone-program"), "it's $HOME and more\nit's $HOME\n");
}
