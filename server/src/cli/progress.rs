//! One line on a terminal that says how far a large input is. What takes less than a second says nothing, and neither does a pipe.

use kubernetes::budget::Budget;
use kubernetes::manifest::{Phase, Progress, Stage};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;
use web::locale::{self, Lang};

/// Before the line appears.
const PATIENCE: Duration = Duration::from_secs(1);
/// Before it is written anew.
const EVERY: Duration = Duration::from_millis(200);

/// Begins the line again, and empties it to its end (ECMA-48, `EL`).
const ERASE: &str = "\r\u{1b}[K";

/// Shows the line as long as it is there.
pub(super) struct Shown {
    /// What the work writes to.
    pub(super) progress: Arc<Progress>,
    /// Closed at the end; the thread that writes.
    writer: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Shown {
    /// On standard error, where that is a terminal.
    pub(super) fn on_terminal(lang: Lang, budget: Budget) -> Self {
        if io::stderr().is_terminal() {
            Self::on(lang, io::stderr(), PATIENCE, budget)
        } else {
            Self { progress: Arc::new(Progress::within(budget)), writer: None }
        }
    }

    fn on(lang: Lang, mut out: impl Write + Send + 'static, patience: Duration, budget: Budget) -> Self {
        let progress = Arc::new(Progress::within(budget));
        let (end, ended) = mpsc::channel::<()>();
        let seen = Arc::clone(&progress);
        // A line that cannot be written is none that anybody misses.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(move || {
            let mut wait = patience;
            let mut written = false;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let line = words(lang, seen.stage());
                written = write!(out, "{ERASE}{line}").and_then(|()| out.flush()).is_ok();
                wait = EVERY;
            }
            if written {
                let _ = write!(out, "{ERASE}").and_then(|()| out.flush());
            }
        });
        Self { progress, writer: thread.ok().map(|thread| (end, thread)) }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.writer.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

fn words(lang: Lang, stage: Stage) -> String {
    let mebibytes = |bytes: u64| (bytes >> 20).to_string();
    let args = [
        ("done", mebibytes(stage.bytes).into()),
        ("total", mebibytes(stage.total).into()),
        ("objects", stage.objects.to_string().into()),
    ];
    let code = match stage.phase {
        Phase::Waiting => "cli-progress-files",
        Phase::Surveying => "cli-progress-survey",
        Phase::Reading => "cli-progress-read",
        Phase::Deciding => "cli-progress-decide",
    };
    locale::ta(lang, code, &args)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::manifest::{Limits, SourceText, parse_watched};
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("screen").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8_lossy(&self.0.lock().expect("screen")).into_owned()
        }
    }

    #[test]
    fn the_line_comes_late_and_leaves_nothing() {
        let screen = Screen::default();
        let shown = Shown::on(Lang::En, screen.clone(), Duration::ZERO, Budget::unlimited());
        let text = SourceText::given("a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n");
        parse_watched(&[text], &Limits::default(), &shown.progress);
        while !screen.text().contains(" 1 ") {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(shown);
        let text = screen.text();
        assert!(text.starts_with(ERASE) && text.ends_with(ERASE) && !text.contains('\n'), "{text:?}");
    }

    #[test]
    fn what_is_quick_says_nothing() {
        let screen = Screen::default();
        drop(Shown::on(Lang::En, screen.clone(), PATIENCE, Budget::unlimited()));
        assert_eq!(screen.text(), "");
        drop(Shown::on_terminal(Lang::En, Budget::unlimited()));
    }
}
