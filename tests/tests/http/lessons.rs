//! Lessons as a browser without JavaScript gets them.

use axum::http::StatusCode;
use kubehop_tests::service::{get, post_form, service};
use web::lessons::{Course, Kind};

/// How many choices a page offers, and which of them it says is right.
fn choices(page: &str) -> (usize, Option<usize>) {
    let all: Vec<&str> = page.split("<label class=\"choice").skip(1).collect();
    (all.len(), all.iter().position(|choice| choice.starts_with(" right")))
}

#[tokio::test]
async fn every_step_of_every_lesson_is_a_page() {
    let app = service().await;
    let map = get(&app, "/lessons").await;
    assert_eq!(map.status, StatusCode::OK);
    for lesson in Course::builtin().lessons() {
        let at = format!("/lessons/{}", lesson.slug);
        assert!(map.body.contains(&format!("href=\"{at}\"")), "{at}");
        for (at_all, lang) in ["en", "ko"].into_iter().enumerate() {
            // In turn in one language and the other: what each says is checked with the lessons.
            for (index, step) in lesson.steps.iter().enumerate().filter(|(index, _)| (index + at_all) % 2 == 0) {
                let path = format!("{at}?step={}&lang={lang}", index + 1);
                let page = get(&app, &path).await;
                assert_eq!(page.status, StatusCode::OK, "{path}");
                assert!(page.body.contains(" class=\"scene"), "{path}");
                let (offered, right) = choices(&page.body);
                assert_eq!(right, None, "{path}: nothing is told before an answer");
                let asks = matches!(step.kind, Kind::Predict { .. } | Kind::Explain { .. } | Kind::Order { .. });
                assert_eq!(asks, offered >= 2, "{path}");
                assert_eq!(matches!(step.kind, Kind::Task(_)), page.body.contains("<textarea name=\"text\""), "{path}");
            }
            let end = get(&app, &format!("{at}?step=end&lang={lang}")).await;
            assert_eq!(end.status, StatusCode::OK, "{at}");
        }
        let scenario = get(&app, &format!("/s/lesson-{}", lesson.slug)).await;
        assert_eq!(scenario.status, StatusCode::OK, "{at}");
    }
}

#[tokio::test]
async fn an_answer_is_in_the_address_and_told() {
    let app = service().await;
    let page = get(&app, "/lessons/same-node?step=4&answer=0").await.body;
    let (offered, right) = choices(&page);
    let right = right.expect("it is told");
    for answer in 0..offered {
        let page = get(&app, &format!("/lessons/same-node?step=4&answer={answer}&sure=3")).await.body;
        assert_eq!(choices(&page), (offered, Some(right)), "the same each time");
        assert_eq!(page.contains("Right, and you knew."), answer == right);
        assert_eq!(page.contains("class=\"choice-why\""), answer != right);
    }
    // Numbers stand by size.
    let texts: Vec<u64> =
        page.split("<code>").skip(1).filter_map(|rest| rest.split('<').next()?.parse().ok()).collect();
    assert!(texts.is_sorted() && texts.len() == offered, "{texts:?}");
}

