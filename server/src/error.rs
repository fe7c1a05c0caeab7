//! Everything that can go wrong over HTTP, each with a status, a title and a way onward.

use crate::fragment::LinkError;
use crate::gather::Problem;
use crate::pool::Unfinished;
use crate::raster::NoPicture;
use crate::step::NoStep;
use crate::store::StoreError;
use axum::http::StatusCode;
use kubernetes::budget::Stopped;
use kubernetes::timeline::LineError;
use sim_core::trace::ProbeError;
use web::picture::TooLarge;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such page.
    #[error("no such page")]
    NotFound,
    /// The scenario has no such object: what there is, in words.
    #[error("no such object: {0}")]
    NoObject(String),
    /// No such scenario.
    #[error("no such scenario")]
    NoScenario,
    /// A share that was deleted, or whose time is over.
    #[error("this share has ended")]
    Gone,
    /// The key does not belong to the share.
    #[error("not the key of this share")]
    WrongKey,
    /// Another method is wanted.
    #[error("method not allowed")]
    Method,
    /// The upload is larger than the limit in bytes; its own size, where it is known.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
        /// Bytes sent.
        size: Option<usize>,
    },
    /// The upload has more files than the limit.
    #[error("{count} files, the limit is {limit}")]
    TooManyFiles {
        /// Files allowed.
        limit: usize,
        /// Files sent.
        count: usize,
    },
    /// Something in the address or the body is not as expected.
    #[error("the request cannot be read: {0}")]
    Request(String),
    /// The form of an upload cannot be read.
    #[error("the form cannot be read: {0}")]
    Form(String),
    /// The form of an upload holds nothing.
    #[error("nothing was sent")]
    NoInput,
    /// Nothing in the upload can be used, or it crosses a limit: findings, one a line.
    #[error("nothing can be used")]
    Unusable(Vec<String>),
    /// A lesson that cannot be opened: why, one a line.
    #[error("no lesson")]
    Lesson(Vec<String>),
    /// Something of the upload cannot be read.
    #[error("the upload cannot be read")]
    Input(Problem),
    /// The probe cannot be understood.
    #[error("the probe cannot be understood: {0:?}")]
    Probe(ProbeError),
    /// The address asks for a network plugin (`cni`), proxy mode (`proxy`), engine (`docker`) or back-end of it (`firewall-backend`) that nobody knows.
    #[error("unknown value of {part}")]
    World {
        /// The parameter.
        part: &'static str,
        /// What it takes.
        known: String,
    },
    /// An event of the address is none.
    #[error("an event: {0:?}")]
    Event(LineError),
    /// A lab of this network is not written: which limit, in words.
    #[error("too large for a lab: {0}")]
    LabTooLarge(String),
    /// A link that carries its scenario cannot be opened, or not be made.
    #[error("the link: {0}")]
    Link(#[from] LinkError),
    /// A request from another site.
    #[error("a form of another site")]
    CrossSite,
    /// It took too long.
    #[error("timeout")]
    Timeout,
    /// A parameter of the address has a value that it does not take.
    #[error("{name} cannot be {value:?}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// The value.
        value: String,
    },
    /// The trace has no such step.
    #[error(transparent)]
    Step(#[from] NoStep),
    /// A trace has too many steps to be animated.
    #[error("{} steps are too many for one animation", .0.steps)]
    Animation(TooLarge),
    /// There is nothing like that of a trace: the suffix of the address.
    #[error("nothing ends in {0:?}")]
    Suffix(String),
    /// The program was built without fonts, and draws no pixels.
    #[error("built without fonts")]
    NoFonts,
    /// The address has a parameter that nobody takes there.
    #[error("no parameter {name:?}")]
    UnknownParameter {
        /// The parameter.
        name: String,
        /// Those that are taken.
        known: String,
    },
    /// The address lacks a parameter.
    #[error("no parameter {0:?} is given")]
    MissingParameter(&'static str),
    /// Too many wait, or the server is shutting down: it may be asked again.
    #[error("busy")]
    Busy,
    /// A client asks more often than it may.
    #[error("too many requests")]
    TooMany,
    /// The body of the request came too slowly, or broke off.
    #[error("the request came too slowly or broke off")]
    Slow,
    /// The request is for a name that the server does not answer to.
    #[error("not the name of this server")]
    Host,
    /// A computation would take more than it may.
    #[error("it takes more than it may: {0}")]
    Spent(Stopped),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A template failed, or the program is wrong somewhere.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<TooLarge> for Error {
    fn from(error: TooLarge) -> Self {
        Self::Animation(error)
    }
}

impl From<NoPicture> for Error {
    fn from(error: NoPicture) -> Self {
        match error {
            NoPicture::NoFonts => Self::NoFonts,
            NoPicture::Stopped(stopped) => stopped.into(),
            NoPicture::Wrong(why) => Self::Internal(why),
        }
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<Stopped> for Error {
    fn from(stopped: Stopped) -> Self {
        Unfinished::from(stopped).into()
    }
}

impl From<Unfinished> for Error {
    fn from(error: Unfinished) -> Self {
        match error {
            Unfinished::Closing | Unfinished::Busy => Self::Busy,
            Unfinished::TooLong => Self::Timeout,
            Unfinished::Spent(stopped) => Self::Spent(stopped),
            Unfinished::Broken => Self::Internal(error.to_string()),
        }
    }
}

impl Error {
    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoObject(_) | Self::NoScenario | Self::Suffix(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. }
            | Self::TooManyFiles { .. }
            | Self::Link(LinkError::TooLong(_) | LinkError::TooMuch) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Request(_)
            | Self::Form(_)
            | Self::Step(_)
            | Self::Parameter { .. }
            | Self::Event(_)
            | Self::UnknownParameter { .. }
            | Self::Link(_)
            | Self::MissingParameter(_) => StatusCode::BAD_REQUEST,
            Self::NoInput
            | Self::Unusable(_)
            | Self::Lesson(_)
            | Self::Input(_)
            | Self::Probe(_)
            | Self::LabTooLarge(_)
            | Self::Animation(_)
            | Self::Spent(_)
            | Self::World { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::CrossSite | Self::WrongKey => StatusCode::FORBIDDEN,
            Self::Gone => StatusCode::GONE,
            Self::NoFonts => StatusCode::NOT_IMPLEMENTED,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::Timeout | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(StoreError::Full { .. }) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Store(StoreError::Content(_)) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            // It may be asked again.
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Code of its words in the locales.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::NoObject(_) => "no-object",
            Self::NoScenario => "scenario-not-found",
            Self::Suffix(_) => "no-export",
            Self::NoFonts => "no-fonts",
            Self::Animation(_) => "long-animation",
            Self::Method
            | Self::Request(_)
            | Self::Probe(_)
            | Self::World { .. }
            | Self::Parameter { .. }
            | Self::Event(_)
            | Self::Step(_)
            | Self::UnknownParameter { .. }
            | Self::MissingParameter(_) => "bad-request",
            Self::Link(_) => "link",
            Self::Form(_) => "bad-form",
            Self::NoInput => "no-input",
            Self::CrossSite => "cross-site",
            Self::WrongKey => "wrong-key",
            Self::Gone => "gone",
            Self::TooLarge { .. } => "too-large",
            Self::TooManyFiles { .. } => "too-many-files",
            Self::Unusable(_) | Self::Input(_) => "unusable",
            Self::Lesson(_) => "lesson",
            Self::LabTooLarge(_) => "lab-too-large",
            Self::Spent(_) => "too-much-work",
            Self::Timeout => "timeout",
            Self::Busy => "busy",
            Self::TooMany => "too-many-requests",
            Self::Slow => "slow-request",
            Self::Host => "wrong-host",
            Self::Store(StoreError::Full { client: true, .. }) => "quota",
            Self::Store(StoreError::Full { client: false, .. }) => "store-full",
            Self::Store(StoreError::Content(_)) | Self::Internal(_) => "internal",
            Self::Store(_) => "store",
        }
    }
}
