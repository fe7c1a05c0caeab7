//! `kubehop serve`.

use super::failure::Failure;
use super::output::print;
use crate::app;
use crate::config::Config;
use crate::lessons;
use crate::listen;
use crate::measures::Measures;
use crate::store::Store;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use web::lessons::Course;

/// Time between two sweeps of what is over.
const SWEEP: Duration = Duration::from_secs(60);
/// What is logged where `KUBEHOP_LOG` says nothing.
// What draws pictures says which font it falls back to for which sign, that is, what is in them.
const LOGGED: &str = "warn,access=info,usvg=off";

/// `sqlite://` file in the user's data folder (XDG base directory specification), else here.
fn default_store() -> String {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let folder = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute()).or_else(home);
    let folder = folder.map(|folder| folder.join("kubehop")).filter(|folder| std::fs::create_dir_all(folder).is_ok());
    format!("sqlite://{}", folder.unwrap_or_default().join("kubehop.db").display())
}

pub(super) fn run(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_env("KUBEHOP_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(config));
    // What still computes was told to stop; it does not hold the process.
    runtime.shutdown_background();
    served
}

/// The lessons of a folder beside those that come with the program. What cannot be read of it stops nothing and is told.
fn own_lessons(folder: &std::path::Path, course: &Course) -> Result<Course, Failure> {
    let unread = |error| Failure::Usage(format!("--lessons {}: {error}", folder.display()));
    let (own, faults) = lessons::read(folder).map_err(unread)?;
    for fault in faults {
        tracing::warn!(%fault, "a lesson is left out");
    }
    Ok(course.with(&own))
}

async fn serve(config: &Config) -> Result<(), Failure> {
    let url = config.database_url.clone().unwrap_or_else(default_store);
    let store = Store::open(&url)
        .await
        .map_err(|error| Failure::Usage(format!("{error}; --database-url names another store")))?;
    let stop = stopped()?;
    let listener = bind(config.listen, "listen").await?;
    let measures = match config.metrics_listen {
        Some(address) => Some((Measures::install().map_err(Failure::Usage)?, bind(address, "metrics-listen").await?)),
        None => None,
    };
    let swept = store.clone();
    tokio::spawn(async move {
        loop {
            if let Err(error) = swept.sweep().await {
                tracing::warn!(%error, "what is over was not deleted");
            }
            tokio::time::sleep(SWEEP).await;
        }
    });
    if !app::has_htmx() {
        print("kubehop runs with plain links and forms: htmx was not there when it was built\n")?;
    }
    print(&format!("kubehop listens on http://{}\n", listener.local_addr()?))?;
    let mut state = app::state(store, config);
    if let Some(folder) = &config.lessons {
        state.course = Arc::new(own_lessons(folder, &state.course)?);
    }
    let state = Arc::new(state);
    if let Some((measures, listener)) = measures {
        print(&format!("metrics are at http://{}/metrics\n", listener.local_addr()?))?;
        // A few connections, so that nobody who finds it takes those of the others.
        let few = Config { connections: 16, client_connections: 16, ..config.clone() };
        let app = measures.app(state.clone());
        tokio::spawn(async move { listen::serve(listener, app, &few, std::future::pending()).await });
    }
    let ended = async {
        stop.await;
        // What waits for a worker, and what runs and can be stopped, is told at once that nothing comes of it after a moment.
        let (state, grace) = (state.clone(), config.grace.0);
        tokio::spawn(async move {
            tokio::time::sleep(grace / 2).await;
            state.pool.close();
        });
    };
    listen::serve(listener, app::over(&state), config, ended).await;
    Ok(())
}

async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    let told = |error| Failure::Usage(format!("cannot listen on {address}: {error}; --{option} takes another address"));
    TcpListener::bind(address).await.map_err(told)
}

/// Returns what returns when the process is asked to stop (SIGINT, SIGTERM). From here on it does not end by itself then.
fn stopped() -> Result<impl Future<Output = ()>, Failure> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