#[tokio::test]
async fn what_is_no_lesson_step_or_answer_is_refused() {
    let app = service().await;
    for (path, status) in [
        ("/lessons/nosuch", StatusCode::NOT_FOUND),
        ("/lessons/same-node?step=0", StatusCode::NOT_FOUND),
        ("/lessons/same-node?step=99", StatusCode::NOT_FOUND),
        ("/lessons/same-node?step=x", StatusCode::BAD_REQUEST),
        ("/lessons/same-node?step=2&answer=x", StatusCode::BAD_REQUEST),
        ("/s/lesson-nosuch", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(get(&app, path).await.status, status, "{path}");
    }
    let far = get(&app, "/lessons/same-node?step=2&answer=99").await;
    assert_eq!((far.status, choices(&far.body).1), (StatusCode::OK, None), "no answer at all");
    let chosen = get(&app, "/lessons?list=same-node,nosuch,%3Cscript%3E").await.body;
    assert_eq!(chosen.matches("data-lesson=").count(), 1);
    assert!(!chosen.contains("<script>"));
}

#[tokio::test]
async fn a_task_is_tried_hinted_and_solved() {
    let app = service().await;
    let tasks = Course::builtin().lessons().iter().flat_map(|lesson| {
        let steps = lesson.steps.iter().enumerate();
        steps.filter_map(move |(at, step)| match &step.kind {
            Kind::Task(task) => Some((format!("/lessons/{}?step={}", lesson.slug, at + 1), task)),
            _ => None,
        })
    });
    let mut played = 0;
    for (path, task) in tasks {
        let untouched = post_form(&app, &path, &[("text", &task.file.1), ("tries", "0")]).await;
        assert_eq!(untouched.status, StatusCode::OK, "{path}: {}", untouched.body);
        assert!(untouched.body.contains("The goal is not reached yet."), "{path}");
        assert!(untouched.body.contains("<div class=\"lesson-hints\">"), "{path}: an attempt that fails gives a hint");
        assert!(untouched.body.contains("name=\"tries\" value=\"1\""), "{path}");
        let solved = task.solved().expect("a solution");
        let done = post_form(&app, &path, &[("text", &solved.replace('\n', "\r\n")), ("tries", "1")]).await.body;
        assert!(done.contains("Reached. You changed"), "{path}: {done}");
        // The same by single clicks.
        let (mut text, mut made) = (task.file.1.clone(), Vec::new());
        for change in &task.solution {
            let page =
                post_form(&app, &path, &[("text", &text), ("made", &made.join(",")), ("change", change)]).await.body;
            made.push(change.clone());
            text = task.changed(&task.file.1, &made).expect("it fits");
            assert_eq!(page.contains("Reached. You changed"), made.len() == task.solution.len(), "{path}");
            assert!(page.contains(&format!("value=\"{change}\" aria-pressed=\"true\"")), "{path}");
        }
        // One that was tried before and does not fit beside it is taken back; pressed again, it is taken back too.
        let first = &task.solution[0];
        for (other, ..) in task.changes.iter().filter(|(name, ..)| !task.solution.contains(name)) {
            let text = task.changed(&task.file.1, std::slice::from_ref(other)).expect("it fits");
            let page = post_form(&app, &path, &[("text", &text), ("made", other), ("change", first)]).await.body;
            assert!(page.contains(&format!("value=\"{first}\" aria-pressed=\"true\"")), "{path}: {other}");
        }
        let back = post_form(&app, &path, &[("text", &text), ("made", &made.join(",")), ("change", first)]).await.body;
        assert!(back.contains(&format!("value=\"{first}\" aria-pressed=\"false\"")), "{path}");
        let hostile = post_form(&app, &path, &[("text", "<script>alert(1)</script>: [")]).await;
        assert_eq!(hostile.status, StatusCode::OK, "{path}");
        assert!(!hostile.body.contains("<script>alert"), "{path}");
        let long = "x".repeat(1_100 << 10);
        assert_eq!(post_form(&app, &path, &[("text", &long)]).await.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        played += 1;
    }
    assert!(played > 0);
}

#[tokio::test]
async fn a_lesson_on_paper_has_its_answers_last_and_a_class_keeps_its_view() {
    let app = service().await;
    for slug in ["same-node", "wrong-selector", "weave"] {
        let page = get(&app, &format!("/lessons/{slug}?step=all")).await;
        assert_eq!(page.status, StatusCode::OK, "{slug}");
        let lesson = Course::builtin().find(slug).expect("a lesson");
        let (questions, answers) = page.body.split_once("class=\"lesson-answers\"").expect("answers");
        assert_eq!(questions.matches("class=\"lesson-sheet\"").count(), lesson.steps.len(), "{slug}");
        assert_eq!(answers.matches("<li>").count(), lesson.steps.len(), "{slug}");
        let ids: Vec<&str> = page.body.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let once: std::collections::BTreeSet<&&str> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "{slug}: every id once");
    }
    let shown = get(&app, "/lessons/same-node?step=2&present=1").await.body;
    let next = shown.split("data-next href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    assert_eq!(next.replace("&#38;", "&"), "/lessons/same-node?step=3&present=1");
    assert!(shown.contains("<input type=\"hidden\" name=\"present\" value=\"1\">"));
}
