//! `kubehop serve`.

use super::failure::Failure;
use super::output::print;
use crate::app;
use crate::config::Config;
use crate::store::Store;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// How long requests under way may take after the process was asked to stop.
const GRACE: Duration = Duration::from_secs(3);

/// `sqlite://` file in the user's data folder (XDG base directory specification), else here.
fn default_store() -> String {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let folder = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute()).or_else(home);
    let folder = folder.map(|folder| folder.join("kubehop")).filter(|folder| std::fs::create_dir_all(folder).is_ok());
    format!("sqlite://{}", folder.unwrap_or_default().join("kubehop.db").display())
}

pub(super) fn run(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_env("KUBEHOP_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(listen(config))
}

async fn listen(config: &Config) -> Result<(), Failure> {
    let url = config.database_url.clone().unwrap_or_else(default_store);
    let store = Store::open(&url)
        .await
        .map_err(|error| Failure::Usage(format!("{error}; --database-url names another store")))?;
    let listener = TcpListener::bind(config.listen).await;
    let listener = listener.map_err(|error| {
        Failure::Usage(format!("cannot listen on {}: {error}; --listen takes another address", config.listen))
    })?;
    if !app::has_htmx() {
        print("kubehop runs with plain links and forms: htmx was not there when it was built\n")?;
    }
    print(&format!("kubehop listens on http://{}\n", listener.local_addr()?))?;
    let (asked, mut ending) = tokio::sync::watch::channel(());
    let graceful = async move {
        stopped().await;
        let _ = asked.send(());
    };
    let served = axum::serve(listener, app::app(store, config)).with_graceful_shutdown(graceful);
    tokio::select! {
        served = async { served.await } => served?,
        // Requests under way get a moment; connections a browser merely keeps open do not hold the process.
        () = async {
            let _ = ending.changed().await;
            tokio::time::sleep(GRACE).await;
        } => {}
    }
    Ok(())
}

/// Returns when the process is asked to stop (SIGINT, SIGTERM).
async fn stopped() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
