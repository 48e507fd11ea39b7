use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

/// A reader that takes a text whenever it is allowed to; without anybody to allow it, it is gone.
struct Reader {
    allowed: Receiver<()>,
    read: Arc<Mutex<String>>,
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.allowed.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
        self.read.lock().unwrap().push_str(std::str::from_utf8(bytes).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stalled() -> (Printer, Sender<()>, Arc<Mutex<String>>) {
    let (allow, allowed) = channel();
    let read = Arc::new(Mutex::new(String::new()));
    let reader = Reader { allowed, read: Arc::clone(&read) };
    (Printer::new(Box::new(reader), Box::new(io::sink())), allow, read)
}

/// So many lines as fit while nobody reads, and 10 more.
fn flood(printer: &mut Printer) -> usize {
    let line = [&[b'x'; 1023][..], b"\n"].concat();
    let fit = MOST / line.len();
    for _ in 0..fit + 10 {
        printer.write_all(&line).unwrap();
    }
    fit
}

#[test]
fn nobody_waits_for_a_reader_and_all_comes_in_order_when_it_reads() {
    let (mut printer, allow, read) = stalled();
    printer.write_all(b"one\n").unwrap();
    printer.print("two\n");
    printer.write_all(b"three\n").unwrap();
    assert_eq!(*read.lock().unwrap(), "");
    (0..3).for_each(|_| allow.send(()).unwrap());
    printer.wait();
    assert_eq!(*read.lock().unwrap(), "one\ntwo\nthree\n");
}

#[test]
fn of_a_story_that_nobody_reads_the_rest_is_counted_and_the_end_is_kept() {
    let (mut printer, allow, read) = stalled();
    let fit = flood(&mut printer);
    assert!(printer.lock().bytes <= MOST);
    printer.print("the last screen\n");
    (0..fit + 2).for_each(|_| allow.send(()).unwrap());
    printer.wait();
    let read = read.lock().unwrap();
    let (_, end) = read.rsplit_once("x\n").unwrap();
    assert_eq!(end, "... 10 lines aren't shown: nobody read them; `runbook show` has them\nthe last screen\n");
}

#[test]
fn once_a_run_ends_nothing_more_is_left_out() {
    let (mut printer, allow, read) = stalled();
    printer.tell_left_out(|lines| format!("[{lines}]\n"));
    let fit = flood(&mut printer);
    printer.keep_all();
    printer.write_all(b"the run ended\n").unwrap();
    (0..fit + 2).for_each(|_| allow.send(()).unwrap());
    printer.wait();
    assert!(read.lock().unwrap().ends_with("x\n[10]\nthe run ended\n"));
}

#[test]
fn while_nobody_reads_nothing_of_the_moment_is_worth_drawing() {
    let (mut printer, allow, _) = stalled();
    printer.write_all(&[b'x'; BEHIND]).unwrap();
    assert!(printer.is_behind());
    allow.send(()).unwrap();
    printer.wait();
    assert!(!printer.is_behind());
}

#[test]
fn a_reader_that_went_away_is_waited_for_no_more_and_errors_are_still_said() {
    let errors = Arc::new(Mutex::new(String::new()));
    let (_, gone) = channel();
    let (allow, allowed) = channel();
    let reader = Reader { allowed: gone, read: Arc::default() };
    let printer = Printer::new(Box::new(reader), Box::new(Reader { allowed, read: Arc::clone(&errors) }));
    printer.print("nobody reads this\n");
    printer.wait();
    assert!(printer.is_gone());
    printer.clone().write_all(b"nor this\n").unwrap_err();
    allow.send(()).unwrap();
    printer.print_error("error: an error\n");
    printer.wait();
    assert_eq!(*errors.lock().unwrap(), "error: an error\n");
}

#[test]
fn what_was_printed_last_is_written_after_the_last_printer_is_gone() {
    let (printer, allow, read) = stalled();
    let queue = Arc::clone(&printer.0.queue);
    printer.print("the end\n");
    drop(printer);
    allow.send(()).unwrap();
    drop(queue.changed.wait_while(queue.lock(), |waiting| waiting.bytes > 0));
    assert_eq!(*read.lock().unwrap(), "the end\n");
}
