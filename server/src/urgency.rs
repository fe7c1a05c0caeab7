//! How urgent a thread is, and what it has had of the processors.

use std::time::Duration;

/// What this thread has had of the processors; elsewhere than on Linux nothing is known of that.
pub(crate) fn processor_time() -> Duration {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
    }
    #[cfg(not(target_os = "linux"))]
    Duration::ZERO
}

/// Niceness of threads that compute: a tenth of the weight of one that serves connections (kernel doc, sched-nice-design).
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Makes this thread less urgent than those that serve connections, which have little to do and are waited for. On Linux a thread has a niceness
/// of its own; elsewhere it would be the process's, so nothing is done there. It stays so: only the privileged could take it back.
pub(crate) fn yield_to_connections() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// Lets this thread run when no other wants to (`SCHED_IDLE`, sched(7)): one that wakes up does not wait for the end of its slice. Where there is no
/// such policy the thread is as urgent as others that compute.
pub(crate) fn run_when_idle() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{
            NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
            thread_native_id,
        };
        let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        if set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy).is_err() {
            yield_to_connections();
        }
    }
}
